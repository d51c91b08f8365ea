"""Resource servers, their scopes, and whom an access token is for (RFC 8707, contract.md)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from limen.access.api import PERMISSIONS
from limen.kernel.errors import FieldError, Invalid
from limen.oauth.api import Client, ScopeText
from limen.oauth.errors import InvalidTarget
from limen.oauth.model.claim_rules import check_rules
from limen.oauth.model.detail_types import check_types
from limen.oauth.model.registration import ALGORITHMS
from limen.oauth.model.scopes import (
    IDENTITY_SCOPES,
    OPENID,
    OWN_SCOPES,
    PERSONAL_SCOPES,
    SIGNAL_SCOPES,
    is_management,
    is_reserved,
    is_scope,
)
from limen.oauth.options import ApiOptions, ClaimRule, DetailType, TokenFormat

MANAGEMENT_PATH = "/api/v1"
MAX_RESOURCES = 8
_OPAQUE: TokenFormat = "opaque"
_URI = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?[]@!$&'()*+,;=%"
)


class ApiSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the owner of an API chooses; its lifetime is in seconds."""

    name: str
    scopes: tuple[ScopeText, ...] = ()
    access_token_lifetime: int | None = None
    access_token_alg: str | None = None
    options: ApiOptions = ApiOptions()


@dataclass(frozen=True, slots=True)
class Api:
    """A registered resource server; `identifier` is the `aud` of its tokens."""

    id: UUID
    identifier: str
    name: str
    scopes: tuple[ScopeText, ...]
    access_token_lifetime: int | None
    access_token_alg: str | None
    created_at: datetime
    updated_at: datetime
    version: int
    options: ApiOptions = field(default_factory=ApiOptions)


def check_api(identifier: str, chosen: ApiSettings, *, issuer: str) -> None:
    """Raises Invalid with every wrong field; a tenant's own addresses are no API of others."""
    errors = [*_check_identifier(identifier, issuer), *_check_texts(chosen)]
    if not chosen.name.strip() or len(chosen.name) > 200 or not chosen.name.isprintable():
        errors.append(FieldError("name", "invalid", "must be 1 to 200 printable characters"))
    if chosen.access_token_alg is not None and chosen.access_token_alg not in ALGORITHMS:
        message = f"must be one of {', '.join(ALGORITHMS)}"
        errors.append(FieldError("access_token_alg", "invalid", message))
    seconds = chosen.access_token_lifetime
    if seconds is not None and not 30 <= seconds <= 24 * 3600:
        message = "must be 30 to 86400 seconds"
        errors.append(FieldError("access_token_lifetime", "out_of_range", message))
    errors += check_types(chosen.options.authorization_details_types)
    errors += check_rules(chosen.options.claim_rules, of_api=True)
    if errors:
        raise Invalid(*errors)


def _check_identifier(identifier: str, issuer: str) -> list[FieldError]:
    if not is_resource(identifier):
        message = "must be an absolute URI in ASCII without a fragment (RFC 8707 §2)"
        return [FieldError("identifier", "invalid", message)]
    if identifier == issuer or identifier.startswith(issuer + "/"):
        return [FieldError("identifier", "reserved", "is an address of this server")]
    return []


def _check_texts(chosen: ApiSettings) -> list[FieldError]:
    errors: list[FieldError] = []
    names = [text.name for text in chosen.scopes]
    if len(names) > 200 or len(set(names)) != len(names):
        errors.append(FieldError("scopes", "invalid", "at most 200, none of them twice"))
    for index, text in enumerate(chosen.scopes):
        if not is_scope(text.name):
            errors.append(FieldError(f"scopes[{index}].name", "invalid", "is no scope"))
        elif is_reserved(text.name):
            errors.append(FieldError(f"scopes[{index}].name", "reserved", "has a meaning already"))
        if not 1 <= len(text.title) <= 200 or len(text.detail) > 500:
            errors.append(FieldError(f"scopes[{index}].title", "invalid", "1 to 200 characters"))
    return errors


def is_resource(text: str) -> bool:
    """True for an absolute URI without a fragment, of at most 500 characters (RFC 8707 §2)."""
    if not 0 < len(text) <= 500 or not _URI.issuperset(text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc or parts.path)) and "*" not in parts.netloc


class Catalog:
    """The APIs of a tenant, ready for look-up."""

    def __init__(self, apis: Iterable[Api]) -> None:
        self.by_identifier = {api.identifier: api for api in apis}
        self.scopes = frozenset(t.name for a in self.by_identifier.values() for t in a.scopes)
        self._detail_types: dict[str, list[tuple[Api, DetailType]]] = {}
        for api in self.by_identifier.values():
            for known in api.options.authorization_details_types:
                self._detail_types.setdefault(known.type, []).append((api, known))

    def detail_types(self, name: str) -> Sequence[tuple[Api, DetailType]]:
        """Return who knows this type of authorization_details, each with its own form of it."""
        return self._detail_types.get(name, ())

    @property
    def detail_type_names(self) -> list[str]:
        return sorted(self._detail_types)

    def knows_detail(self, name: str, resources: Sequence[str]) -> bool:
        return any(api.identifier in resources for api, _ in self.detail_types(name))

    def knows(self, scope: str) -> bool:
        known = scope in PERSONAL_SCOPES or scope in SIGNAL_SCOPES
        return known or scope in self.scopes or is_management(scope)

    def text_of(self, scope: str, resources: Sequence[str] = ()) -> ScopeText:
        """Return a scope in plain words: ours, or of the API that is asked for."""
        known = PERSONAL_SCOPES.get(scope) or SIGNAL_SCOPES.get(scope)
        if known is not None:
            return known
        if scope in PERMISSIONS:
            return ScopeText(scope, PERMISSIONS[scope], "Here, and as far as you may yourself")
        asked = [self.by_identifier[r] for r in resources if r in self.by_identifier]
        for api in (*asked, *self.by_identifier.values()):
            for text in api.scopes:
                if text.name == scope:
                    return text
        return ScopeText(scope, scope, "")

    def check_resources(self, asked: Sequence[str], client: Client, issuer: str) -> tuple[str, ...]:
        """Return the resources.  Raises InvalidTarget for one that `client` has no part in."""
        if len(asked) > MAX_RESOURCES or len(set(asked)) != len(asked):
            raise InvalidTarget(f"{len(asked)} resources", hint="Too many resources, or one twice.")
        for resource in asked:
            if resource in management_audiences(issuer):
                continue
            api = self.by_identifier.get(resource)
            if api is None or not _has_part(client, api):
                raise InvalidTarget(f"resource {resource[:200]!r}")
        return tuple(asked)

    def check_present(self, resources: Sequence[str], issuer: str) -> None:
        """Raises InvalidTarget for an API that is gone: for that one no token is made any more."""
        gone = set(resources) - self.by_identifier.keys() - management_audiences(issuer)
        if gone:
            raise InvalidTarget(f"gone: {min(gone)[:200]!r}", reason="target_gone")

    def is_served(self, audiences: Collection[str], issuer: str) -> bool:
        """False for a token that is for nothing but APIs that are gone."""
        ours = management_audiences(issuer)
        return any(a in self.by_identifier or a in ours for a in audiences)

    def scope_for(
        self, scope: Sequence[str], resources: Sequence[str], issuer: str
    ) -> tuple[str, ...]:
        """Return the part of `scope` that means something to `resources` (RFC 8707 §2.2).

        So that no API can use what it was given at another one.
        """
        if not resources:
            return tuple(scope)
        theirs = {
            text.name
            for resource in resources
            if (api := self.by_identifier.get(resource))
            for text in api.scopes
        }
        manages = not management_audiences(issuer).isdisjoint(resources)
        return tuple(
            s
            for s in scope
            if s in IDENTITY_SCOPES
            or s in theirs
            or (manages and (is_management(s) or s in OWN_SCOPES))
        )

    def lifetime(self, resources: Sequence[str], client: Client) -> int | None:
        """Return the shortest lifetime in seconds that API or client ask for."""
        apis = (self.by_identifier.get(resource) for resource in resources)
        wishes = [api.access_token_lifetime for api in apis if api is not None]
        found = [w for w in (*wishes, client.access_token_lifetime) if w is not None]
        return min(found) if found else None

    def is_opaque(self, resources: Sequence[str]) -> bool:
        """True where an API wants opaque tokens: what is for several is for this one too."""
        for resource in resources:
            api = self.by_identifier.get(resource)
            if api is not None and api.options.token_format == _OPAQUE:
                return True
        return False

    def claim_rules(self, resources: Sequence[str]) -> tuple[ClaimRule, ...]:
        """Return the rules of the one API that the token is for: others shall not read them."""
        api = self.by_identifier.get(resources[0]) if len(resources) == 1 else None
        return api.options.claim_rules if api else ()

    def has_status(self, resources: Sequence[str]) -> bool:
        """True where an API wants its tokens in a status list."""
        apis = (self.by_identifier.get(resource) for resource in resources)
        return any(api is not None and api.options.status_list for api in apis)

    def algorithm(self, resources: Sequence[str], client: Client) -> str:
        """Return the algorithm of the one API that the token is for, else the client's."""
        if len(resources) == 1:
            api = self.by_identifier.get(resources[0])
            if api is not None and api.access_token_alg is not None:
                return api.access_token_alg
        return client.access_token_alg


def _has_part(client: Client, api: Api) -> bool:
    """R056: it may have one of the API's scopes, or is listed as working with it."""
    if api.identifier in client.audiences:
        return True
    return any(text.name in client.scopes for text in api.scopes)


def reach_of(client: Client, catalog: Catalog) -> list[str]:
    """Return the APIs that the client may get tokens for."""
    scopes = frozenset(client.scopes)
    by_scope = [
        api.identifier
        for api in catalog.by_identifier.values()
        if not scopes.isdisjoint(text.name for text in api.scopes)
    ]
    named = (*client.audiences, *client.options.token_exchange_audiences)
    return list(dict.fromkeys((*named, *by_scope)))


def management_audiences(issuer: str) -> frozenset[str]:
    """Return the audiences that our own endpoints answer to."""
    return frozenset((issuer, issuer + MANAGEMENT_PATH))


def audience_of(
    scope: Sequence[str], resources: Sequence[str], issuer: str
) -> str | tuple[str, ...]:
    """Return the `aud` of an access token (contract.md).

    Without `resource`, the issuer; with it, that API only, plus the issuer where `openid` was
    asked, for userinfo.
    """
    if not resources:
        return issuer
    if OPENID in scope and issuer not in resources:
        return (*resources, issuer)
    return resources[0] if len(resources) == 1 else tuple(resources)
