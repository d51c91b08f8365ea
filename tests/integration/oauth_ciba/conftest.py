"""The whole application with a bank that asks people, and somebody who is asked."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.fakes.clock import FrozenClock
from tests.support.apps import Running
from tests.support.assertions import Keys
from tests.support.oauth import Answer, Provider
from tests.support.receivers import Receiver, receiving
from tests.support.world import Visitor, provider_of

from limen.oauth.ciba.model import GRANT_TYPE
from limen.oauth.options import ClientOptions

NOTIFICATION_TOKEN = "the-token-that-the-bank-chose-for-this-one"


@pytest.fixture
def settings() -> dict[str, str]:
    return {"LIMEN_FETCH__ALLOW": "127.0.0.1/32", "LIMEN_OAUTH__CIBA__LEAST_TIME": "1ms"}


@dataclass
class Bank:
    """`ask` asks Ada, `decide` is what she does on her account page."""

    provider: Provider
    running: Running
    app: Any
    person: Any
    browser: str
    session: Any
    receiver: Receiver
    keys: Keys = field(default_factory=Keys)

    async def client(self, mode: str = "poll", **changes: Any) -> Any:
        options: dict[str, Any] = {"backchannel_token_delivery_mode": mode}
        if mode != "poll":
            endpoint = f"{self.receiver.url}/told"
            options["backchannel_client_notification_endpoint"] = endpoint
        options |= changes.pop("options", {})
        values = {
            "name": "Bank", "redirect_uris": [], "grant_types": [GRANT_TYPE, "refresh_token"],
            "options": ClientOptions(**options), **changes,
        }  # fmt: skip
        return await self.provider.client(values.pop("type", "web"), **values)

    async def ask(self, app: Any = None, **changes: str | None) -> Answer:
        client = app or self.app
        fields: dict[str, str | None] = {
            "scope": "openid email", "login_hint": "ada@example.com",
            **self.provider.credentials(client),
        }  # fmt: skip
        if client.options.backchannel_token_delivery_mode in ("ping", "push"):
            fields["client_notification_token"] = NOTIFICATION_TOKEN
        fields |= changes
        return await self.provider.form(
            "/oauth2/ciba", {k: v for k, v in fields.items() if v is not None}
        )

    async def asked(self, app: Any = None, **changes: str | None) -> dict[str, Any]:
        answer = await self.ask(app, **changes)
        assert answer.status == 200, answer.body
        return answer.json

    async def poll(self, auth_req_id: str, app: Any = None, **changes: str) -> Answer:
        fields = {
            "grant_type": GRANT_TYPE, "auth_req_id": auth_req_id,
            **self.provider.credentials(app or self.app), **changes,
        }  # fmt: skip
        return await self.provider.token(fields)

    def visitor(self, secret: str | None = None, binding: str = "a browser") -> Visitor:
        return Visitor(self.provider, secret or self.browser, binding)

    async def page(self, visitor: Visitor | None = None) -> str:
        answer = await (visitor or self.visitor()).get("/account/requests")
        assert answer.status == 200, (answer.status, answer.location)
        return answer.body.decode()

    async def waiting(self) -> list[str]:
        """Return the ids of what waits for Ada, in the order of the page."""
        parts = (await self.page()).split('name="request" value="')[1:]
        return [part.split('"', 1)[0] for part in parts]

    async def decide(self, said: str = "approve", **changes: Any) -> Answer:
        visitor = changes.pop("visitor", None) or self.visitor()
        fields = {"csrf": await visitor.csrf(), "decision": said, **changes}
        if "request" not in fields:
            fields["request"] = (await self.waiting())[-1]
        return await visitor.post("/account/requests", fields)

    async def approved(self, app: Any = None, **changes: str | None) -> dict[str, Any]:
        asked = await self.asked(app, **changes)
        answer = await self.decide()
        assert answer.location == "/account/requests?done=allowed", answer.body
        return asked

    async def run(self, name: str) -> None:
        task = next(task for task in self.running.app.tasks if task.name == name)
        await task.run()

    async def mails(self) -> list[dict[str, Any]]:
        return (await self.running.http.get("/dev/mail.json")).json()


@pytest.fixture
async def bank(limen: Running, clock: FrozenClock) -> AsyncIterator[Bank]:
    provider = provider_of(limen, clock, limen.tenant)
    person = await provider.person()
    browser, session = await provider.sign_in(person)
    async with receiving() as receiver:
        made = Bank(provider, limen, None, person, browser, session, receiver)
        made.app = await made.client()
        yield made
