"""What goes wrong with an outgoing request."""

from typing import Literal

Reason = Literal[
    "url",  # no address that we ask: scheme, user name, port, form
    "address",  # its host is, or resolves to, a place that is not public
    "dns",
    "connect",
    "timeout",
    "broken",  # no HTTP, or it ended early
    "encoding",  # a compressed body, which was not asked for
    "too_large",
    "status",  # for documents: another answer than 200
    "document",  # no JSON object
]


class FetchFailed(Exception):  # noqa: N818 - says what happened
    """There is no answer; `reason` is for our log and for tests.

    Whoever chose the address must not be told the reason: it would map our network (A117).
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: Reason = reason
