"""Logouts as the API shows them: never a token."""

from datetime import datetime
from uuid import UUID

import msgspec

from limen.kernel.deliveries import Receipt, Status
from limen.oauth.logouts.model import Standing
from limen.oauth.logouts.roll import Entry
from limen.platform.http.api import Paging


class LogoutView(msgspec.Struct, frozen=True, kw_only=True):
    """One application that is told of one session."""

    id: UUID
    client: UUID | None
    session: UUID
    url: str
    status: Status
    attempts: int
    answered: int | None
    error: str | None
    created_at: datetime
    next_at: datetime | None
    settled_at: datetime | None


class LogoutsQuery(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    client: UUID | None = None
    status: Status | None = None


class ApplicationView(msgspec.Struct, frozen=True, kw_only=True):
    """One application of a session, and whether it knows that the session ended."""

    client: UUID
    name: str
    status: Standing
    logout: UUID | None
    attempts: int
    answered: int | None
    error: str | None
    next_at: datetime | None
    settled_at: datetime | None


def logout_view(receipt: Receipt) -> LogoutView:
    return LogoutView(
        id=receipt.id,
        client=receipt.receiver,
        session=receipt.subject,
        url=receipt.url,
        status=receipt.status,
        attempts=receipt.attempts,
        answered=receipt.answered,
        error=receipt.error,
        created_at=receipt.created_at,
        next_at=receipt.next_at,
        settled_at=receipt.settled_at,
    )


def application_view(entry: Entry) -> ApplicationView:
    receipt = entry.receipt
    return ApplicationView(
        client=entry.client.id,
        name=entry.client.name,
        status=entry.standing,
        logout=receipt.id if receipt else None,
        attempts=receipt.attempts if receipt else 0,
        answered=receipt.answered if receipt else None,
        error=receipt.error if receipt else None,
        next_at=receipt.next_at if receipt else None,
        settled_at=receipt.settled_at if receipt else None,
    )
