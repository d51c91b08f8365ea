"""Whose an address is: the issuer's own path, the tenant's, and what is left for the routes."""

import pytest

from limen.platform.http.paths import split_tenant, under_base

AS = "/.well-known/oauth-authorization-server"
RESOURCE = "/.well-known/oauth-protected-resource"


@pytest.mark.parametrize(
    ("path", "base", "found"),
    [
        ("/oauth2/token", "", "/oauth2/token"),
        ("/auth/oauth2/token", "/auth", "/oauth2/token"),
        ("/oauth2/token", "/auth", None),
        ("/auth", "/auth", None),
        ("/authority/oauth2/token", "/auth", None),
        (AS, "/auth", AS),
        (f"/auth{AS}", "/auth", AS),
        (f"{AS}/auth", "/auth", AS),
        (f"{AS}/id/auth", "/id/auth", AS),
        (f"{AS}/authority", "/auth", f"{AS}/authority"),
        (f"{AS}/auth/t/acme", "/auth", f"{AS}/t/acme"),
        (f"{RESOURCE}/auth/api/v1", "/auth", f"{RESOURCE}/api/v1"),
        (f"{RESOURCE}/auth/t/acme/api/v1", "/auth", f"{RESOURCE}/t/acme/api/v1"),
        (f"{AS}/auth", "", f"{AS}/auth"),
    ],
)
def test_an_issuer_may_have_a_path(path: str, base: str, found: str | None) -> None:
    """R020, A079: before or, for what is well known, behind its name (RFC 8414 §3)."""
    assert under_base(path, base) == found


@pytest.mark.parametrize(
    ("path", "slug", "rest"),
    [
        ("/oauth2/token", None, "/oauth2/token"),
        ("/t/acme", "acme", "/"),
        ("/t/acme/oauth2/token", "acme", "/oauth2/token"),
        (f"{AS}/t/acme", "acme", AS),
        (f"{RESOURCE}/t/acme/api/v1", "acme", f"{RESOURCE}/api/v1"),
        (f"{AS}/t/acme/", None, f"{AS}/t/acme/"),
        (f"{AS}/t/", None, f"{AS}/t/"),
    ],
)
def test_a_tenant_is_named_before_or_behind(path: str, slug: str | None, rest: str) -> None:
    """R114, A079"""
    assert split_tenant(path) == (slug, rest)
