"""authorization_details, and the resources that they are for (RFC 9396 §2)."""

from collections.abc import Mapping

from limen.oauth.authorize.asked import Asked
from limen.oauth.model.details import asks_always, check_details, parse_details


def check(asked: Asked) -> Mapping[str, object]:
    """Comes after `resource`: without one, the tokens are for the APIs of the details."""
    text = asked.parameters.get("authorization_details")
    if text is None:
        return {}
    details, resources = check_details(
        parse_details(text), asked.client, asked.catalog, asked.parameters.resources
    )
    return {
        "authorization_details": details,
        "resources": resources,
        "asks_always": asks_always(details, asked.catalog),
    }
