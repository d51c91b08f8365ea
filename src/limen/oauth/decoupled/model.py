"""What is asked for elsewhere, and what a person decided about it."""

from typing import Any, Literal
from uuid import UUID

import msgspec

from limen.oauth.api import Client
from limen.oauth.errors import InvalidScope
from limen.oauth.model.details import asks_always, check_details, parse_details
from limen.oauth.model.request import AuthorizationRequest
from limen.oauth.model.resources import Catalog
from limen.oauth.model.scopes import parse_scope
from limen.oauth.parameters import Parameters

State = Literal["pending", "approved", "denied", "redeemed", "expired"]


class Wish(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a client asks of a person whom it does not lead here, after every check."""

    client: UUID
    scope: tuple[str, ...]
    resources: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()
    authorization_details: tuple[dict[str, Any], ...] = ()
    asks_always: bool = False

    def as_request(self) -> AuthorizationRequest:
        """Return it as consent knows it; nothing is redirected and nothing is challenged."""
        return AuthorizationRequest(
            client=self.client,
            redirect_uri="",
            challenge="",
            scope=self.scope,
            resources=self.resources,
            acr_values=self.acr_values,
            authorization_details=self.authorization_details,
            asks_always=self.asks_always,
        )


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """Who said yes, in which session, and how they had proven themselves.

    `auth_time` is in Unix seconds; `grant` is what they allow the client from now on.
    """

    user: UUID
    session: UUID
    grant: UUID
    auth_time: int
    acr: str
    amr: tuple[str, ...]


class Waiting(msgspec.Struct, frozen=True):
    """How a request stands that is asked after; `interval` is in seconds."""

    client_id: UUID
    state: State
    interval: int
    is_live: bool


class Allowed(msgspec.Struct, frozen=True):
    """What was approved, for whoever redeems it."""

    wish: Wish
    approval: Approval


def wish_of(
    parameters: Parameters,
    client: Client,
    catalog: Catalog,
    issuer: str,
    *,
    acr_values: tuple[str, ...] = (),
) -> Wish:
    """Return what the client asks, of what it may ask (R056).

    Raises InvalidScope, InvalidTarget, InvalidAuthorizationDetails.
    """
    scope = parse_scope(parameters.get("scope") or "")
    for name in scope:
        if name not in client.scopes or not catalog.knows(name):
            raise InvalidScope(f"scope {name!r}")
    resources = catalog.check_resources(parameters.resources, client, issuer)
    text, details = parameters.get("authorization_details"), ()
    if text is not None:
        details, resources = check_details(parse_details(text), client, catalog, resources)
    return Wish(
        client=client.id,
        scope=scope,
        resources=resources,
        acr_values=acr_values,
        authorization_details=details,
        asks_always=asks_always(details, catalog),
    )
