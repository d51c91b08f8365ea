"""What a stream may be, and how a receiver writes it down (SSF 1.0 §8.1.1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from limen.oauth.signals.errors import WrongStream
from limen.oauth.signals.model.events import KINDS, URIS

PUSH: Final = "urn:ietf:rfc:8935"
POLL: Final = "urn:ietf:rfc:8936"
STREAMS: Final = "/ssf/streams"
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_MOST_EVENTS: Final = 100

Method = Literal["push", "poll"]
Status = Literal["enabled", "paused", "disabled"]


class Stream(msgspec.Struct, frozen=True):
    """One client's stream; `events` are our short names, `dropped` what no backlog had room for."""

    id: UUID
    client_id: UUID
    method: Method
    endpoint_url: str | None
    header_sealed: bytes | None
    events: list[str]
    requested: list[str]
    description: str | None
    status: Status
    reason: str | None
    dropped: int
    created_at: datetime
    updated_at: datetime


class Wish(msgspec.Struct, frozen=True):
    """What a receiver asked for, checked."""

    method: Method
    endpoint_url: str | None
    header: str | None
    requested: list[str]
    description: str | None

    @property
    def events(self) -> list[str]:
        return [KINDS[uri] for uri in self.requested if uri in KINDS]


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    method: str
    endpoint_url: str | None = None
    authorization_header: str | None = None


class StreamBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver sends; what is ours (`iss`, `aud`, …) it may repeat, and is not looked at."""

    stream_id: str | None = None
    delivery: Delivery | None = None
    events_requested: list[str] | None = None
    description: str | None = None


def wish_of(body: StreamBody, *, check_url: Any) -> Wish:
    """Return a whole wish: without `delivery`, by poll (§8.1.1.1).  Raises WrongStream."""
    delivery = body.delivery or Delivery(method=POLL)
    requested = list(dict.fromkeys(body.events_requested or URIS.values()))
    if len(requested) > _MOST_EVENTS or any(len(uri) > 500 for uri in requested):
        raise WrongStream("events_requested has too many entries, or one that is too long.")
    if body.description is not None and len(body.description) > 500:
        raise WrongStream("description is longer than 500 characters.")
    if delivery.method == POLL:
        return Wish("poll", None, None, requested, body.description)
    if delivery.method != PUSH:
        raise WrongStream("delivery.method must be urn:ietf:rfc:8935 or urn:ietf:rfc:8936.")
    header = delivery.authorization_header
    if delivery.endpoint_url is None or not check_url(delivery.endpoint_url):
        raise WrongStream("delivery.endpoint_url must be an https URL.")
    if header is not None and not (0 < len(header) <= 4000 and _is_plain(header)):
        raise WrongStream("delivery.authorization_header must be printable ASCII.")
    return Wish("push", delivery.endpoint_url, header, requested, body.description)


def patched(stream: Stream, body: StreamBody) -> StreamBody:
    """Return the whole body that a partial one means (§8.1.1.4)."""
    delivery = body.delivery or Delivery(
        method=PUSH if stream.method == "push" else POLL, endpoint_url=stream.endpoint_url
    )
    events = stream.requested if body.events_requested is None else body.events_requested
    description = stream.description if body.description is None else body.description
    return StreamBody(delivery=delivery, events_requested=events, description=description)


def keeps_header(body: StreamBody) -> bool:
    """True where a change says nothing of the delivery, so that the header stays."""
    return body.delivery is None


def is_secure(scheme: str, host: str) -> bool:
    return scheme == "https" or (scheme == "http" and host in _LOOPBACK)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def configuration(
    stream: Stream, *, issuer: str, audience: str, interval: int
) -> Mapping[str, Any]:
    """Return a stream as its receiver sees it; a header that was given is never shown again."""
    if stream.method == "push":
        delivery = {"method": PUSH, "endpoint_url": stream.endpoint_url}
    else:
        url = f"{issuer}{STREAMS}/{stream.id}/poll"
        delivery = {"method": POLL, "endpoint_url": url}
    found: dict[str, Any] = {
        "stream_id": str(stream.id),
        "iss": issuer,
        "aud": audience,
        "delivery": delivery,
        "events_supported": list(URIS.values()),
        "events_requested": stream.requested,
        "events_delivered": [URIS[kind] for kind in stream.events if kind in URIS],
        "min_verification_interval": interval,
    }
    return found if stream.description is None else {**found, "description": stream.description}


def status_of(stream: Stream) -> Mapping[str, Any]:
    found: dict[str, Any] = {"stream_id": str(stream.id), "status": stream.status}
    return found if stream.reason is None else {**found, "reason": stream.reason}
