"""Applications that registered themselves and that nobody uses."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from tests.support.oauth import Provider
from tests.support.registration import initial_token, path_of, policy, register, registered, send

from limen.oauth.registration.store import SqlInitialTokens, initial_access_tokens
from limen.oauth.store.clients import clients
from limen.oauth.store.grants import grants
from limen.platform.db import Query, mine, store_now

AGE = Query(
    sa.update(clients).where(mine(clients)).values(updated_at=store_now("ago")), None, "ago"
)
USE = Query(
    sa.update(grants)
    .where(mine(grants))
    .values(created_at=store_now("ago"), used_at=store_now("ago")),
    None,
    "ago",
)

END = Query(
    sa.update(initial_access_tokens)
    .where(mine(initial_access_tokens))
    .values(expires_at=store_now("ago")),
    None,
    "ago",
)


async def sweep(provider: Provider) -> None:
    for task in provider.tasks:
        if task.name == "oauth.registration.retention":
            await task.run()


async def age(provider: Provider, days: int, what: Any = AGE) -> None:
    await provider.store.transact(lambda tx: tx.run(what, timedelta(days=-days)))


async def test_what_nobody_used_is_deleted(provider: Provider) -> None:
    """A135: after the policy's time, with a fact; what administrators made stays."""
    await policy(provider, registration="open")
    managed, made = await provider.client(), await registered(provider)
    await age(provider, 29)
    await sweep(provider)
    assert await provider.oauth.clients.find(provider.store, made["client_id"])
    await age(provider, 31)
    await sweep(provider)
    await provider.snapshots.poll()
    assert await provider.oauth.clients.find(provider.store, made["client_id"]) is None
    assert await provider.oauth.clients.find(provider.store, str(managed.id))
    assert len(await provider.data("client.expired")) == 1
    answer = await send(provider, "GET", path_of(made), token=made["registration_access_token"])
    assert answer.status == 401


async def test_what_a_person_allowed_something_is_kept_for_a_year(provider: Provider) -> None:
    """Refresh tokens go on for as long: they are not cut off."""
    await policy(provider, registration="open")
    made = await registered(provider)
    client = await provider.oauth.clients.get(provider.store, UUID(made["client_id"]))
    provider.secrets[client.id] = made["client_secret"]
    browser, _ = await provider.sign_in(await provider.person())
    await provider.tokens(client, browser)
    await age(provider, 400)
    await age(provider, 300, USE)
    await sweep(provider)
    assert await provider.oauth.clients.find(provider.store, made["client_id"])
    await age(provider, 367, USE)
    await sweep(provider)
    await provider.snapshots.poll()
    assert await provider.oauth.clients.find(provider.store, made["client_id"]) is None


async def test_the_terms_of_who_is_here_stay(provider: Provider) -> None:
    """A135, R057: tokens leave a month after their end, those that let an application in with it."""
    await policy(provider, registration="token")
    await initial_token(provider)
    used = await initial_token(provider, redirect_hosts=["app.example"])
    assert (await register(provider, used)).status == 201
    await age(provider, 31, END)
    await sweep(provider)
    left = await SqlInitialTokens().list_after(provider.store, None, 10)
    assert [token.terms.redirect_hosts for token in left] == [("app.example",)]
    await age(provider, 31)
    await sweep(provider)
    await sweep(provider)
    assert await SqlInitialTokens().list_after(provider.store, None, 10) == []
