"""A receiver of security events: an application with streams, and somebody who uses it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
import pytest
from tests.support.oauth import CAUSE, Provider
from tests.support.receivers import Receiver, receiving

from limen.audit.store import SqlLog
from limen.audit.usecases.seal import seal
from limen.oauth.api import Client

PUSH, POLL = "urn:ietf:rfc:8935", "urn:ietf:rfc:8936"
CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"
SSF = "https://schemas.openid.net/secevent/ssf/event-type/"
SCOPES = ("openid", "email", "profile", "ssf.read", "ssf.manage")
JSON = ("content-type", "application/json")


async def turn(provider: Provider, name: str) -> None:
    for task in provider.tasks:
        if task.name == name:
            await task.run()


@dataclass
class Hearing:
    """One application that hears of events, and `ada` who uses it."""

    provider: Provider
    client: Client
    ada: Any = None
    secret: str = ""
    session: Any = None
    tokens: dict[str, str] = field(default_factory=dict)

    async def token(self, scope: str = "ssf.manage ssf.read") -> str:
        if scope not in self.tokens:
            issued = await self.provider.machine_token(self.client, scope=scope)
            self.tokens[scope] = issued["access_token"]
        return self.tokens[scope]

    async def call(
        self, method: str, path: str, body: Any = None, *, query: str = "", token: str | None = None
    ) -> Any:
        import json

        bearer = token or await self.token()
        headers = [("authorization", f"Bearer {bearer}"), JSON]
        raw = (
            b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        )
        return await self.provider.send(method, path, query=query, body=raw, headers=headers)

    async def stream(self, **body: Any) -> str:
        answer = await self.call("POST", "/ssf/streams", body)
        assert answer.status == 201, answer.body
        return answer.json["stream_id"]

    async def pushed(self, url: str, **body: Any) -> str:
        return await self.stream(delivery={"method": PUSH, "endpoint_url": url}, **body)

    async def poll(self, stream: str, **body: Any) -> Any:
        body.setdefault("returnImmediately", True)
        answer = await self.call("POST", f"/ssf/streams/{stream}/poll", body)
        assert answer.status == 200, answer.body
        return answer.json

    async def events(self, stream: str) -> list[dict[str, Any]]:
        """Take what waits: every token verified, in the order of the log."""
        sets = (await self.poll(stream))["sets"]
        await self.poll(stream, ack=list(sets), maxEvents=0)
        return [await self.verified(token) for token in sets.values()]

    async def kinds(self, stream: str) -> list[str]:
        found = [next(iter(event["events"])) for event in await self.events(stream)]
        return [uri.rpartition("/")[2] for uri in found]

    async def verified(self, token: str) -> dict[str, Any]:
        """Verify a token as a receiver's library does (PyJWT)."""
        header = jwt.get_unverified_header(token)
        assert header["typ"] == "secevent+jwt"
        keys = jwt.PyJWKSet.from_dict((await self.provider.send("GET", "/oauth2/jwks")).json)
        options: Any = {"verify_exp": False, "verify_iat": False, "require": ["iat", "jti"]}
        claims = jwt.decode(
            token, keys[header["kid"]], algorithms=["ES256"], audience=self.client.client_id,
            issuer=self.provider.tenant.issuer, options=options,
        )  # fmt: skip
        assert "exp" not in claims
        assert "sub" not in claims
        return claims

    async def follow(self) -> None:
        """Have the log sealed, and followed."""
        keyring = await self.provider.vault.keyring(self.provider.store)
        while await seal(self.provider.store, keyring=keyring, log=SqlLog()):
            pass
        await turn(self.provider, "signals.follow")

    async def sends(self) -> None:
        await self.follow()
        await turn(self.provider, "deliveries.send")

    async def sign_in(self) -> None:
        self.secret, self.session = await self.provider.sign_in(self.ada)
        await self.provider.tokens(self.client, self.secret, scope="openid email profile")

    async def end(self, reason: str = "test") -> None:
        sessions = self.provider.sessions
        await self.provider.store.transact(
            lambda tx: sessions.end(tx, self.session.id, CAUSE, reason=reason)
        )

    async def move(self, status: Any, user: Any = None) -> None:
        users = self.provider.users
        await self.provider.store.transact(
            lambda tx: users.change_status(tx, (user or self.ada).id, status, CAUSE, reason="test")
        )


async def application(provider: Provider, name: str = "Shop", **changes: Any) -> Hearing:
    values: Mapping[str, Any] = {
        "name": name, "skip_consent": True, "scopes": SCOPES,
        "grant_types": ["authorization_code", "client_credentials"], **changes,
    }  # fmt: skip
    return Hearing(provider, await provider.client(**values))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


@pytest.fixture
async def hearing(provider: Provider) -> Hearing:
    """Ada uses the application."""
    found = await application(provider)
    found.ada = await provider.person()
    await found.sign_in()
    return found
