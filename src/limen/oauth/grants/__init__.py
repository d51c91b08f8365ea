"""Grant types: one file each, found by its presence (a slot).

A grant's module exports its class as `grant`; the class is built with the services below.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, ClassVar, Protocol, cast

import msgspec

from limen.access.api import Roles
from limen.identity.api import Users
from limen.kernel.clock import Clock
from limen.kernel.events import Recorder
from limen.kernel.one_time import OneTime
from limen.kernel.request import Cause
from limen.kernel.standing import Gate
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.oauth.api import Client, ClientType
from limen.oauth.directory import Directory
from limen.oauth.logouts.api import Participants
from limen.oauth.model.confirmation import Confirmation
from limen.oauth.parameters import Parameters
from limen.oauth.ports import RevokedTokens
from limen.oauth.tokens import Tokens
from limen.sessions.api import RefreshTokens


class TokenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A token request whose client is authenticated and may use the grant.

    `confirmation` is the key that the client proved to hold, and that its tokens get bound to;
    `certificate` the thumbprint of its TLS certificate, for APIs that demand tokens bound to it.
    """

    client: Client
    parameters: Parameters
    store: Store
    tenant: Tenant
    cause: Cause
    confirmation: Confirmation | None = None
    certificate: str | None = None


class TokenAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 6749 §5.1, OpenID Connect Core §3.1.3.3, RFC 8693 §2.2.1, RFC 9396 §7.

    `expires_in` is in seconds.
    """

    access_token: str
    expires_in: int
    scope: str
    token_type: str = msgspec.field(default_factory=lambda: "Bearer")
    refresh_token: str | None = None
    id_token: str | None = None
    issued_token_type: str | None = None
    authorization_details: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantServices:
    """What grants are made of; each uses the part that it needs."""

    tokens: Tokens
    directory: Directory
    users: Users
    refresh_tokens: RefreshTokens
    roles: Roles
    revoked: RevokedTokens
    participants: Participants
    one_time: OneTime
    gate: Gate
    recorder: Recorder
    clock: Clock


class Grant(Protocol):
    """A way to tokens; `client_types` are the types of client that may be given it."""

    grant_type: ClassVar[str]
    client_types: ClassVar[frozenset[ClientType]]

    async def __call__(self, request: TokenRequest) -> TokenAnswer:
        """Raises the OAuthRefusal that RFC 6749 §5.2 names, having committed what must stay."""
        ...


class SlotGrant(Grant, Protocol):
    """A grant of this package: nothing but the services makes it."""

    def __init__(self, services: GrantServices) -> None: ...


def discover() -> Mapping[str, type[SlotGrant]]:
    """Return the grants of this package by grant_type."""
    found: dict[str, type[SlotGrant]] = {}
    for module in iter_modules(__path__):
        grant = cast("type[SlotGrant]", import_module(f"{__name__}.{module.name}").grant)
        found[grant.grant_type] = grant
    return found
