"""Hints about the person and their language: login_hint, ui_locales, id_token_hint."""

from collections.abc import Mapping

from limen.oauth.authorize.asked import Asked
from limen.oauth.errors import InvalidRequest
from limen.oauth.model.claims import parse_claims

_MAX_LOCALES = 20


def check(asked: Asked) -> Mapping[str, object]:
    """Raises InvalidRequest for an id_token_hint that is none of ours, or contradicts `claims`."""
    if asked.hinted == "":
        hint = "id_token_hint is no ID token of this server for this client."
        raise InvalidRequest("id_token_hint", hint=hint)
    login_hint = asked.parameters.get("login_hint")
    claims = asked.parameters.get("claims")
    wished = parse_claims(claims).subject if claims else None
    if wished is not None and asked.hinted is not None and wished != asked.hinted:
        raise InvalidRequest("two subjects", hint="id_token_hint and claims name two subjects.")
    return {
        "login_hint": login_hint[:320] if login_hint else None,
        "ui_locales": (asked.parameters.get("ui_locales") or "").split()[:_MAX_LOCALES],
        "subject": asked.hinted or wished,
    }
