"""scope: asked for by name, known here, and given to this client (R056, A015)."""

from collections.abc import Mapping

from limen.oauth.authorize.asked import Asked
from limen.oauth.errors import InvalidScope
from limen.oauth.model.scopes import parse_scope


def check(asked: Asked) -> Mapping[str, object]:
    scope = parse_scope(asked.parameters.get("scope") or "")
    if not scope:
        raise InvalidScope("missing", hint="The parameter scope is missing.")
    for name in scope:
        if name not in asked.client.scopes or not asked.catalog.knows(name):
            raise InvalidScope(f"scope {name!r}")
    return {"scope": scope}
