"""Every place where a signed token comes in: what a right one is there, and who believes it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

from tests.support.assertions import TYPE as ASSERTION
from tests.support.exchange import EXCHANGE, TYPE, exchange
from tests.support.forgeries import Parts
from tests.support.issuers import JWT_BEARER, ForeignIssuer
from tests.support.oauth import API, CAUSE, Answer, Provider, decoded, header_of
from tests.support.registration import policy, register
from tests.support.websites import Website

from limen.oauth.api import Client
from limen.oauth.options import ClientOptions
from limen.platform.jose.keys import SigningKey

ATTESTER = "https://attester.example"
VENDOR = "https://vendor.example"
BYE = "https://app.example/bye"


@dataclass
class Entrance:
    """`right` makes a new right token, `send` brings one; `believes` says what came of it."""

    name: str
    right: Callable[[], Parts]
    send: Callable[[str], Awaitable[Answer]]
    believes: Callable[[Answer], bool]


@dataclass
class Scene:
    provider: Provider
    site: Website
    key: SigningKey = field(default_factory=lambda: SigningKey.generate("ES256"))
    ours: Any = None
    app: Any = None
    browser: str = ""
    tokens: dict[str, Any] = field(default_factory=dict)
    idp: Any = None

    @property
    def now(self) -> int:
        return int(self.provider.clock.now().timestamp())

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [dict(self.key.public.jwk)]}

    async def prepare(self) -> None:
        provider = self.provider
        await provider.api()
        await provider.keys.ensure(provider.store, "ES256", CAUSE)
        self.ours = await provider.keys.signing(provider.store, "ES256")
        self.app = await provider.client(
            "web", name="Shop", skip_consent=True, id_token_alg="ES256", scopes=["openid", "email"],
            grant_types=["authorization_code", "refresh_token", EXCHANGE, JWT_BEARER],
            post_logout_redirect_uris=[BYE],
            options=ClientOptions(jwks=self.jwks, token_exchange_audiences=(API,)),
        )  # fmt: skip
        person = await provider.person()
        self.browser, _ = await provider.sign_in(person)
        self.tokens = await provider.tokens(self.app, self.browser)
        self.idp = ForeignIssuer(provider)
        uses = ["grant", "id_jag", "subject_token"]
        await self.idp.trust(scopes=["openid"], uses=uses)
        await self.idp.link(person)
        vendor = {"issuer": VENDOR, "jwks": self.jwks}
        await policy(provider, registration="open", software_statement_issuers=[vendor])

    def mine(self, token: str) -> Callable[[], Parts]:
        """Return what makes a token of ours again: as it is, under our own key."""
        return lambda: Parts(header_of(token), decoded(token), self.ours)

    def theirs(self, typ: str | None = "JWT", **claims: Any) -> Parts:
        """Return a token of somebody whose key we know."""
        head = {"alg": "ES256", "kid": self.key.kid, "typ": typ}
        times = {"iat": self.now, "nbf": self.now, "exp": self.now + 60, "jti": uuid4().hex}
        return Parts({k: v for k, v in head.items() if v is not None}, times | claims, self.key)

    def entrances(self) -> list[Entrance]:
        return [*self._our_own(), *self._of_clients(), *self._of_issuers()]

    def _our_own(self) -> list[Entrance]:
        provider = self.provider
        access, identity = self.tokens["access_token"], self.tokens["id_token"]

        async def introspect(token: str) -> Answer:
            return await provider.form(
                "/oauth2/introspect", {"token": token}, provider.basic(self.app)
            )

        async def hint(token: str) -> Answer:
            asked = provider.authorization(self.app, prompt="none", id_token_hint=token)
            return await provider.authorize(asked, self.browser)

        async def leave(token: str) -> Answer:
            query = f"id_token_hint={quoted(token)}&post_logout_redirect_uri={quoted(BYE)}"
            return await provider.send("GET", "/oauth2/logout", query=query)

        as_identity = partial(self._exchange, kind="id_token")
        return [
            Entrance("userinfo", self.mine(access), provider.userinfo, ok),
            Entrance("introspection", self.mine(access), introspect,
                     lambda answer: ok(answer) and answer.json["active"]),
            Entrance("own access token exchanged", self.mine(access), self._exchange, ok),
            Entrance("own ID token exchanged", self.mine(identity), as_identity, ok),
            Entrance("id_token_hint", self.mine(identity), hint,
                     lambda answer: "code=" in answer.location),
            Entrance("id_token_hint at logout", self.mine(identity), leave,
                     lambda answer: answer.location.startswith(BYE)),
        ]  # fmt: skip

    async def _exchange(self, token: str, kind: str = "access_token") -> Answer:
        foreign = kind == "jwt"
        return await exchange(
            self.provider, self.app, token, audience=API if foreign else None,
            scope=None if foreign else "openid", subject_token_type=TYPE + kind,
        )  # fmt: skip

    def _of_clients(self) -> list[Entrance]:
        provider, issuer = self.provider, self.provider.tenant.issuer
        app = self.app

        async def authorize(token: str) -> Answer:
            query = f"client_id={app.client_id}&request={quoted(token)}"
            return await provider.authorize(query, self.browser)

        async def push(token: str) -> Answer:
            return await provider.form(
                "/oauth2/par", {"request": token, **provider.credentials(app)}
            )

        async def prove(token: str) -> Answer:
            fields = {"grant_type": "refresh_token", "refresh_token": "x"}
            return await provider.token(fields | provider.credentials(app), ("dpop", token))

        def request_object() -> Parts:
            return self.theirs(
                "oauth-authz-req+jwt", iss=app.client_id, aud=issuer, **provider.authorization(app)
            )

        def proof() -> Parts:
            jwk = {k: self.key.public.jwk[k] for k in ("kty", "crv", "x", "y")}
            claims = {"jti": uuid4().hex, "htm": "POST", "htu": f"{issuer}/oauth2/token",
                      "iat": self.now}  # fmt: skip
            return Parts({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}, claims, self.key)

        return [
            Entrance("request object", request_object, authorize,
                     lambda answer: "code=" in answer.location),
            Entrance("request object pushed", request_object, push,
                     lambda answer: answer.status == 201),
            Entrance("DPoP proof", proof, prove, says("invalid_grant")),
        ]  # fmt: skip

    async def signing_clients(self) -> list[Entrance]:
        """Return the entrances of clients that are registered for their signatures."""
        provider, issuer = self.provider, self.provider.tenant.issuer
        prover: Client = await provider.client(
            "m2m", name="Prover", auth_method="private_key_jwt",
            options=ClientOptions(jwks=self.jwks),
        )  # fmt: skip
        bank: Client = await provider.client(
            "web", name="Bank", redirect_uris=[],
            grant_types=["urn:openid:params:grant-type:ciba"],
            options=ClientOptions(
                jwks=self.jwks, backchannel_token_delivery_mode="poll",
                backchannel_authentication_request_signing_alg="ES256",
            ),
        )  # fmt: skip

        async def assert_client(token: str) -> Answer:
            fields = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION,
                      "client_assertion": token}  # fmt: skip
            return await provider.token(fields)

        async def ask(token: str) -> Answer:
            fields = {"request": token, **provider.credentials(bank)}
            return await provider.form("/oauth2/ciba", fields)

        def assertion() -> Parts:
            return self.theirs(iss=prover.client_id, sub=prover.client_id, aud=issuer)

        def signed() -> Parts:
            return self.theirs(
                iss=bank.client_id, aud=issuer, scope="openid", login_hint="ada@example.com"
            )

        return [
            Entrance("client assertion", assertion, assert_client, ok),
            Entrance("CIBA request", signed, ask, ok),
            *await self._attested(),
        ]

    async def _attested(self) -> list[Entrance]:
        provider, issuer = self.provider, self.provider.tenant.issuer
        wallet: Client = await provider.client(
            "native", name="Wallet", auth_method="attest_jwt_client_auth",
            redirect_uris=["com.example.app:/cb"],
        )  # fmt: skip
        self.site.put("/jwks", self.jwks)
        instance = {k: self.key.public.jwk[k] for k in ("kty", "crv", "x", "y")}

        def attestation() -> Parts:
            return self.theirs(
                "oauth-client-attestation+jwt", iss=ATTESTER, sub=wallet.client_id,
                cnf={"jwk": instance},
            )  # fmt: skip

        def possession() -> Parts:
            return self.theirs("oauth-client-attestation-pop+jwt", aud=issuer)

        async def both(first: str, second: str) -> Answer:
            fields = {"grant_type": "refresh_token", "refresh_token": "x",
                      "client_id": wallet.client_id}  # fmt: skip
            headers = (("oauth-client-attestation", first),
                       ("oauth-client-attestation-pop", second))  # fmt: skip
            return await provider.token(fields, *headers)

        async def attest(token: str) -> Answer:
            return await both(token, possession().token())

        async def possess(token: str) -> Answer:
            return await both(attestation().token(), token)

        return [
            Entrance("attestation", attestation, attest, says("invalid_grant")),
            Entrance("attested possession", possession, possess, says("invalid_grant")),
        ]

    def _of_issuers(self) -> list[Entrance]:
        provider, app, idp = self.provider, self.app, self.idp

        async def bear(token: str) -> Answer:
            fields = {"grant_type": JWT_BEARER, "assertion": token, "scope": "openid"}
            return await provider.token(fields | provider.credentials(app))

        async def state(token: str) -> Answer:
            return await register(provider, software_statement=token)

        def foreign(typ: str = "JWT", **claims: Any) -> Parts:
            head = {"alg": "ES256", "kid": idp.key.kid, "typ": typ}
            return Parts(head, idp.claims(**claims), idp.key)

        jag = partial(foreign, "oauth-id-jag+jwt", client_id=app.client_id)
        return [
            Entrance("JWT bearer", foreign, bear, ok),
            Entrance("ID-JAG", jag, bear, ok),
            Entrance("foreign token exchanged", foreign, partial(self._exchange, kind="jwt"), ok),
            Entrance("software statement", lambda: self.theirs(iss=VENDOR, software_id="s"), state,
                     lambda answer: answer.status == 201),
        ]  # fmt: skip


def quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


def ok(answer: Answer) -> bool:
    return answer.status == 200


def says(error: str) -> Callable[[Answer], bool]:
    """The error that only comes once the token was believed."""
    return lambda answer: answer.status == 400 and answer.json["error"] == error
