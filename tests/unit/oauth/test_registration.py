"""What clients may be registered as, and their defaults."""

from dataclasses import replace
from typing import Any

import pytest

from limen.kernel.errors import Invalid
from limen.oauth import grants
from limen.oauth.api import NewClient
from limen.oauth.model.registration import Configuration, changed, complete

INSTALLED = {name: grant.client_types for name, grant in grants.discover().items()}
URI = "https://app.example/cb"


def registered(**values: Any) -> Configuration:
    return complete(NewClient(**({"name": "Shop"} | values)), INSTALLED)


def fields_of(**values: Any) -> list[str]:
    with pytest.raises(Invalid) as refused:
        registered(**values)
    return [error.field for error in refused.value.errors]


def test_every_grant_is_found_by_its_file() -> None:
    """R047: three grants, and no password among them."""
    assert sorted(INSTALLED) == ["authorization_code", "client_credentials", "refresh_token"]


def test_each_type_has_its_defaults() -> None:
    """R056: what the type needs, and no more."""
    web = registered(type="web", redirect_uris=[URI])
    assert web.grant_types == ("authorization_code", "refresh_token")
    assert web.auth_method == "client_secret_basic"
    assert web.scopes[0] == "openid"
    assert "offline_access" in web.scopes
    spa = registered(type="spa", redirect_uris=[URI])
    assert (spa.auth_method, spa.origins) == ("none", ("https://app.example",))
    native = registered(type="native", redirect_uris=["com.example.app:/cb"])
    assert (native.auth_method, native.origins) == ("none", ())
    machine = registered(type="m2m")
    assert (machine.grant_types, machine.scopes) == (("client_credentials",), ())
    assert machine.redirect_uris == ()


def test_without_the_refresh_grant_there_is_no_offline_access() -> None:
    """Core §11: offline_access needs something to refresh with."""
    only = registered(type="web", redirect_uris=[URI], grant_types=["authorization_code"])
    assert "offline_access" not in only.scopes
    wrong = {"grant_types": ["authorization_code"], "scopes": ["openid", "offline_access"]}
    assert fields_of(type="web", redirect_uris=[URI], **wrong) == ["scopes"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"type": "web"}, "redirect_uris"),
    ({"type": "spa", "redirect_uris": [URI], "grant_types": ["client_credentials"]}, "grant_types"),
    ({"type": "native", "redirect_uris": [URI], "auth_method": "client_secret_basic"}, "auth_method"),
    ({"type": "web", "redirect_uris": [URI], "auth_method": "none"}, "auth_method"),
    ({"type": "m2m", "redirect_uris": [URI]}, "redirect_uris"),
    ({"type": "m2m", "scopes": ["openid"]}, "scopes"),
    ({"type": "m2m", "grant_types": ["client_credentials"] * 2}, "grant_types"),
    ({"type": "web", "grant_types": ["refresh_token"]}, "grant_types"),
    ({"type": "device"}, "grant_types"),
    ({"type": "web", "redirect_uris": [URI] * 51}, "redirect_uris"),
    ({"type": "native", "redirect_uris": ["com.example.app:/cb"], "skip_consent": True},
     "skip_consent"),
    ({"type": "web", "redirect_uris": [URI], "refresh_token_lifetime": 1}, "refresh_token_lifetime"),
    ({"type": "m2m", "name": " Shop"}, "name"),
    ({"type": "m2m", "name": "a\nb"}, "name"),
    ({"type": "m2m", "name": "x" * 201}, "name"),
    ({"type": "m2m", "logo_uri": "javascript:x"}, "logo_uri"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "field"), WRONG, ids=lambda value: str(value)[:60])
def test_what_does_not_go_together_is_named(values: dict[str, Any], field: str) -> None:
    """R013, R055, R056, A001, A023: every wrong field at once."""
    assert field in fields_of(**values)


def test_an_https_native_app_may_skip_consent() -> None:
    """R013: a claimed https address proves who receives the answer."""
    assert registered(type="native", redirect_uris=[URI], skip_consent=True).skip_consent


def test_origins_of_an_spa_follow_its_redirect_uris() -> None:
    """Contract: CORS for registered origins; those chosen by hand stay."""
    from tests.unit.oauth.test_interaction_rules import CLIENT

    spa = replace(
        CLIENT, type="spa", auth_method="none", redirect_uris=(URI,),
        origins=("https://app.example",), grant_types=("authorization_code", "refresh_token"),
    )  # fmt: skip
    moved = {"redirect_uris": ["https://new.example/cb"]}
    assert changed(spa, moved, INSTALLED).origins == ("https://new.example",)
    chosen = replace(spa, origins=("https://cdn.example",))
    assert changed(chosen, moved, INSTALLED).origins == ("https://cdn.example",)
    assert changed(spa, {"name": "X"}, INSTALLED).origins == ("https://app.example",)
