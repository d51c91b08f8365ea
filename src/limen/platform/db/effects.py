"""Doing what a durable change entails in memory."""

from collections.abc import Callable, Iterable
from logging import getLogger

_log = getLogger(__name__)


def do_all(effects: Iterable[Callable[[], None]]) -> None:
    """Do each, also after one that fails: it cannot undo what is durable, and is logged."""
    for effect in effects:
        try:
            effect()
        except Exception:  # noqa: BLE001 - whatever it is, the caller must hear of the commit
            _log.exception("an effect of a write failed")
