"""What a person can do about each kind of refusal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from limen.kernel.errors import Refusal, TooMany, Unavailable


def _(message: str) -> str:
    """Mark a text for extraction; templates translate it."""
    return message


_TODO: Final = {
    400: _("Go back and try again. If a link or an application sent you here, tell its owner."),
    401: _("Sign in, then try again."),
    403: _("Go back to the page before, or sign in with another account."),
    404: _("Check the address. The link may be old, or mistyped."),
    405: _("Go back, and use the form of the page."),
    409: _("Go back, reload the page, and try again."),
    412: _("Go back, reload the page, and try again."),
    413: _("Send less, or in several parts."),
    421: _("Open the address that you were given for this service."),
    422: _("Go back, and correct what you entered."),
    429: _("Wait a little, then try again."),
    500: _("Try again in a moment. If it stays like this, tell the administrator the reference."),
    503: _("Try again in a moment."),
}

TITLES: Final = {
    400: _("This did not work"),
    401: _("Sign in first"),
    403: _("Not allowed"),
    404: _("Nothing here"),
    405: _("This did not work"),
    409: _("Somebody was faster"),
    412: _("Somebody was faster"),
    413: _("Too large"),
    421: _("Wrong address"),
    422: _("This did not work"),
    429: _("Too many attempts"),
    500: _("Something broke on our side"),
    503: _("Not available right now"),
}


@dataclass(frozen=True, slots=True)
class Advice:
    """The head line and the next step; `wait` is in seconds."""

    title: str
    text: str
    wait: int | None = None


def todo_of(refusal: Refusal) -> Advice:
    """Return what the page of a refusal says beside what happened."""
    text = getattr(refusal, "todo", None) or _TODO.get(refusal.status, _TODO[400])
    return Advice(TITLES.get(refusal.status, TITLES[400]), text, wait_of(refusal))


def wait_of(refusal: Refusal) -> int | None:
    """Return how many seconds a refusal asks to wait."""
    return refusal.retry_after if isinstance(refusal, TooMany | Unavailable) else None


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a value; `differs` where the other value has something else there."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was received against the registered value that is nearest to it, and the rest."""

    received: tuple[Part, ...]
    nearest: tuple[Part, ...]
    others: tuple[str, ...]


def comparison_of(refusal: Refusal) -> Comparison | None:
    """Return expected against received, for refusals that know both (a redirect URI)."""
    received: str | None = getattr(refusal, "received", None)
    registered: Sequence[str] | None = getattr(refusal, "registered", None)
    if received is None or registered is None:
        return None
    from difflib import SequenceMatcher  # where first used: most pages show no comparison

    shown = received[:500]
    if not registered:
        return Comparison((Part(shown, differs=True),), (), ())
    nearest = max(registered, key=lambda one: SequenceMatcher(None, shown, one).ratio())
    others = tuple(one for one in registered if one != nearest)
    return Comparison(_parts(shown, nearest), _parts(nearest, shown), others)


def _parts(text: str, other: str) -> tuple[Part, ...]:
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, text, other, autojunk=False)
    parts: list[Part] = []
    for kind, start, end, _start, _end in matcher.get_opcodes():
        if start != end:
            parts.append(Part(text[start:end], differs=kind != "equal"))
    return tuple(parts)
