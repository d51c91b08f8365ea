"""What the API takes and shows of initial access tokens."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from limen.oauth.registration.ports import InitialToken
from limen.platform.http.api import Paging


class InitialTokensQuery(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class NewInitialTokenBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`lifetime` is in seconds, a week without it; lists that are given go before the policy's."""

    name: str = ""
    uses: int = 1
    lifetime: int | None = None
    scopes: tuple[str, ...] | None = None
    grant_types: tuple[str, ...] | None = None
    redirect_hosts: tuple[str, ...] | None = None


class InitialTokenView(msgspec.Struct, frozen=True, kw_only=True):
    """A token; its text is never shown again."""

    id: UUID
    name: str
    uses: int
    uses_left: int
    scopes: tuple[str, ...] | None
    grant_types: tuple[str, ...] | None
    redirect_hosts: tuple[str, ...] | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class MadeInitialToken(InitialTokenView, frozen=True, kw_only=True):
    """A token with its text: shown now, and never again."""

    initial_access_token: str


def initial_token_view(token: InitialToken) -> InitialTokenView:
    return InitialTokenView(**_fields(token))


def made_view(token: InitialToken, text: str) -> MadeInitialToken:
    return MadeInitialToken(**_fields(token), initial_access_token=text)


def _fields(token: InitialToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "uses": token.uses,
        "uses_left": token.uses_left,
        "scopes": token.terms.scopes,
        "grant_types": token.terms.grant_types,
        "redirect_hosts": token.terms.redirect_hosts,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
    }
