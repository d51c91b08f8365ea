"""Profiles by command line: what is filled in, what is lacking, and who would stop."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.assertions import Keys
from tests.unit.cli.conftest import Result

Limen = Callable[..., Result]


def created(limen: Limen, name: str, *options: str) -> Result:
    return limen("app", "create", "--name", name, "--type", "web", "--redirect-uri",
                 "https://app.example/cb", *options, "--json")  # fmt: skip


def strict(limen: Limen, *options: str) -> Result:
    jwks = json.dumps(Keys().jwks)
    return created(limen, "Bank", "--profile", "fapi2", "--option", f"jwks={jwks}", *options)


def test_a_profile_fills_in_what_it_asks(limen: Limen) -> None:
    """R051, R052: FAPI 2.0 Security Profile §5.3.2.1-4, §5.3.2.1-6; what is named stays."""
    made = strict(limen)
    assert made.code == 0, made.err
    found: dict[str, Any] = made.json()
    assert found["auth_method"] == "private_key_jwt"
    assert found["options"]["dpop_bound_access_tokens"] is True
    weak = strict(limen, "--auth-method", "client_secret_basic")
    assert weak.code != 0
    assert "5.3.2.1-6" in weak.err


def test_what_an_application_lacks(limen: Limen) -> None:
    """R052: exit code 6 with each field; 0 where it lacks nothing."""
    assert created(limen, "Shop").code == 0
    assert strict(limen).code == 0
    lacking = limen("app", "check", "Shop", "--profile", "fapi2")
    assert lacking.code == 6
    assert "5.3.2.1-6" in lacking.out
    assert limen("app", "check", "Shop").code == 0
    assert limen("app", "check", "Bank", "--profile", "fapi2").code == 0
    assert limen("app", "check", "Bank", "--profile", "fapi2_message_signing").code == 0


def test_a_tenant_is_asked_before_applications_stop(limen: Limen) -> None:
    """R016: the dry run changes nothing; without a yes neither does the change."""
    assert created(limen, "Shop").code == 0
    dry = limen("oauth-policy", "check", "--profile", "fapi2", "--json").json()
    assert [one["name"] for one in dry["clients"]] == ["Shop"]
    refused = limen("oauth-policy", "update", "--set", "profile=fapi2", "--json")
    assert refused.code != 0
    assert "Shop" in refused.err
    assert limen("oauth-policy", "show", "--json").json()["profile"] == "oauth21"
    done = limen("oauth-policy", "update", "--set", "profile=fapi2", "--yes", "--json")
    assert done.code == 0, done.err
    assert limen("oauth-policy", "show", "--json").json()["profile"] == "fapi2"
    assert limen("app", "list").code == 0
