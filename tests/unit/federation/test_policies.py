"""Policies of metadata: each operator, how they merge, and which do not go together (§6.1.3)."""

from typing import Any

import pytest

from limen.oauth.federation.model.policies import PolicyError, apply, merge_all

Rules = dict[str, Any]
ABSENT = object()


def result(value: Any, *rules: Rules, name: str = "p") -> Any:
    """Return what is left of a parameter below these rules, the highest first."""
    policy = merge_all(({"rp": {name: one}}, ()) for one in rules)
    metadata = {"rp": {} if value is ABSENT else {name: value}}
    return apply(metadata, policy)["rp"].get(name, ABSENT)


@pytest.mark.parametrize(
    ("value", "rules", "left"),
    [
        ("a", {"value": "b"}, "b"),
        (ABSENT, {"value": "b"}, "b"),
        ("a", {"value": None}, ABSENT),
        (False, {"value": True}, True),
        (["a"], {"add": ["b", "a"]}, ["a", "b"]),
        (ABSENT, {"add": ["b"]}, ["b"]),
        (ABSENT, {"default": "d"}, "d"),
        ("a", {"default": "d"}, "a"),
        ("a", {"one_of": ["a", "b"]}, "a"),
        (ABSENT, {"one_of": ["a"]}, ABSENT),
        (["a", "b"], {"subset_of": ["b", "c"]}, ["b"]),
        (["a"], {"subset_of": ["b"]}, ABSENT),
        (ABSENT, {"subset_of": ["b"]}, ABSENT),
        (["a", "b"], {"superset_of": ["a"]}, ["a", "b"]),
        (ABSENT, {"superset_of": ["a"]}, ABSENT),
        ("a", {"essential": True}, "a"),
        (ABSENT, {"essential": False}, ABSENT),
        (ABSENT, {"default": "d", "essential": True}, "d"),
        (["a"], {"add": ["b"], "subset_of": ["b"]}, ["b"]),
        (["a"], {"add": ["b"], "superset_of": ["b"]}, ["a", "b"]),
        ("a", {"unknown_operator": 1}, "a"),
        ([], {"subset_of": []}, ABSENT),
        ({"k": 1}, {"one_of": [{"k": 1}]}, {"k": 1}),
    ],
)
def test_each_operator(value: Any, rules: Rules, left: Any) -> None:
    found = result(value, rules)
    assert found is left or found == left


@pytest.mark.parametrize(
    ("value", "rules"),
    [
        ("c", {"one_of": ["a", "b"]}),
        (1, {"one_of": [True]}),
        (["b"], {"superset_of": ["a"]}),
        (ABSENT, {"essential": True}),
        (["a"], {"subset_of": ["b"], "essential": True}),
        ("a", {"subset_of": ["a"]}),
        ("a", {"superset_of": ["a"]}),
        ("a", {"add": ["b"]}),
        ({"a": 1}, {"add": ["b"]}),
    ],
)
def test_metadata_that_does_not_fit(value: Any, rules: Rules) -> None:
    """R056: then there is no client, not one with less."""
    with pytest.raises(PolicyError):
        result(value, rules)


@pytest.mark.parametrize(
    "rules",
    [
        {"one_of": ["a"], "add": ["a"]},
        {"one_of": ["a"], "subset_of": ["a"]},
        {"one_of": ["a"], "superset_of": ["a"]},
        {"one_of": []},
        {"one_of": "a"},
        {"add": "a"},
        {"subset_of": None},
        {"default": None},
        {"essential": "yes"},
        {"value": "a", "one_of": ["b"]},
        {"value": ["a"], "add": ["b"]},
        {"value": ["a"], "subset_of": ["b"]},
        {"value": ["a"], "superset_of": ["b"]},
        {"value": None, "essential": True},
        {"value": None, "default": "a"},
        {"value": None, "add": ["a"]},
        {"subset_of": ["a"], "superset_of": ["a", "b"]},
        {"subset_of": ["a"], "add": ["b"]},
        {"subset_of": ["x"] * 501},
    ],
    ids=lambda rules: str(rules)[:60],
)
def test_operators_that_do_not_go_together(rules: Rules) -> None:
    """§6.1.3.1: an error of the policy, whatever the metadata."""
    with pytest.raises(PolicyError):
        merge_all([({"rp": {"p": rules}}, ())])


@pytest.mark.parametrize(
    ("higher", "lower", "merged"),
    [
        ({"value": "a"}, {"value": "a"}, {"value": "a"}),
        ({"add": ["a"]}, {"add": ["b", "a"]}, {"add": ["a", "b"]}),
        ({"default": 1}, {"default": 1}, {"default": 1}),
        ({"one_of": ["a", "b"]}, {"one_of": ["b", "c"]}, {"one_of": ["b"]}),
        ({"subset_of": ["a", "b"]}, {"subset_of": ["b", "c"]}, {"subset_of": ["b"]}),
        ({"subset_of": ["a"]}, {"subset_of": ["b"]}, {"subset_of": []}),
        ({"superset_of": ["a"]}, {"superset_of": ["b"]}, {"superset_of": ["a", "b"]}),
        ({"essential": True}, {"essential": False}, {"essential": True}),
        ({"essential": False}, {"essential": True}, {"essential": True}),
        ({"default": "a"}, {"one_of": ["a"]}, {"default": "a", "one_of": ["a"]}),
    ],
)
def test_merging(higher: Rules, lower: Rules, merged: Rules) -> None:
    found = merge_all([({"rp": {"p": higher}}, ()), ({"rp": {"p": lower}}, ())])
    assert found == {"rp": {"p": merged}}


@pytest.mark.parametrize(
    ("higher", "lower"),
    [
        ({"value": "a"}, {"value": "b"}),
        ({"value": 1}, {"value": True}),
        ({"default": "a"}, {"default": "b"}),
        ({"one_of": ["a"]}, {"one_of": ["b"]}),
        ({"one_of": ["a"]}, {"add": ["a"]}),
        ({"subset_of": ["a"]}, {"value": ["a", "b"]}),
        ({"subset_of": ["a"]}, {"add": ["b"]}),
        ({"superset_of": ["a"]}, {"subset_of": ["b"]}),
        ({"essential": True}, {"value": None}),
        ({"one_of": ["a"]}, {"value": "b"}),
    ],
)
def test_what_cannot_be_merged(higher: Rules, lower: Rules) -> None:
    """R056: a subordinate narrows what its superiors say, and never widens it."""
    with pytest.raises(PolicyError):
        merge_all([({"rp": {"p": higher}}, ()), ({"rp": {"p": lower}}, ())])


def test_a_scope_is_a_list_in_spite_of_its_form() -> None:
    assert result("openid email", {"subset_of": ["openid", "x"]}, name="scope") == "openid"
    assert result("openid", {"add": ["email"]}, name="scope") == "openid email"
    with pytest.raises(PolicyError):
        result("openid", {"superset_of": ["email"]}, name="scope")


def test_operators_that_must_be_understood() -> None:
    """§6.1.3.2: what is critical and unknown ends the chain."""
    merge_all([({}, ("subset_of",))])
    with pytest.raises(PolicyError):
        merge_all([({}, ("regexp",))])


def test_kinds_that_the_policy_does_not_name_stay() -> None:
    policy = merge_all([({"rp": {"p": {"value": 1}}}, ())])
    assert apply({"other": {"p": 2}}, policy) == {"other": {"p": 2}}
