"""From the metadata of a relying party, as its chain leaves it, to a registration (§12)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from limen.oauth.api import NewClient
from limen.oauth.federation.errors import InvalidMetadata
from limen.oauth.federation.model.entities import RELYING_PARTY
from limen.oauth.federation.ports import How
from limen.oauth.options import OAuthPolicy
from limen.oauth.registration.model.metadata import new_client, parse
from limen.oauth.registration.model.terms import Terms, terms_of

METHODS: Final = ("private_key_jwt", "self_signed_tls_client_auth", "tls_client_auth")


def relying_party(metadata: Mapping[str, Mapping[str, Any]], how: How) -> Mapping[str, Any]:
    """Return the metadata, where the entity registers in this way.  Raises InvalidMetadata."""
    found = metadata.get(RELYING_PARTY)
    if found is None:
        raise InvalidMetadata("no relying party", reason="not_a_relying_party")
    types = found.get("client_registration_types")
    if not isinstance(types, list | tuple) or how not in cast("Sequence[object]", types):
        raise InvalidMetadata(how, reason="registration_type")
    return found


def read_metadata(
    entity: str, found: Mapping[str, Any], policy: OAuthPolicy, how: How, offered: tuple[str, ...]
) -> NewClient:
    """Return the registration that it asks for, as far as the tenant's policy gives it.

    It proves itself by keys, never by a secret.  Raises OAuthRefusal.
    """
    terms = terms_of(policy)
    narrowed = {**found, **_narrowed(found, terms)}
    narrowed.setdefault("token_endpoint_auth_method", METHODS[0])
    narrowed.setdefault("id_token_signed_response_alg", "ES256")
    if narrowed["token_endpoint_auth_method"] not in METHODS:
        raise InvalidMetadata("method", reason="token_endpoint_auth_method")
    if found.get("jwks") is None and found.get("jwks_uri") is None:
        raise InvalidMetadata("keys", reason="jwks")
    asked = parse(narrowed)
    if not asked.redirect_uris:
        raise InvalidMetadata("redirect_uris", reason="redirect_uris")
    if how == "automatic":  # §12.1.1: who asks is proven by the request itself
        options = msgspec.structs.replace(asked.options, require_signed_request_object=True)
        asked = msgspec.structs.replace(asked, options=options)
    return new_client(asked, terms, offered=offered, registered="federation", metadata_url=entity)


def _narrowed(found: Mapping[str, Any], terms: Terms) -> dict[str, object]:
    """Leave out what is not given here: the metadata is for every provider there is."""
    kept: dict[str, object] = {}
    grants, scope = found.get("grant_types"), found.get("scope")
    if isinstance(grants, list | tuple):
        listed = cast("Sequence[object]", grants)
        kept["grant_types"] = [name for name in listed if name in terms.grant_types]
    if isinstance(scope, str):
        kept["scope"] = " ".join(name for name in scope.split(" ") if terms.permits_scope(name))
    return kept
