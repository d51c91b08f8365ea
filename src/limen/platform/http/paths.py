"""Whose an address is: the issuer's own path, the tenant's, and what is left for the routes."""

from typing import Final

_WELL_KNOWN: Final = "/.well-known/"


def under_base(path: str, base: str) -> str | None:
    """Return the path under the issuer's `base`, None for one outside of it.

    A well-known document has the base behind its name (RFC 8414 §3, RFC 9728 §3).
    """
    if path.startswith(base + "/"):
        return path.removeprefix(base)
    if not path.startswith(_WELL_KNOWN):
        return None
    name, slash, rest = path.removeprefix(_WELL_KNOWN).partition("/")
    behind = slash + rest
    if f"{behind}/".startswith(base + "/"):
        behind = behind.removeprefix(base)
    return f"{_WELL_KNOWN}{name}{behind}"


def split_tenant(path: str) -> tuple[str | None, str]:
    """Return the slug in a path and the path under the tenant.

    Both `/t/{slug}/rest` and the path-inserted `/.well-known/x/t/{slug}` (RFC 8414 §3) count,
    the latter with the path of a resource behind it too (RFC 9728 §3).
    """
    if path.startswith("/t/"):
        slug, slash, rest = path[3:].partition("/")
        return slug, slash + rest or "/"
    if path.startswith(_WELL_KNOWN) and "/t/" in path:
        known, _, rest = path.partition("/t/")
        slug, slash, resource = rest.partition("/")
        if slug and bool(slash) == bool(resource):
            return slug, known + slash + resource
    return None, path
