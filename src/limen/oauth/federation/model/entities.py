"""What an entity may be called, and what its tenant says of federation."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from limen.kernel.errors import FieldError
from limen.oauth.model.redirects import refusal_of
from limen.oauth.options import OAuthPolicy
from limen.platform.jose.foreign import parse_keys
from limen.platform.jose.verify import InvalidToken

RELYING_PARTY: Final = "openid_relying_party"
FEDERATION_ENTITY: Final = "federation_entity"
WELL_KNOWN: Final = "/.well-known/openid-federation"
_MOST: Final = 20
_LONGEST: Final = 2048


def is_entity(name: str, *, dev: bool) -> bool:
    """True for an https URL in one spelling, without query and fragment (§1.2).

    In dev mode a loopback address will do.
    """
    if len(name) > _LONGEST or refusal_of(name, "web") is not None or "?" in name:
        return False
    return dev or name.startswith("https://")


def configuration_url(entity: str) -> str:
    """Return where an entity speaks of itself (§9)."""
    return entity.removesuffix("/") + WELL_KNOWN


def host_of(entity: str) -> str:
    return urlsplit(entity).hostname or ""


def refusals_of(policy: OAuthPolicy) -> list[FieldError]:
    """Return what is wrong with a tenant's choices about federation."""
    anchors = [anchor.entity_id for anchor in policy.federation_trust_anchors]
    found = [
        *_names("federation_trust_anchors", anchors),
        *_names("federation_authority_hints", policy.federation_authority_hints),
    ]
    for index, anchor in enumerate(policy.federation_trust_anchors[:_MOST]):
        if not is_key_set(anchor.jwks):
            message = "must hold public keys, each with a kid"
            where = f"federation_trust_anchors[{index}].jwks"
            found.append(FieldError(where, "invalid", message))
    marks = [mark.trust_mark_type for mark in policy.federation_trust_marks]
    for mark in policy.federation_trust_marks[:_MOST]:
        found += _names("federation_trust_marks", mark.issuers)
    return [*found, *_marks("federation_trust_marks", marks), *_organization(policy)]


def _organization(policy: OAuthPolicy) -> list[FieldError]:
    name = policy.federation_organization
    if name is None or (0 < len(name) <= 200 and name.isprintable()):
        return []
    return [FieldError("federation_organization", "invalid", "must be 1 to 200 characters")]


def _names(field: str, names: Sequence[str]) -> list[FieldError]:
    if len(names) > _MOST or len(set(names)) != len(names):
        return [FieldError(field, "invalid", f"at most {_MOST}, none of them twice")]
    if not all(is_entity(name, dev=True) for name in names):
        return [FieldError(field, "invalid", "must be https addresses without a query")]
    return []


def _marks(field: str, types: Sequence[str]) -> list[FieldError]:
    fine = all(0 < len(one) <= _LONGEST and one.isprintable() for one in types)
    if not fine or len(types) > _MOST or len(set(types)) != len(types):
        return [FieldError(field, "invalid", f"at most {_MOST}, none of them twice")]
    return []


def is_key_set(jwks: object) -> bool:
    """True for a JWK Set in which we can verify with something, by its kid (§3.1.1)."""
    try:
        keys = parse_keys(jwks) if isinstance(jwks, dict) else ()  # pyright: ignore[reportUnknownArgumentType] - looked at there
    except InvalidToken:
        return False
    return bool(keys) and all(key.kid for key in keys)
