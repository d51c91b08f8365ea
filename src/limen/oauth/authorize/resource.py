"""resource: the APIs that the tokens are for, several where asked (RFC 8707)."""

from collections.abc import Mapping

from limen.oauth.authorize.asked import Asked


def check(asked: Asked) -> Mapping[str, object]:
    resources = asked.catalog.check_resources(
        asked.parameters.resources, asked.client, asked.issuer
    )
    return {"resources": resources}
