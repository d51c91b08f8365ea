"""The gate: many parts, one query, the first word that is no yes."""

from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.standing import Principal
from limen.kernel.uow import Store
from limen.platform.db import Id, StandingPart, compose, insert, mine, store_now
from limen.platform.db.query import Query
from limen.platform.db.shared import one_time as t

# A row's payload is the state of its subject; `fine` is the only one that may act.
_add = Query(
    insert(t, "kind", "digest", "payload", "subject").values(
        issued_at=store_now(), expires_at=store_now()
    ),
    None, "kind", "digest", "payload", "subject",
)  # fmt: skip


def part(field: str) -> StandingPart:
    state = (
        sa.select(t.c.payload)
        .where(mine(t), t.c.kind == field, t.c.subject == b(field, type_=Id()))
        .scalar_subquery()
    )
    return StandingPart(field, sa.func.nullif(sa.func.coalesce(state, f"{field}_unknown"), "fine"))


GATE = compose([part("user"), part("session"), part("client")])


async def put(store: Store, field: str, state: str) -> UUID:
    subject = uuid4()
    await store.transact(lambda tx: tx.run(_add, field, subject.bytes, state, subject))
    return subject


async def test_whoever_is_fine_may_act(store: Store) -> None:
    user, session = await put(store, "user", "fine"), await put(store, "session", "fine")
    assert await GATE.refusal(store, Principal(user=user, session=session)) is None


async def test_the_first_reason_is_given(store: Store) -> None:
    user, session = await put(store, "user", "fine"), await put(store, "session", "session_ended")
    assert await GATE.refusal(store, Principal(user=user, session=session)) == "session_ended"
    gone = await put(store, "user", "user_suspended")
    assert await GATE.refusal(store, Principal(user=gone, session=session)) == "user_suspended"


async def test_what_is_unknown_is_refused_and_what_is_not_named_is_not_asked(
    store: Store,
) -> None:
    """Design rule 1: absent = refuse."""
    assert await GATE.refusal(store, Principal(user=uuid4())) == "user_unknown"
    client = await put(store, "client", "fine")
    assert await GATE.refusal(store, Principal(client=client)) is None


async def test_another_tenants_are_unknown(store: Store, database: Any) -> None:
    user = await put(store, "user", "fine")
    assert await GATE.refusal(database.system, Principal(user=user)) == "user_unknown"


async def test_inside_a_unit_it_sees_what_the_unit_wrote(store: Store) -> None:
    user = uuid4()

    async def work(tx: Any) -> str | None:
        await tx.run(_add, "user", user.bytes, "user_pending", user)
        return await GATE.refusal(tx, Principal(user=user))

    assert await store.transact(work) == "user_pending"


def test_a_gate_of_nothing_or_of_unknown_fields_is_no_gate() -> None:
    with pytest.raises(ValueError, match="standing parts"):
        compose([])
    with pytest.raises(ValueError, match="planet"):
        compose([StandingPart("planet", sa.null())])
