"""What the API takes and gives for previews."""

from typing import Any, Literal
from uuid import UUID

import msgspec

from limen.oauth.model.claim_rules import Into

Why = Literal[
    "scope_not_allowed",  # the application is not registered for the scope
    "scope_not_asked",
    "not_consented",  # the person has not allowed the scope
    "no_value",
    "identifies_everywhere",  # the person's id, for an application with pairwise subjects
    "too_large",
    "wrong_api",  # the token is for several APIs, or for another one
]


class PreviewBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without `scopes`, all that the person allows the application; `resource` is an API."""

    user: UUID
    scopes: list[str] | None = None
    resource: str | None = None


class ClaimView(msgspec.Struct, frozen=True, kw_only=True):
    """One claim in one token: its value, or `why` there is none.

    `source` is the rule's, or `literal`; `standard` is what OpenID Connect releases by scope.
    """

    claim: str
    into: Into
    source: str
    scope: str | None
    value: Any = None
    why: Why | None = None


class PreviewView(msgspec.Struct, frozen=True, kw_only=True):
    """`subject` is what the application knows the person by."""

    subject: str
    scopes: list[str]
    claims: list[ClaimView]


class SubjectBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    subject: str


class SubjectView(msgspec.Struct, frozen=True, kw_only=True):
    """`sector` says which applications know the person by the same subject."""

    subject: str
    user: UUID
    sector: str | None
