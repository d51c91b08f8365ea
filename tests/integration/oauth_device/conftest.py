"""A provider with a device, and a person with a browser."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.support.oauth import Answer, Provider, decoded, provider
from tests.support.world import Visitor

from limen.oauth.device.model import GRANT_TYPE

__all__ = ["GRANT_TYPE", "Devices", "decoded", "devices", "provider"]


@dataclass
class Devices:
    """A television application, and somebody who watches it."""

    provider: Provider
    app: Any
    person: Any
    browser: str
    session: Any

    async def ask(self, app: Any = None, **changes: str) -> Answer:
        fields = {"scope": "openid email", **self.provider.credentials(app or self.app), **changes}
        kind = ("user-agent", "Television/9 (Living room)")
        return await self.provider.form("/oauth2/device", fields, kind, client="203.0.113.9")

    async def asked(self, **changes: str) -> dict[str, Any]:
        answer = await self.ask(**changes)
        assert answer.status == 200, answer.body
        return answer.json

    async def poll(self, device_code: str, app: Any = None, **changes: str) -> Answer:
        fields = {
            "grant_type": GRANT_TYPE, "device_code": device_code,
            **self.provider.credentials(app or self.app), **changes,
        }  # fmt: skip
        return await self.provider.token(fields)

    def visitor(self, secret: str | None = None, binding: str = "a browser") -> Visitor:
        return Visitor(self.provider, secret or self.browser, binding)

    async def decide(self, code: str, said: str = "approve", **changes: Any) -> Answer:
        visitor = changes.pop("visitor", None) or self.visitor()
        fields = {
            "csrf": await visitor.csrf(), "user_code": code, "session": str(self.session.id),
            "decision": said, **changes,
        }  # fmt: skip
        return await visitor.post("/device", fields)

    async def approved(self, **changes: str) -> dict[str, Any]:
        asked = await self.asked(**changes)
        answer = await self.decide(asked["user_code"])
        assert b"is connected" in answer.body, answer.body
        return asked


@pytest.fixture
async def devices(provider: Provider) -> AsyncIterator[Devices]:
    app = await provider.client("device", name="Television", redirect_uris=[])
    person = await provider.person()
    browser, session = await provider.sign_in(person)
    yield Devices(provider, app, person, browser, session)
