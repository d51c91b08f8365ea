"""Promises about every table and every query of the project."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.support.schema import all_queries, all_tables

import limen

# Tables without row-level security.  Adding one is a decision: say why here.
GLOBAL = {
    "tenants",  # a tenant is found before one is entered
    "tenant_domains",  # likewise
    "seal_queue",  # names tenants whose facts wait for the sealer
    "delivery_queue",  # names deliveries of all tenants that are due, and nothing of them
    "store_epochs",  # which store this is, and how often it was restored
    "invalidations",  # names what snapshots of all tenants must drop
}

TABLES = sorted(all_tables().tables.values(), key=lambda table: table.name)
SCOPED = [table for table in TABLES if table.info["tenant"]]
QUERIES = all_queries()


def test_the_tables_without_a_tenant_are_few_and_named() -> None:
    assert {table.name for table in TABLES if not table.info["tenant"]} <= GLOBAL


@pytest.mark.parametrize("table", SCOPED, ids=lambda table: table.name)
def test_every_key_begins_with_the_tenant(table: sa.Table) -> None:
    """Constraints bypass row-level security: a key across tenants would tell what others hold."""
    for constraint in table.constraints:
        if isinstance(constraint, sa.PrimaryKeyConstraint | sa.UniqueConstraint):
            assert next(iter(constraint.columns)).name == "tenant", constraint.name
        if isinstance(constraint, sa.ForeignKeyConstraint):
            assert constraint.column_keys[0] == "tenant", constraint.name
    for index in table.indexes:
        if index.unique:
            assert next(iter(index.columns)).name == "tenant", index.name


@pytest.mark.parametrize("table", SCOPED, ids=lambda table: table.name)
def test_no_foreign_key_crosses_contexts_but_to_tenants(table: sa.Table) -> None:
    homes = {name: home for home, names in _homes().items() for name in names}
    for constraint in table.foreign_key_constraints:
        target = constraint.referred_table.name
        assert target == "tenants" or homes[target] == homes[table.name], constraint.name


def _homes() -> dict[str, set[str]]:
    """Which tables each context (or module of the platform) declares, by its sources."""
    root = Path(limen.__file__).parent
    homes: dict[str, set[str]] = {}
    for path in root.rglob("*.py"):
        if "migrations" in path.parts:
            continue
        text = path.read_text("utf-8")
        parts = path.relative_to(root).parts
        home = "/".join(parts[:2] if parts[0] == "platform" else parts[:1])
        for table in TABLES:
            if f'_table(\n    "{table.name}"' in text or f'_table("{table.name}"' in text:
                homes.setdefault(home, set()).add(table.name)
    return homes


def test_no_constraint_is_deferred_and_every_one_is_named() -> None:
    for table in TABLES:
        for constraint in table.constraints:
            assert not constraint.deferrable, constraint
            assert not constraint.initially, constraint
            assert constraint.name is not None, (table.name, constraint)
            assert len(str(constraint.name)) <= 63, constraint.name
        for index in table.indexes:
            assert index.name is not None, (table.name, index)
            assert len(str(index.name)) <= 63, index.name


def test_no_column_has_a_default_of_pythons() -> None:
    """It would be filled in by an executor that we do not have."""
    for table in TABLES:
        for column in table.columns:
            assert column.default is None, column
            assert column.onupdate is None, column


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_every_query_compiles_for_both_stores_and_binds_its_tenant(name: str) -> None:
    """R118: Query refuses a statement that could leave its tenant."""
    QUERIES[name].on_postgresql()
    QUERIES[name].on_sqlite()
