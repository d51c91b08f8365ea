"""Queries: bound to the tenant, or refused; laid out as each driver wants them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.platform.db import Id, Instant, Json, Query, insert, mine, one_of, store_now
from limen.platform.db.query import POSTGRESQL, SQLITE, Plan
from limen.platform.db.scope import Unscoped, check_scope
from limen.platform.db.tables import TENANT, tenant_items

scratch = sa.MetaData()


def table(name: str, *columns: sa.Column[Any]) -> sa.Table:
    """A tenant table that stays out of the real metadata."""
    items = tenant_items((sa.Column("id", Id, nullable=False), *columns), ("id",))
    return sa.Table(name, scratch, *items, info={TENANT: True})


people = table(
    "people",
    sa.Column("name", sa.Text),
    sa.Column("born_at", Instant),
    sa.Column("profile", Json),
    sa.Column("is_tall", sa.Boolean),
)
pets = table("pets", sa.Column("owner", Id), sa.Column("name", sa.Text))
world = sa.Table("world", scratch, sa.Column("id", Id), info={TENANT: False})

KEY, OWN = uuid4(), uuid4()


class Person(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    born_at: datetime


def plans(query: "Query[Any]") -> tuple[Plan, Plan]:
    return query.on_postgresql(), query.on_sqlite()


UNSCOPED: dict[str, Any] = {
    "no condition": sa.select(people.c.id),
    "under OR": sa.select(people.c.id).where(sa.or_(mine(people), people.c.name == b("n"))),
    "under NOT": sa.select(people.c.id).where(~mine(people)),
    "another comparison": sa.select(people.c.id).where(people.c.tenant != b("tenant")),
    "another parameter": sa.select(people.c.id).where(people.c.tenant == b("realm")),
    "a second table": sa.select(people.c.id).where(mine(people), people.c.id == pets.c.owner),
    "a join": sa.select(people.c.id)
    .select_from(people.join(pets, pets.c.owner == people.c.id))
    .where(mine(people)),
    "two loose tables tied to each other": sa.select(people.c.id).where(
        people.c.tenant == pets.c.tenant
    ),
    "a subquery": sa.select(people.c.id).where(
        mine(people), people.c.id.in_(sa.select(pets.c.owner))
    ),
    "the same table in a subquery": sa.select(pets.c.id).where(
        mine(pets), pets.c.id.in_(sa.select(people.c.id).where(people.c.name == b("n")))
    ),
    "a derived table": sa.select(sa.select(people.c.id).subquery().c.id),
    "a derived table beside the table": sa.select(people.c.id).where(
        mine(people), people.c.id.in_(sa.select(sa.select(people.c.id).subquery().c.id))
    ),
    "half of a union": sa.union(sa.select(people.c.id).where(mine(people)), sa.select(people.c.id)),
    "an alias": sa.select(people.alias("p").c.id).where(mine(people)),
    "update": sa.update(people).values(name="x"),
    "update from": sa.update(people)
    .where(mine(people), people.c.id == pets.c.owner)
    .values(name="x"),
    "update by an unscoped value": sa.update(people)
    .where(mine(people))
    .values(name=sa.select(pets.c.name).scalar_subquery()),
    "delete": sa.delete(people),
    "insert": sa.insert(people).values(name=b("name")),
    "insert of another tenant": sa.insert(people).values(tenant=b("other"), name=b("name")),
    "insert from select": sa.insert(people).from_select(
        ["tenant", "id"], sa.select(pets.c.tenant, pets.c.owner)
    ),
    "insert of a chosen tenant": sa.insert(people).from_select(
        ["tenant", "id"], sa.select(pets.c.owner, pets.c.owner).where(mine(pets))
    ),
    "a table by text": sa.select(sa.literal(1)).select_from(sa.text("people")),
    "a table by name": sa.select(sa.table("people", sa.column("id"))),
    "update by name": sa.update(sa.table("people", sa.column("name"))).values(name="x"),
    "exists": sa.select(people.c.id).where(mine(people), sa.exists(sa.select(pets.c.id))),
}

_p = people.alias("p")
SCOPED: dict[str, Any] = {
    "select": sa.select(people.c.id).where(mine(people)),
    "and_": sa.select(people.c.id).where(sa.and_(people.c.name == b("n"), mine(people))),
    "a join over the tenant": sa.select(people.c.id)
    .select_from(people.join(pets, pets.c.tenant == people.c.tenant))
    .where(mine(people)),
    "an outer join": sa.select(people.c.id)
    .select_from(people.outerjoin(pets, sa.and_(mine(pets), pets.c.owner == people.c.id)))
    .where(mine(people)),
    "a correlated subquery": sa.select(people.c.id).where(
        mine(people),
        sa.exists().where(pets.c.tenant == people.c.tenant, pets.c.owner == people.c.id),
    ),
    "an alias": sa.select(_p.c.id).where(mine(_p)),
    "a derived table": sa.select(sa.select(people.c.id).where(mine(people)).subquery().c.id),
    "update": sa.update(people).where(mine(people)).values(name="x"),
    "delete": sa.delete(people).where(mine(people)),
    "insert": insert(people, "id", "name"),
    "insert from select": sa.insert(people).from_select(
        ["tenant", "id"], sa.select(pets.c.tenant, pets.c.owner).where(mine(pets))
    ),
    "a table without tenants": sa.select(world.c.id),
    "a scalar": sa.select(sa.select(people.c.name).where(mine(people)).scalar_subquery()),
}


@pytest.mark.parametrize("case", UNSCOPED)
def test_a_statement_that_could_leave_the_tenant_is_refused(case: str) -> None:
    """R118: the first layer, before the statement is ever run."""
    with pytest.raises(Unscoped):
        check_scope(UNSCOPED[case])


@pytest.mark.parametrize("case", SCOPED)
def test_a_statement_inside_the_tenant_is_taken(case: str) -> None:
    assert check_scope(SCOPED[case]) is (case != "a table without tenants")


def test_the_stores_own_text_must_bind_the_tenant_too() -> None:
    statement = sa.select(people.c.id).where(mine(people))
    with pytest.raises(Unscoped):
        Query(statement, UUID, postgresql="SELECT id FROM people").on_postgresql()
    with pytest.raises(Unscoped):
        Query(statement, UUID, sqlite="SELECT id FROM people").on_sqlite()


def test_arguments_are_laid_out_and_turned_into_the_drivers_values() -> None:
    query = Query(
        sa.update(people)
        .where(mine(people), people.c.id == b("person"), people.c.is_tall.is_(True))
        .values(name=b("new"), profile=b("profile"), born_at=b("born")),
        None,
        "person", "new", "profile", "born",
    )  # fmt: skip
    born = datetime(2000, 2, 29, 12, tzinfo=UTC)
    postgresql, sqlite = plans(query)
    arguments = (KEY, "Ada", {"a": [1]}, born)
    assert list(postgresql.bind(OWN, arguments)) == ["Ada", born, '{"a":[1]}', OWN, KEY]
    assert list(sqlite.bind(OWN.bytes, arguments)) == [
        "Ada", 951825600000000, '{"a":[1]}', OWN.bytes, KEY.bytes,
    ]  # fmt: skip


def test_rows_become_structs() -> None:
    query = Query(
        sa.select(people.c.id, people.c.name, people.c.born_at).where(mine(people)), Person
    )
    born = datetime(2000, 2, 29, 12, tzinfo=UTC)
    postgresql, sqlite = plans(query)
    assert postgresql.make((KEY, "Ada", born)) == Person(KEY, "Ada", born)
    assert sqlite.make((KEY.bytes, "Ada", 951825600000000)) == Person(KEY, "Ada", born)


def test_constants_of_a_statement_are_bound_like_arguments() -> None:
    query = Query(
        sa.update(people).where(mine(people), people.c.id == KEY).values(name="gone", is_tall=True)
    )
    postgresql, sqlite = plans(query)
    assert list(postgresql.bind(OWN, ())) == ["gone", True, OWN, KEY]
    assert list(sqlite.bind(OWN.bytes, ())) == ["gone", 1, OWN.bytes, KEY.bytes]


def test_a_plain_column_is_a_plain_value() -> None:
    query = Query(sa.select(people.c.id).where(mine(people)), UUID)
    assert query.on_sqlite().make((KEY.bytes,)) == KEY
    with pytest.raises(TypeError, match="2 columns"):
        Query(sa.select(people.c.id, people.c.name).where(mine(people)), UUID).on_sqlite()


def test_a_query_without_rows_gives_none() -> None:
    query = Query(sa.delete(people).where(mine(people)))
    with pytest.raises(TypeError, match="declares no rows"):
        query.on_sqlite().make((1,))


def test_names_and_parameters_agree() -> None:
    statement = sa.select(people.c.id).where(mine(people), people.c.name == b("name"))
    with pytest.raises(TypeError, match="does not name its parameter 'name'"):
        Query(statement, UUID).on_sqlite()
    with pytest.raises(TypeError, match="unused parameters: age"):
        Query(statement, UUID, "name", "age").on_sqlite()


def test_a_name_has_one_type_and_keeps_it_where_nothing_tells_it() -> None:
    two = sa.select(people.c.id).where(mine(people), people.c.name == b("x"), people.c.id == b("x"))
    with pytest.raises(TypeError, match="'x' is both"):
        Query(two, UUID, "x").on_sqlite()
    vague = sa.select(people.c.id).where(
        mine(people), sa.or_(b("x").is_(None), people.c.id == b("x"))
    )
    assert list(Query(vague, UUID, "x").on_sqlite().bind(OWN.bytes, (KEY,))) == [
        OWN.bytes, KEY.bytes, KEY.bytes,
    ]  # fmt: skip


def test_a_text_of_its_own_is_numbered_and_bound_alike() -> None:
    query = Query(
        sa.select(people.c.id).where(mine(people), people.c.id == b("person")),
        UUID, "person",
        postgresql="SELECT id FROM people WHERE id = :person::uuid AND tenant = :tenant",
        sqlite="SELECT id FROM people WHERE tenant = :tenant AND id IN (:person, :person)",
    )  # fmt: skip
    postgresql, sqlite = plans(query)
    assert postgresql.sql == "SELECT id FROM people WHERE id = $1::uuid AND tenant = $2"
    assert list(postgresql.bind(OWN, (KEY,))) == [KEY, OWN]
    assert sqlite.sql == "SELECT id FROM people WHERE tenant = ?1 AND id IN (?2, ?2)"
    assert list(sqlite.bind(OWN.bytes, (KEY,))) == [OWN.bytes, KEY.bytes]


def test_the_stores_clock_and_a_span_after_it() -> None:
    query = Query(
        sa.update(people).where(mine(people)).values(born_at=store_now("age")), None, "age"
    )
    postgresql, sqlite = plans(query)
    assert "(now() + $1::INTERVAL)" in postgresql.sql
    assert "(store_now() + ?)" in sqlite.sql
    day = timedelta(days=1)
    assert postgresql.bind(OWN, (day,))[0] == day
    assert sqlite.bind(OWN.bytes, (day,))[0] == 86_400_000_000


def test_a_list_is_one_parameter() -> None:
    query = Query(
        sa.select(people.c.id).where(mine(people), one_of(people.c.id, "ids")), UUID, "ids"
    )
    postgresql, sqlite = plans(query)
    assert "people.id = ANY ($2::UUID[])" in postgresql.sql
    assert list(postgresql.bind(OWN, ([KEY, OWN],)))[1] == [KEY, OWN]
    assert "people.id IN (SELECT unhex(value) FROM json_each(?))" in sqlite.sql
    assert list(sqlite.bind(OWN.bytes, ((KEY,),)))[1] == f'["{KEY.hex}"]'


def test_a_time_without_a_zone_is_refused_on_both() -> None:
    query = Query(insert(people, "id", "born_at"), None, "id", "born_at")
    naive = datetime(2000, 1, 1)  # noqa: DTZ001 - that is the point
    for plan in plans(query):
        with pytest.raises(TypeError):
            plan.bind(OWN, (KEY, naive))


def test_both_stores_understand_an_upsert() -> None:
    add = insert(people, "id", "name")
    query = Query(
        add.on_conflict_do_update(
            index_elements=["tenant", "id"], set_={"name": add.excluded.name}
        ).returning(people.c.id),
        UUID, "id", "name",
    )  # fmt: skip
    for plan in plans(query):
        assert "ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name" in plan.sql


def test_the_dialects_are_the_drivers_own() -> None:
    assert (POSTGRESQL.driver, SQLITE.driver) == ("asyncpg", "pysqlite")
