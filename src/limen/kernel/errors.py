"""Refusals: requests that were understood and will not be honoured.

    Refusal                 400, code `refused`
    ├── Malformed           400  not readable: JSON, cursor
    ├── Invalid             422  readable and wrong; carries the fields
    ├── Unauthenticated     401
    ├── Forbidden           403
    ├── NotFound            404  also for what belongs to another tenant
    ├── Conflict            409
    ├── Stale               412  lost an optimistic-locking race
    ├── TooMany             429  with the seconds to wait
    └── Unavailable         503  a dependency is lost, or we shed load

Contexts subclass these in their own `errors.py`.
"""

from dataclasses import dataclass
from typing import ClassVar


class Refusal(Exception):  # noqa: N818 - a refusal is no error of ours; the field's word is kept
    """A request we understood and will not honour; the caller can act on it.

    `code` is a public promise: clients match on it, so it never changes.
    `hint` is shown to the caller.  `detail` goes to the log only.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    hint: ClassVar[str] = "The request was refused."

    def __init__(self, detail: str = "", *, hint: str | None = None) -> None:
        super().__init__(detail or hint or self.hint)
        self.detail = detail
        self.shown = hint or self.hint


class StartRefused(Exception):  # noqa: N818 - says what happened
    """The process must not start as things are; the text is one line that says the mend."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field of an input: where, what (a permanent code) and in words."""

    field: str
    code: str
    message: str


class Malformed(Refusal):
    code = "malformed"
    hint = "The request could not be read."


class Invalid(Refusal):
    """Readable, but one or more fields are wrong."""

    code = "invalid"
    status = 422
    hint = "Some fields are not valid."

    def __init__(self, *errors: FieldError, detail: str = "") -> None:
        super().__init__(detail or "; ".join(f"{e.field}: {e.message}" for e in errors))
        self.errors = errors


class Unauthenticated(Refusal):
    """`challenge` is a WWW-Authenticate that says more than that a bearer token is missing."""

    code = "unauthenticated"
    status = 401
    hint = "Sign in first, or send a valid access token."
    challenge: str | None = None


class Forbidden(Refusal):
    code = "forbidden"
    status = 403
    hint = "You may not do this."


class NotFound(Refusal):
    """Missing, or another tenant's: the answer is the same (R114)."""

    code = "not_found"
    status = 404
    hint = "There is nothing here."


class Conflict(Refusal):
    code = "conflict"
    status = 409
    hint = "This conflicts with what is already there."


class Stale(Refusal):
    code = "stale"
    status = 412
    hint = "Somebody changed this since you read it. Read it again and repeat."


class TooMany(Refusal):
    """Over a limit; `retry_after` is in whole seconds."""

    code = "too_many_requests"
    status = 429
    hint = "Too many attempts. Wait a little and try again."

    def __init__(self, detail: str = "", *, retry_after: int, hint: str | None = None) -> None:
        super().__init__(detail, hint=hint)
        self.retry_after = retry_after


class Unavailable(Refusal):
    """Not now: a dependency is lost or load is shed; `retry_after` is in whole seconds."""

    code = "unavailable"
    status = 503
    hint = "This is not available right now. Try again in a moment."

    def __init__(self, detail: str = "", *, retry_after: int = 1, hint: str | None = None) -> None:
        super().__init__(detail, hint=hint)
        self.retry_after = retry_after
