"""attest_jwt_client_auth: an attester vouches for an instance, which proves to hold its key.

Attestation-Based Client Authentication.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from tests.fakes.clock import FrozenClock
from tests.support.assertions import ISSUER, Keys, claims_of
from tests.support.oauth import Answer, Provider, build
from tests.support.websites import Website, website

from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.oauth.api import Client
from limen.oauth.client_auth.settings import ClientAuthSettings
from limen.platform.db import OpenDatabase

ATTESTER = "https://attester.example"
GRANT = {"grant_type": "refresh_token", "refresh_token": "x"}


@dataclass
class Wallet:
    """An app with its attester; `ask` gives "" where the client was believed."""

    provider: Provider
    site: Website
    client: Client
    attester: Keys = field(default_factory=Keys)
    instance: Keys = field(default_factory=lambda: Keys(kid=None))

    def attestation(self, signer: Keys | None = None, typ: str = "oauth-client-attestation+jwt",
                    **changes: Any) -> str:  # fmt: skip
        now = int(self.provider.clock.now().timestamp())
        claims = {"iss": ATTESTER, "sub": self.client.client_id, "iat": now, "exp": now + 86400,
                  "cnf": {"jwk": self.instance.jwk}, **changes}  # fmt: skip
        claims = {k: v for k, v in claims.items() if v is not None}
        return (signer or self.attester).token(claims, typ=typ)

    def proof(self, signer: Keys | None = None, typ: str = "oauth-client-attestation-pop+jwt",
              **changes: Any) -> str:  # fmt: skip
        now = int(self.provider.clock.now().timestamp())
        claims = {"aud": ISSUER, "jti": str(uuid4()), "iat": now, **changes}
        claims = {k: v for k, v in claims.items() if v is not None}
        return (signer or self.instance).token(claims, typ=typ)

    async def send(self, attestation: str | None, proof: str | None, *more: tuple[str, str],
                   **fields: str) -> Answer:  # fmt: skip
        headers = [
            ("oauth-client-attestation", attestation),
            ("oauth-client-attestation-pop", proof),
        ]
        given = [(name, value) for name, value in headers if value is not None]
        form = GRANT | {"client_id": self.client.client_id} | fields
        return await self.provider.token({k: v for k, v in form.items() if v}, *given, *more)

    async def ask(self, attestation: str | None, proof: str | None, *more: tuple[str, str],
                  **fields: str) -> str:  # fmt: skip
        answer = await self.send(attestation, proof, *more, **fields)
        if answer.json["error"] == "invalid_grant":
            return ""
        assert (answer.status, answer.json["error"]) == (401, "invalid_client"), answer.body
        return ((await self.provider.reasons("token.refused"))[-1] or "").removeprefix(
            "client_attestation_"
        )


@pytest.fixture
async def wallet(
    database: OpenDatabase, store: Store, clock: FrozenClock, tenant: Tenant
) -> AsyncIterator[Wallet]:
    async with website() as site:
        settings = ClientAuthSettings(attesters=(f"{ATTESTER}={site.url('/jwks')}",))
        provider = await build(database, store, clock, tenant, settings)
        client = await provider.client("native", auth_method="attest_jwt_client_auth",
                                       redirect_uris=["com.example.app:/cb"])  # fmt: skip
        made = Wallet(provider, site, client)
        site.put("/jwks", made.attester.jwks)
        yield made


async def test_an_attested_instance_is_believed_once(wallet: Wallet) -> None:
    """R051, R052: with or without client_id in the form; the same proof again is a replay."""
    attestation, proof = wallet.attestation(), wallet.proof()
    assert await wallet.ask(attestation, proof) == ""
    assert await wallet.ask(attestation, proof) == "replayed"
    assert await wallet.ask(attestation, wallet.proof(), client_id="") == ""
    assert await wallet.ask(attestation, wallet.proof(iss=wallet.client.client_id)) == ""
    document = (await wallet.provider.send("GET", "/.well-known/openid-configuration")).json
    assert "attest_jwt_client_auth" in document["token_endpoint_auth_methods_supported"]
    assert "ES256" in document["client_attestation_pop_signing_alg_values_supported"]


async def test_one_of_a_hundred_racing_proofs_wins(wallet: Wallet) -> None:
    """R052, A019."""
    attestation, proof = wallet.attestation(), wallet.proof()
    answers = await asyncio.gather(*[wallet.send(attestation, proof) for _ in range(100)])
    assert sorted(a.json["error"] for a in answers) == ["invalid_client"] * 99 + ["invalid_grant"]


async def test_a_wrong_attestation(wallet: Wallet) -> None:
    """R039, A095, A101: signed by another, of another kind, expired, of nobody we know."""
    evil, now = Keys(), int(wallet.provider.clock.now().timestamp())
    for reason, attestation in [
        ("signature", wallet.attestation(evil)), ("attester", wallet.attestation(iss=None)),
        ("attester", wallet.attestation(iss="https://evil.example")), ("attester", wallet.attestation(iss=["x"])),
        ("typ", wallet.attestation(typ="JWT")), ("typ", wallet.attestation(typ="oauth-client-attestation-pop+jwt")),
        ("expired", wallet.attestation(exp=now)), ("exp", wallet.attestation(exp=None)),
        ("exp", wallet.attestation(exp=str(now + 9))), ("iat", wallet.attestation(iat=now + 61)),
        ("nbf", wallet.attestation(nbf=now + 61)), ("cnf", wallet.attestation(cnf=None)),
        ("cnf", wallet.attestation(cnf={"jwk": {"kty": "oct", "k": "AA"}})), ("cnf", wallet.attestation(cnf="x")),
        ("cnf", wallet.attestation(cnf={"jwk": wallet.instance.jwk | {"d": "AA"}})),
        ("client_id", wallet.attestation(sub="other")), ("client_id", wallet.attestation(sub=None)),
        ("malformed", "x"), ("malformed", wallet.attestation() + ".x"),
    ]:  # fmt: skip
        assert await wallet.ask(attestation, wallet.proof()) == reason


async def test_a_wrong_proof(wallet: Wallet) -> None:
    """R030, A101: of another key, for another server, old, without jti; without one."""
    now = int(wallet.provider.clock.now().timestamp())
    for reason, proof in [
        ("possession", wallet.proof(Keys(kid=None))), ("possession", wallet.proof(wallet.attester)),
        ("aud", wallet.proof(aud="https://evil.example")), ("aud", wallet.proof(aud=[ISSUER])),
        ("aud", wallet.proof(aud=None)), ("iat", wallet.proof(iat=None)), ("iat", wallet.proof(iat=now + 61)),
        ("iat", wallet.proof(iat=now - 301)), ("expired", wallet.proof(exp=now)), ("iss", wallet.proof(iss="x")),
        ("jti", wallet.proof(jti=None)), ("jti", wallet.proof(jti="")), ("typ", wallet.proof(typ="dpop+jwt")),
        ("malformed", None), ("malformed", ""),
    ]:  # fmt: skip
        assert await wallet.ask(wallet.attestation(), proof) == reason
    assert await wallet.ask(None, wallet.proof()) == "malformed"
    assert await wallet.ask(None, None) == "client_auth_method"


async def test_no_second_method_and_no_doubled_header(wallet: Wallet) -> None:
    """R051, A125."""
    attestation, proof = wallet.attestation(), wallet.proof()
    doubled = ("oauth-client-attestation", attestation)
    assert await wallet.ask(attestation, proof, doubled) == "client_auth_malformed"
    both = await wallet.send(attestation, proof, client_secret="x")
    assert (both.status, both.json["error"]) == (400, "invalid_request")
    basic = await wallet.provider.client("m2m")
    mixed = await wallet.send(attestation, proof, wallet.provider.basic(basic))
    assert mixed.json["error"] == "invalid_request"
    assert await wallet.ask(attestation, proof) == ""


async def test_the_attesters_keys_rotate(wallet: Wallet) -> None:
    """R052: as with any keys at an address."""
    assert await wallet.ask(wallet.attestation(), wallet.proof()) == ""
    new = Keys(kid="k2")
    wallet.site.put("/jwks", new.jwks)
    wallet.provider.clock.advance(31)
    assert await wallet.ask(wallet.attestation(new), wallet.proof()) == ""
    assert await wallet.ask(wallet.attestation(), wallet.proof()) == "kid"


async def test_it_is_off_without_attesters(provider: Provider) -> None:
    """A091: the headers are nothing then, for any client."""
    client = await provider.client("native", auth_method="attest_jwt_client_auth",
                                   redirect_uris=["com.example.app:/cb"])  # fmt: skip
    keys = Keys()
    token = keys.token(claims_of(client, provider.clock))
    headers = ("oauth-client-attestation", token), ("oauth-client-attestation-pop", token)
    answer = await provider.token(GRANT | {"client_id": client.client_id}, *headers)
    assert answer.json["error"] == "invalid_client"
    public = await provider.client("native", redirect_uris=["com.example.app:/cb"])
    answer = await provider.token(GRANT | {"client_id": public.client_id}, *headers)
    assert answer.json["error"] == "invalid_grant"
    document = (await provider.send("GET", "/.well-known/openid-configuration")).json
    assert "attest_jwt_client_auth" not in document["token_endpoint_auth_methods_supported"]


@pytest.mark.parametrize("entry", ["x", "=https://a", "https://a=", "https://a=ftp://b"])
def test_an_attester_has_a_name_and_keys(entry: str) -> None:
    """R145."""
    with pytest.raises(ValueError):
        ClientAuthSettings(attesters=(entry,))
