"""The routes of security events: a receiver's, and those of the management API."""

from typing import Literal

from limen.kernel.errors import NotFound
from limen.kernel.routes import NOBODY, PUBLIC, TOKEN, Route, permission
from limen.oauth.signals.model.streams import STREAMS
from limen.oauth.signals.views import StreamsQuery, StreamView

WELL_KNOWN = "/.well-known/ssf-configuration"
STATUS, VERIFY = "/ssf/status", "/ssf/verify"
ADD, REMOVE = "/ssf/subjects/add", "/ssf/subjects/remove"
_READ, _WRITE = permission("signals:read"), permission("signals:write")
_API = "/api/v1/signal-streams"


def _receivers(
    method: Literal["GET", "POST", "PATCH", "PUT", "DELETE"],
    path: str,
    operation: str,
    summary: str,
) -> Route:
    return Route(
        method=method, path=path, operation=operation, summary=summary, access=TOKEN,
        answer="protocol", rate="none", csrf="none", cache="no-store",
    )  # fmt: skip


ROUTES = (
    Route(
        method="GET", path=WELL_KNOWN, operation="ssf.configuration",
        summary="What this transmitter of security events can do (SSF 1.0 §7).", access=PUBLIC,
        answer="protocol", rate="none", csrf="none", cache="public", cors="any",
    ),
    _receivers("POST", STREAMS, "ssf.create_stream", "Make a stream of events."),
    _receivers("GET", STREAMS, "ssf.get_stream", "Show the application's streams."),
    _receivers("PATCH", STREAMS, "ssf.update_stream", "Change a stream."),
    _receivers("PUT", STREAMS, "ssf.replace_stream", "Replace a stream."),
    _receivers("DELETE", STREAMS, "ssf.delete_stream", "Delete a stream."),
    _receivers("GET", STATUS, "ssf.get_status", "Show whether a stream is enabled."),
    _receivers("POST", STATUS, "ssf.set_status", "Enable, pause or disable a stream."),
    _receivers("POST", ADD, "ssf.add_subject", "Hear of a subject."),
    _receivers("POST", REMOVE, "ssf.remove_subject", "Hear of a subject no more."),
    _receivers("POST", VERIFY, "ssf.verify", "Have a verification event sent."),
    _receivers("POST", STREAMS + "/{id}/poll", "ssf.poll", "Collect events (RFC 8936)."),
    Route(
        method="GET", path=_API, operation="signal_streams.list",
        summary="List who hears of security events.", access=_READ, answer="api", rate="read",
        csrf="none", cache="no-store", query=StreamsQuery, returns=StreamView, is_list=True,
    ),
    Route(
        method="GET", path=_API + "/{id}", operation="signal_streams.get",
        summary="Show a stream of security events.", access=_READ, answer="api", rate="read",
        csrf="none", cache="no-store", returns=StreamView, refusals=(NotFound,),
    ),
    Route(
        method="DELETE", path=_API + "/{id}", operation="signal_streams.delete", manages=NOBODY,
        summary="Delete a stream of security events.", access=_WRITE, answer="api",
        rate="write", csrf="json", cache="no-store", success=204, refusals=(NotFound,),
    ),
)  # fmt: skip
