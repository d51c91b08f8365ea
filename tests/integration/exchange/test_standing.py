"""What ends the token that was exchanged ends what was made of it, and makes no more (A033)."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.support.exchange import STOCK, TYPE, Chain, chain, exchange, refusal, service
from tests.support.issuers import manage
from tests.support.oauth import CAUSE, Provider

from limen.kernel.ids import GrantId

ACCESS = TYPE + "access_token"


async def suspend_user(case: Chain) -> None:
    await move(case, case.person)


async def move(case: Chain, person: Any) -> None:
    users = case.provider.users
    await case.provider.store.transact(
        lambda tx: users.change_status(tx, person.id, "suspended", CAUSE, reason="test")
    )


async def end_session(case: Chain) -> None:
    sessions = case.provider.sessions
    await case.provider.store.transact(
        lambda tx: sessions.end(tx, case.session.id, CAUSE, reason="test")
    )


async def revoke_grant(case: Chain) -> None:
    grants = case.provider.oauth.grants
    apps = await grants.list_of(case.provider.store, case.person.id)
    await case.provider.store.transact(
        lambda tx: grants.revoke(tx, GrantId(apps[0].grant), CAUSE, user=case.person.id)
    )


async def revoke_family(case: Chain) -> None:
    await revoke(case, case.tokens["refresh_token"])


async def revoke_token(case: Chain) -> None:
    await revoke(case, case.token)


async def revoke(case: Chain, token: str) -> None:
    answer = await case.provider.form(
        "/oauth2/revoke", {"token": token}, case.provider.basic(case.shop)
    )
    assert answer.status == 200


async def disable_shop(case: Chain) -> None:
    await manage(case.provider, "POST", f"/api/v1/clients/{case.shop.id}/disable")


async def disable_orders(case: Chain) -> None:
    await manage(case.provider, "POST", f"/api/v1/clients/{case.orders.id}/disable")


async def delete_shop(case: Chain) -> None:
    await manage(case.provider, "DELETE", f"/api/v1/clients/{case.shop.id}")


ENDS = [
    suspend_user, end_session, revoke_grant, revoke_family, revoke_token, disable_shop,
    disable_orders, delete_shop,
]  # fmt: skip


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
async def test_an_exchanged_token_ends_with_its_past(
    provider: Provider, end: Callable[[Chain], Awaitable[None]]
) -> None:
    """R034, R102, A029, A033, A035: also what was made of it in the second generation."""
    case = await chain(provider)
    first = (await case.exchange()).json["access_token"]
    third = "https://ledger.example.com"
    await provider.api(third, scopes=("read",))
    stock = await service(
        provider,
        name="Stock",
        audiences=[STOCK, third],
        options={"token_exchange_audiences": (third,)},
    )
    second = (await exchange(provider, stock, first, audience=third)).json["access_token"]
    for token in (first, second):
        assert (await provider.introspect(stock, token))["active"] is True
    await end(case)
    for token in (first, second):
        assert await provider.introspect(stock, token) == {"active": False}
    assert refusal(await exchange(provider, stock, first, audience=third))[0] == 400
    assert (await case.exchange()).status in (400, 401)


async def suspend_agent(case: Chain, agent: Any, session: Any, client: Any) -> None:
    await move(case, agent)


async def end_agent_session(case: Chain, agent: Any, session: Any, client: Any) -> None:
    sessions = case.provider.sessions
    await case.provider.store.transact(
        lambda tx: sessions.end(tx, session.id, CAUSE, reason="test")
    )


async def disable_agent_client(case: Chain, agent: Any, session: Any, client: Any) -> None:
    await manage(case.provider, "POST", f"/api/v1/clients/{client.id}/disable")


@pytest.mark.parametrize(
    "end", [suspend_agent, end_agent_session, disable_agent_client], ids=lambda end: end.__name__
)
async def test_an_actor_that_is_disabled_acts_no_more(provider: Provider, end: Any) -> None:
    """A033, R117: neither in a new token nor in one that was made."""
    case = await chain(provider)
    agent = await provider.person("agent@example.com")
    secret, session = await provider.sign_in(agent)
    desk = await provider.client("web", name="Desk", skip_consent=True, scopes=["openid", "read"])
    from tests.support.exchange import ORDERS

    acting = await provider.tokens(desk, secret, scope="openid read", resource=ORDERS)
    fields = {"actor_token": acting["access_token"], "actor_token_type": ACCESS}
    token = (await case.exchange(**fields)).json["access_token"]
    assert (await provider.introspect(case.orders, token))["active"] is True
    await end(case, agent, session, desk)
    assert await provider.introspect(case.orders, token) == {"active": False}
    answer = await case.exchange(**fields)
    assert refusal(answer) == (400, "invalid_request")
    assert ((await provider.reasons("token.refused"))[-1] or "").startswith("actor_token_")


async def test_a_deleted_api_is_no_target(provider: Provider) -> None:
    """A033: nobody gets a token for what is not there."""
    case = await chain(provider)
    apis = (await manage(provider, "GET", "/api/v1/apis")).json["data"]
    stock = next(api["id"] for api in apis if api["identifier"] == STOCK)
    assert (await manage(provider, "DELETE", f"/api/v1/apis/{stock}")).status == 204
    assert refusal(await case.exchange()) == (400, "invalid_target")


async def test_a_machine_that_is_disabled_is_no_subject(provider: Provider) -> None:
    """A033: nor are the tokens about it."""
    from tests.support.exchange import ORDERS

    case = await chain(provider)
    caller = await provider.client("m2m", name="Caller", scopes=["read"])
    token = (await provider.machine_token(caller, resource=ORDERS))["access_token"]
    made = (await exchange(provider, case.orders, token)).json["access_token"]
    assert (await provider.introspect(case.orders, made))["active"] is True
    await manage(provider, "POST", f"/api/v1/clients/{caller.id}/disable")
    assert await provider.introspect(case.orders, made) == {"active": False}
    assert refusal(await exchange(provider, case.orders, token)) == (400, "invalid_request")
