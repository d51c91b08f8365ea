"""Is a concurrent history explained by some order of its steps?  (reliability.md, companion b)

The search of Wing and Gong: a step may come next if no other pending step had ended before it
began; the specification says what it must then have answered.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

S = TypeVar("S")


@dataclass(frozen=True)
class Step:
    """What one caller asked and heard, between two readings of one counter."""

    began: int
    ended: int
    asked: object
    heard: object


@dataclass(frozen=True)
class Specification(Generic[S]):
    """`step` returns the next state and the one right answer."""

    start: S
    step: Callable[[S, object], tuple[S, object]]


def is_linearizable(history: Sequence[Step], specification: Specification[S]) -> bool:
    """Say whether an order exists that respects real time and gives every answer heard."""
    seen: set[tuple[frozenset[int], S]] = set()
    stack: list[tuple[frozenset[int], S]] = [(frozenset(range(len(history))), specification.start)]
    while stack:
        pending, state = stack.pop()
        if not pending:
            return True
        if (pending, state) in seen:
            continue
        seen.add((pending, state))
        horizon = min(history[i].ended for i in pending)
        for i in pending:
            if history[i].began > horizon:
                continue
            following, answer = specification.step(state, history[i].asked)
            if answer == history[i].heard:
                stack.append((pending - {i}, following))
    return False
