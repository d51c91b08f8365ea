"""Whoever may not act gets no token, and what they hold is dead (security.md, rule 1)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.support.oauth import CAUSE, Provider

from limen.kernel.ids import GrantId
from limen.kernel.uow import Tx
from limen.oauth.api import Client


@dataclass
class Case:
    provider: Provider
    client: Client
    user: Any
    secret: str
    session: Any
    code: str
    issued: dict[str, Any]


async def suspend_user(case: Case) -> None:
    users = case.provider.users
    await case.provider.store.transact(
        lambda tx: users.change_status(tx, case.user.id, "suspended", CAUSE, reason="test")
    )


async def disable_client(case: Case) -> None:
    token = (await case.provider.machine_token(await manager(case.provider)))["access_token"]
    path = f"/api/v1/clients/{case.client.id}/disable"
    answer = await case.provider.api_call(token, "POST", path, {})
    assert answer.status == 200, answer.body


async def delete_client(case: Case) -> None:
    token = (await case.provider.machine_token(await manager(case.provider)))["access_token"]
    answer = await case.provider.api_call(token, "DELETE", f"/api/v1/clients/{case.client.id}", {})
    assert answer.status == 204, answer.body


async def revoke_grant(case: Case) -> None:
    apps = await case.provider.oauth.grants.list_of(case.provider.store, case.user.id)
    assert [app.client.id for app in apps] == [case.client.id]

    async def work(tx: Tx) -> bool:
        grant = GrantId(apps[0].grant)
        return await case.provider.oauth.grants.revoke(tx, grant, CAUSE, user=case.user.id)

    assert await case.provider.store.transact(work)


async def end_session(case: Case) -> None:
    sessions, session = case.provider.sessions, case.session.id
    await case.provider.store.transact(lambda tx: sessions.end(tx, session, CAUSE, reason="test"))


async def end_all_sessions(case: Case) -> None:
    sessions = case.provider.sessions
    await case.provider.store.transact(
        lambda tx: sessions.end_all(tx, case.user.id, CAUSE, reason="test")
    )


async def manager(provider: Provider) -> Client:
    client = await provider.client("m2m", name="Manager", scopes=["clients:write", "clients:read"])
    await provider.role(client)
    return client


ENDS = [suspend_user, disable_client, delete_client, revoke_grant, end_session, end_all_sessions]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
async def test_nothing_works_any_more(
    provider: Provider, end: Callable[[Case], Awaitable[None]]
) -> None:
    """R034, R102, R103, A022, A029, A033, A035: code, refresh, userinfo, introspection."""
    client = await provider.client(skip_consent=True)
    watcher = await provider.client("m2m", name="Watcher")
    user = await provider.person()
    secret, session = await provider.sign_in(user)
    issued = await provider.tokens(client, secret)
    code = await provider.code(client, secret)
    case = Case(provider, client, user, secret, session, code, issued)
    assert (await provider.introspect(client, issued["access_token"]))["active"] is True
    assert await provider.introspect(watcher, issued["access_token"]) == {"active": False}

    await end(case)

    redeemed = await provider.token(provider.redemption(client, code))
    assert redeemed.json["error"] in ("invalid_grant", "invalid_client")
    fields = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}
    refreshed = await provider.token(fields | provider.credentials(client))
    assert refreshed.json["error"] in ("invalid_grant", "invalid_client")
    assert (await provider.userinfo(issued["access_token"])).status == 401
    for kind in ("access_token", "refresh_token"):
        answer = await provider.form(
            "/oauth2/introspect", {"token": issued[kind]}, provider.basic(client)
        )
        assert answer.json.get("active", False) is False
    assert len(await provider.reasons("token.refused")) >= 2


async def test_a_suspended_person_is_not_signed_in(provider: Provider) -> None:
    """A033: a live cookie of a suspended person gets no code."""
    client = await provider.client(skip_consent=True)
    user = await provider.person()
    secret, session = await provider.sign_in(user)
    await suspend_user(Case(provider, client, user, secret, session, "", {}))
    silent = provider.authorization(client, prompt="none")
    assert (await provider.authorize(silent, secret)).query["error"] == "login_required"
    asked = await provider.authorize(provider.authorization(client), secret)
    assert asked.location.startswith("/signin?flow=")


async def test_a_disabled_client_gets_a_page(provider: Provider) -> None:
    """A033, R003: its people are told; nothing is redirected."""
    client = await provider.client(skip_consent=True)
    user = await provider.person()
    secret, session = await provider.sign_in(user)
    asked = await provider.authorize(provider.authorization(client, prompt="login"), secret)
    await disable_client(Case(provider, client, user, secret, session, "", {}))
    answer = await provider.authorize(provider.authorization(client), secret)
    assert (answer.status, "location" in answer.headers) == (400, False)
    assert (await provider.resume(asked, secret)).status == 400


async def test_a_disabled_machine_gets_no_token_and_its_tokens_end(provider: Provider) -> None:
    """A033: client credentials, introspection, management API."""
    chief = await manager(provider)
    machine = await provider.client("m2m", scopes=["clients:read"])
    await provider.role(machine)
    token = (await provider.machine_token(machine))["access_token"]
    assert (await provider.api_call(token, "GET", "/api/v1/clients")).status == 200
    admin = (await provider.machine_token(chief))["access_token"]
    await provider.api_call(admin, "POST", f"/api/v1/clients/{machine.id}/disable", {})
    assert (await provider.api_call(token, "GET", "/api/v1/clients")).status == 401
    fields = {"grant_type": "client_credentials", **provider.credentials(machine)}
    refused = await provider.token(fields)
    assert (refused.status, refused.json["error"]) == (401, "invalid_client")
    await provider.api_call(admin, "POST", f"/api/v1/clients/{machine.id}/enable", {})
    assert (await provider.token(fields)).status == 200
