"""Requests that somebody decides elsewhere: asked by a client, answered by a browser."""

from typing import Any

from tests.support.oauth import Answer, Provider
from tests.support.world import Visitor

from limen.oauth.ciba.model import GRANT_TYPE as CIBA
from limen.oauth.device.model import GRANT_TYPE as DEVICE

__all__ = ["CIBA", "DEVICE", "device_code", "poll_ciba", "poll_device", "request_id"]


async def device_code(provider: Provider, app: Any, browser: str, session: Any, **more: str) -> str:
    """Return a device code that the browser's person approved."""
    fields = {"scope": "openid", **provider.credentials(app), **more}
    asked = (await provider.form("/oauth2/device", fields)).json
    visitor = Visitor(provider, browser)
    said = {"csrf": await visitor.csrf(), "user_code": asked["user_code"], "decision": "approve",
            "session": str(session.id)}  # fmt: skip
    answer = await visitor.post("/device", said)
    assert b"is connected" in answer.body, answer.body
    return asked["device_code"]


async def request_id(provider: Provider, app: Any, browser: str, hint: str, **more: str) -> str:
    """Return an auth_req_id that the browser's person, whom `hint` names, approved."""
    fields = {"scope": "openid", "login_hint": hint, **provider.credentials(app), **more}
    asked = (await provider.form("/oauth2/ciba", fields)).json
    visitor = Visitor(provider, browser)
    page = (await visitor.get("/account/requests")).body.decode()
    named = page.rpartition('name="request" value="')[2].split('"', 1)[0]
    said = {"csrf": await visitor.csrf(), "request": named, "decision": "approve"}
    answer = await visitor.post("/account/requests", said)
    assert answer.location.endswith("done=allowed"), (answer.status, answer.body)
    return asked["auth_req_id"]


async def poll_device(provider: Provider, app: Any, code: str) -> Answer:
    fields = {"grant_type": DEVICE, "device_code": code, **provider.credentials(app)}
    return await provider.token(fields)


async def poll_ciba(provider: Provider, app: Any, auth_req_id: str) -> Answer:
    fields = {"grant_type": CIBA, "auth_req_id": auth_req_id, **provider.credentials(app)}
    return await provider.token(fields)
