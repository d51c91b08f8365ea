"""Refusals of events, each with its code of RFC 8935 §2.4."""

from typing import Final, Literal

from limen.kernel.errors import Forbidden, Refusal

Err = Literal[
    "invalid_request", "invalid_key", "invalid_issuer", "invalid_audience",
    "authentication_failed", "access_denied",
]  # fmt: skip
_WORDS: Final[dict[str, str]] = {
    "invalid_request": "This is no security event token that can be read.",
    "invalid_key": "The token is not signed by a key of its issuer.",
    "invalid_issuer": "This source does not speak for that issuer.",
    "invalid_audience": "The token is not meant for this receiver.",
    "authentication_failed": "The transmitter is not known here.",
    "access_denied": "The transmitter may not send this.",
}


class SetRefused(Refusal):
    """`detail` is for the log; the transmitter learns the code and what it means."""

    code = "security_event_refused"
    hint = "This security event was not taken."

    def __init__(self, err: Err, detail: str = "") -> None:
        super().__init__(detail or err, hint=_WORDS[err])
        self.err = err
        self.answered = 401 if err == "authentication_failed" else 400


class BeyondReach(Forbidden):
    """R120: a source must not do for its maker what the maker may not do."""

    code = "signal_source_beyond_your_permissions"
    hint = "This source would do to people what you may not do yourself."
