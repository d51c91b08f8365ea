"""Sectors of applications that register themselves: nobody gets into another's."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.fakes.clock import FrozenClock
from tests.support.certificates import Made, authority, server_context
from tests.support.oauth import REDIRECT, Provider, build
from tests.support.registration import policy, register
from tests.support.websites import Website, website

from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.platform.db import OpenDatabase
from limen.platform.fetch import FetchSettings


@pytest.fixture
def root(tmp_path: Path) -> Made:
    made = authority()
    (tmp_path / "root.pem").write_bytes(made.pem)
    return made


@pytest.fixture
async def provider(
    database: OpenDatabase, store: Store, clock: FrozenClock, tenant: Tenant, root: Made,
    tmp_path: Path,
) -> Provider:  # fmt: skip
    del root
    return await build(database, store, clock, tenant, FetchSettings(ca_file=tmp_path / "root.pem"))


@pytest.fixture
async def site(root: Made, tmp_path: Path) -> AsyncIterator[Website]:
    async with website(server_context(root, tmp_path)) as opened:
        yield opened


async def test_a_sector_lists_its_own(provider: Provider, site: Website) -> None:
    """R043, A081: a document that does not list every redirect URI lets nobody in."""
    await policy(provider, registration="open")
    uri = site.put("/sector", [REDIRECT, "https://second.example/cb"])
    metadata = {"subject_type": "pairwise", "sector_identifier_uri": uri}
    good = await register(
        provider, redirect_uris=[REDIRECT, "https://second.example/cb"], **metadata
    )
    assert good.status == 201, good.body
    bad = await register(provider, redirect_uris=["https://evil.example/cb"], **metadata)
    assert (bad.status, bad.json["error"]) == (400, "invalid_redirect_uri")
    for wrong in ({"x": 1}, [1], "text", None):
        site.put("/sector", wrong)
        refused = await register(provider, redirect_uris=[REDIRECT], **metadata)
        assert (refused.status, refused.json["error"]) == (400, "invalid_client_metadata")
    del site.pages["/sector"]
    gone = await register(provider, redirect_uris=[REDIRECT], **metadata)
    assert (gone.status, gone.json["error"]) == (400, "invalid_client_metadata")


async def test_whoever_gets_tokens_without_a_redirect_proves_a_key(
    provider: Provider, site: Website
) -> None:
    """A081, CIBA Core §4: a listed redirect URI is no proof for the device grant."""
    grants = ["urn:ietf:params:oauth:grant-type:device_code"]
    await policy(
        provider, registration="open", registration_grant_types=["authorization_code", *grants]
    )
    keys, uri = site.url("/jwks"), site.put("/sector", [REDIRECT])
    asked = {"grant_types": ["authorization_code", *grants], "subject_type": "pairwise"}
    plain = await register(provider, redirect_uris=[REDIRECT], **asked)
    listed = await register(provider, redirect_uris=[REDIRECT], sector_identifier_uri=uri, **asked)
    with_keys = await register(
        provider, redirect_uris=[REDIRECT], sector_identifier_uri=uri, jwks_uri=keys, **asked
    )
    for refused in (plain, listed, with_keys):
        assert (refused.status, refused.json["error"]) == (400, "invalid_client_metadata")
        assert "jwks_uri" in refused.json["error_description"]
    site.put("/sector", [REDIRECT, keys])
    good = await register(
        provider, redirect_uris=[REDIRECT], sector_identifier_uri=uri, jwks_uri=keys, **asked
    )
    assert good.status == 201, good.body
