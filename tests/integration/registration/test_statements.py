"""Software statements (RFC 7591 §2.3)."""

from typing import Any

import pytest
from tests.support.issuers import ForeignIssuer
from tests.support.oauth import Answer, Provider
from tests.support.registration import URI, policy, register

VENDOR = "https://vendor.example"


@pytest.fixture
async def vendor(provider: Provider) -> ForeignIssuer:
    """Somebody who vouches for software, and is trusted."""
    issuer = ForeignIssuer(provider, VENDOR)
    await policy(
        provider, registration="open",
        software_statement_issuers=[{"issuer": VENDOR, "jwks": issuer.jwks}],
    )  # fmt: skip
    return issuer


def says(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["error"]


def statement(vendor: ForeignIssuer, **claims: Any) -> str:
    usual: dict[str, Any] = {"exp": None, "sub": None, "aud": None, "jti": None}
    return vendor.token(**(usual | {"software_id": "shop-1", "client_name": "Shop"} | claims))


async def test_what_a_statement_says_goes_first(provider: Provider, vendor: ForeignIssuer) -> None:
    """RFC 7591 §2.3: the signed word before the plain one."""
    signed = statement(vendor, redirect_uris=["https://shop.example/cb"])
    answer = await register(provider, software_statement=signed, client_name="Bank")
    assert answer.status == 201, answer.body
    assert answer.json["client_name"] == "Shop"
    assert answer.json["software_id"] == "shop-1"
    assert answer.json["redirect_uris"] == ["https://shop.example/cb"]


async def test_a_stranger_vouches_for_nobody(provider: Provider, vendor: ForeignIssuer) -> None:
    """R039, A097: only issuers of the policy, with the keys of the policy."""
    stranger = ForeignIssuer(provider, "https://stranger.example")
    answer = await register(provider, software_statement=statement(stranger))
    assert says(answer) == (400, "unapproved_software_statement")
    posing = ForeignIssuer(provider, VENDOR)
    answer = await register(provider, software_statement=statement(posing))
    assert says(answer) == (400, "invalid_software_statement")
    nobody = await register(provider, software_statement=statement(vendor, iss=None))
    assert says(nobody) == (400, "unapproved_software_statement")


@pytest.mark.parametrize(
    "broken", ["", "a.b.c", "x" * 20_000, 7, ["a"], "eyJhbGciOiJub25lIn0.e30."]
)
async def test_what_is_no_statement(provider: Provider, vendor: ForeignIssuer, broken: Any) -> None:
    """A095, A099"""
    del vendor
    answer = await register(provider, software_statement=broken)
    assert says(answer) == (400, "invalid_software_statement")


async def test_times_count_where_there_are_some(provider: Provider, vendor: ForeignIssuer) -> None:
    """R040, A101"""
    now = int(provider.clock.now().timestamp())
    for wrong in ({"exp": now - 61}, {"nbf": now + 61}, {"iat": now + 61}, {"exp": "soon"},
                  {"exp": True}, {"exp": 1e308}):  # fmt: skip
        answer = await register(provider, software_statement=statement(vendor, **wrong))
        assert says(answer) == (400, "invalid_software_statement"), wrong
    fine = await register(provider, software_statement=statement(vendor, exp=now + 60))
    assert fine.status == 201


async def test_a_statement_gives_no_more_than_the_policy(
    provider: Provider, vendor: ForeignIssuer
) -> None:
    """R056, A023: not even a trusted vendor gives permissions of this server."""
    signed = statement(vendor, scope="openid users:write")
    answer = await register(provider, software_statement=signed)
    assert says(answer) == (400, "invalid_client_metadata")
    signed = statement(vendor, redirect_uris=["javascript:alert(1)"])
    answer = await register(provider, software_statement=signed)
    assert says(answer) == (400, "invalid_redirect_uri")


async def test_a_statement_can_be_demanded(provider: Provider, vendor: ForeignIssuer) -> None:
    await policy(provider, software_statement_required=True)
    answer = await register(provider, redirect_uris=[URI])
    assert says(answer) == (400, "unapproved_software_statement")
    assert (await register(provider, software_statement=statement(vendor))).status == 201
