"""claims and acr_values: single claims by name, and how the person must prove themselves."""

from collections.abc import Mapping

from limen.oauth.authorize.asked import Asked
from limen.oauth.errors import InvalidScope, UnmetAuthenticationRequirements
from limen.oauth.model.claims import parse_claims


def check(asked: Asked) -> Mapping[str, object]:
    """A claim is given to clients that may have the scope it is of; consent covers it (R056).

    Levels that nobody can reach here are no wish; an essential one of them is refused (R044).
    """
    wished = asked.parameters.get("acr_values")
    wishes = asked.client.options.default_acr_values if wished is None else wished.split()[:20]
    acr_values = [value for value in wishes if value in asked.acr_values]
    text = asked.parameters.get("claims")
    if text is None:
        return {"acr_values": acr_values}
    claims = parse_claims(text)
    if not claims.scopes.issubset(asked.client.scopes):
        hint = "A claim was asked for whose scope is not allowed to this client."
        raise InvalidScope("claims", hint=hint, reason="claims_not_allowed")
    if claims.acr and not set(claims.acr) & set(asked.acr_values):
        raise UnmetAuthenticationRequirements(f"acr {claims.acr}")
    return {"claims": claims, "acr_values": acr_values}
