"""Certificates that a proxy hands on: believed from trusted proxies alone."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.fakes.clock import FrozenClock
from tests.integration.oauth.client_auth.test_certificates import GRANT, ROOT, jwks_of
from tests.support.certificates import make
from tests.support.oauth import Provider, build

from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.oauth.api import Client
from limen.oauth.options import ClientOptions
from limen.platform.db import OpenDatabase
from limen.platform.http.origin import Proxies
from limen.platform.mtls.settings import MtlsSettings

PROXY, STRANGER = "10.0.0.1", "192.0.2.7"
Builder = Callable[..., Awaitable[Provider]]
SHOWN = make("shop")
COLONS = ":" + b64encode(SHOWN.der).decode() + ":"
PEM = SHOWN.pem.decode()


@pytest.fixture
def behind(
    database: OpenDatabase, store: Store, clock: FrozenClock, tenant: Tenant, tmp_path: Path
) -> Builder:
    async def made(**values: Any) -> Provider:
        file = tmp_path / "clients.pem"
        file.write_bytes(ROOT.pem)
        settings = MtlsSettings(**{"header": "Client-Cert", "client_ca_file": file, **values})
        return await build(database, store, clock, tenant, settings, Proxies(["10.0.0.0/8"]))

    return made


async def machine(provider: Provider, **changes: Any) -> Client:
    values = {"auth_method": "self_signed_tls_client_auth"} | changes
    options = values.pop("options", ClientOptions(jwks=jwks_of(SHOWN)))
    return await provider.client("m2m", options=options, **values)


async def status(
    provider: Provider, client: Client, *headers: tuple[str, str], peer: str = PROXY
) -> int:
    fields = GRANT | {"client_id": client.client_id}
    return (await provider.form("/oauth2/token", fields, *headers, client=peer)).status


async def test_a_trusted_proxy_is_believed_and_nobody_else(behind: Builder) -> None:
    """A071, R051: the same header from a stranger is nothing, whatever else it claims."""
    provider = await behind()
    client = await machine(provider)
    assert await status(provider, client, ("client-cert", COLONS)) == 200
    assert await status(provider, client, ("client-cert", COLONS), peer=STRANGER) == 401
    forwarded = ("x-forwarded-for", PROXY), ("forwarded", f"for={PROXY}")
    for extra in forwarded:
        sent = (("client-cert", COLONS), extra)
        assert await status(provider, client, *sent, peer=STRANGER) == 401
    assert await status(provider, client) == 401


async def test_a_header_is_believed_only_where_one_is_named(behind: Builder) -> None:
    """A071: without the setting, and under another name, it is nothing; nor is a like one."""
    provider = await behind(header=None, port=0, certificate_file=Path("x"), key_file=Path("x"))
    client = await machine(provider)
    for name in ("client-cert", "x-ssl-cert", "x-client-cert", "ssl-client-cert"):
        assert await status(provider, client, (name, COLONS)) == 401
    provider = await build_again(provider, header="X-SSL-Cert")
    for name in ("client-cert", "x-ssl-cert-2", "x_ssl_cert"):
        assert await status(provider, client, (name, COLONS)) == 401


async def build_again(provider: Provider, **values: Any) -> Provider:
    settings = MtlsSettings(**values)
    return await build(
        provider.database, provider.store, provider.clock, provider.tenant, settings,
        Proxies(["10.0.0.0/8"]), is_new=False,
    )  # fmt: skip


async def test_a_doubled_header_is_a_forgery(behind: Builder) -> None:
    """A071, A125: twice, or two in one, is none."""
    provider = await behind()
    client = await machine(provider)
    other = ":" + b64encode(make("other").der).decode() + ":"
    for values in ((COLONS, COLONS), (other, COLONS), (COLONS, other), (COLONS, "x")):
        sent = [("client-cert", value) for value in values]
        assert await status(provider, client, *sent) == 401
    for value in (f"{COLONS}, {other}", f"{COLONS},{COLONS}", f"{COLONS};a=1"):
        assert await status(provider, client, ("client-cert", value)) == 401


MALFORMED = [
    "", " ", ":", "::", ":x:", ":" + "A" * 20_000 + ":", COLONS[:-1], COLONS[1:], COLONS.strip(":"),
    COLONS[:40] + " " + COLONS[40:], '"' + COLONS + '"', ":\xff:", PEM[:40],
]  # fmt: skip


@pytest.mark.parametrize("value", MALFORMED, ids=range(len(MALFORMED)))
async def test_a_malformed_header_is_no_fault(behind: Builder, value: str) -> None:
    """A125: 401, whatever the bytes."""
    provider = await behind()
    client = await machine(provider)
    assert await status(provider, client, ("client-cert", value)) == 401


PEMS = [quote(PEM), quote(PEM, safe=""), PEM.replace("\n", " "), PEM.replace("\n", "\t"),
        "".join(PEM.split("\n")[1:-2]), quote(PEM.strip())]  # fmt: skip


@pytest.mark.parametrize("value", PEMS, ids=range(len(PEMS)))
async def test_what_other_proxies_send(behind: Builder, value: str) -> None:
    """Nginx escapes a PEM certificate, others join its lines."""
    provider = await behind(header="X-SSL-Cert", header_format="pem")
    client = await machine(provider)
    assert await status(provider, client, ("x-ssl-cert", value)) == 200
    assert await status(provider, client, ("x-ssl-cert", value), peer=STRANGER) == 401
    for wrong in (value + "x", value[:-40], COLONS, value + value, quote(PEM + PEM)):
        assert await status(provider, client, ("x-ssl-cert", wrong)) == 401


async def test_the_proxys_word_on_the_issuer_is_not_taken(behind: Builder) -> None:
    """R051: a proxy that lets every certificate pass lets in nobody by subject."""
    provider = await behind()
    options = ClientOptions(tls_client_auth_subject_dn="CN=shop")
    client = await machine(provider, auth_method="tls_client_auth", options=options)
    assert await status(provider, client, ("client-cert", COLONS)) == 401
    between = make("Between", ROOT, is_ca=True)
    leaf, chain = (
        ":" + b64encode(one.der).decode() + ":" for one in (make("shop", between), between)
    )
    assert await status(provider, client, ("client-cert", leaf)) == 401
    sent = ("client-cert", leaf), ("client-cert-chain", f"{chain}, {chain}")
    assert await status(provider, client, *sent) == 200
    assert await status(provider, client, *sent, ("client-cert-chain", chain)) == 401
    assert await status(provider, client, *sent, peer=STRANGER) == 401


async def test_the_scope_of_a_stranger_says_nothing_a_proxy_says(behind: Builder) -> None:
    """Our own listener's certificate counts for its own connections, never a proxy's."""
    provider = await behind()
    client = await machine(provider)
    provider.send.certificate = SHOWN.der
    assert await status(provider, client, peer=STRANGER) == 200
    assert await status(provider, client, peer=PROXY) == 401
