"""Streams as the management API shows them."""

from datetime import datetime
from uuid import UUID

import msgspec

from limen.oauth.signals.model.streams import Method, Status, Stream
from limen.platform.http.api import Paging


class StreamsQuery(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class StreamView(msgspec.Struct, frozen=True, kw_only=True):
    """`waiting` are events that were not taken yet, `dropped` those that found no room."""

    id: UUID
    client: UUID
    method: Method
    endpoint_url: str | None
    events: list[str]
    status: Status
    reason: str | None
    waiting: int
    dropped: int
    created_at: datetime
    updated_at: datetime


def stream_view(stream: Stream, waiting: int) -> StreamView:
    return StreamView(
        id=stream.id,
        client=stream.client_id,
        method=stream.method,
        endpoint_url=stream.endpoint_url,
        events=stream.events,
        status=stream.status,
        reason=stream.reason,
        waiting=waiting,
        dropped=stream.dropped,
        created_at=stream.created_at,
        updated_at=stream.updated_at,
    )
