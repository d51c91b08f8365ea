"""What one of authorization_details contains another, and what a schema lets through."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from limen.oauth.model.details import covers, is_within, remembered
from limen.oauth.model.schema import flaw_of, mismatch_of

SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)
LISTS = st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True)


@st.composite
def details(draw: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"type": draw(st.sampled_from(["x", "y"]))}
    if draw(st.booleans()):
        found["actions"] = draw(LISTS)
    return found | draw(st.dictionaries(st.sampled_from(["amount", "creditor"]), VALUES))


@given(details())
def test_each_is_within_itself(detail: dict[str, Any]) -> None:
    assert is_within(detail, detail)


@given(details(), details(), details())
def test_parts_of_parts_are_parts(a: dict[str, Any], b: dict[str, Any], c: dict[str, Any]) -> None:
    """R031: narrowing twice is narrowing."""
    if is_within(a, b) and is_within(b, c):
        assert is_within(a, c)


@given(details(), details())
def test_what_is_within_says_nothing_new(asked: dict[str, Any], held: dict[str, Any]) -> None:
    """R031: every value of it was granted; true is not 1."""
    if is_within(asked, held):
        assert asked.keys() == held.keys()
        assert set(asked.get("actions", ())) <= set(held.get("actions", ()))
        for name in asked.keys() - {"actions"}:
            assert repr(asked[name]) == repr(held[name]) or asked[name] == held[name]


@given(st.lists(details(), max_size=5), st.lists(details(), max_size=5))
def test_what_was_allowed_is_remembered(before: list[Any], asked: list[Any]) -> None:
    """R012: what the person allowed is not asked again, and nothing else came in."""
    held = remembered(tuple(before), tuple(asked))
    assert covers(held, asked)
    assert covers(held, before)
    assert all(one in before or one in asked for one in held)


SCHEMAS = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["object", "array", "string", "boolean", "null", "integer", "number"]),
            "enum": st.lists(SCALARS, max_size=3), "const": SCALARS, "minLength": st.integers(0, 3),
            "maximum": st.integers(-3, 3), "maxItems": st.integers(0, 3), "uniqueItems": st.booleans(),
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.text(max_size=2), inner, max_size=3), "items": inner,
            "additionalProperties": st.booleans() | inner,
            "required": st.lists(st.text(max_size=2), max_size=2),
        },
    ),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=200)
@given(VALUES, SCHEMAS)
def test_a_schema_that_is_accepted_judges_every_value(value: Any, schema: dict[str, Any]) -> None:
    """A121: it never breaks, and a value with an unknown field is no match."""
    assert flaw_of(schema) is None
    found = mismatch_of(value, schema)
    assert found is None or isinstance(found, str)
    if isinstance(value, dict) and "additionalProperties" not in schema:
        unknown = value.keys() - schema.get("properties", {}).keys()
        assert not unknown or found is not None


@given(VALUES)
def test_whatever_is_no_schema_is_said_to_be_none(value: Any) -> None:
    found = flaw_of(value)
    assert found is None or isinstance(found, str)
    if not isinstance(value, dict):
        assert found is not None


def test_a_schema_is_no_deeper_than_it_may_be() -> None:
    schema: dict[str, Any] = {}
    for _ in range(20):
        schema = {"properties": {"a": schema}}
    assert flaw_of(schema) is not None
    assert flaw_of({"enum": ["x" * 20_000]}) is not None
