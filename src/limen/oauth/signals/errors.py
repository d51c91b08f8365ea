"""Refusals of stream management: answered as `{"err", "description"}`, as RFC 8935 does."""

from typing import ClassVar

from limen.kernel.errors import Conflict, Malformed, NotFound


class WrongStream(Malformed):
    """The hint is what is wrong, in words that hold nothing of what was sent."""

    code: ClassVar[str] = "signal_stream_invalid"
    hint = "This is not a stream, a status or a subject that can be had."

    def __init__(self, what: str) -> None:
        super().__init__(what, hint=what)


class NoSuchStream(NotFound):
    """Missing, another client's, or another tenant's: the answer is the same (R114)."""

    code = "signal_stream_unknown"
    hint = "There is no such stream."


class TooManyStreams(Conflict):
    code = "signal_streams_exhausted"
    hint = "This application has as many streams, or subjects of one, as it may have."
