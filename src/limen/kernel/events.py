"""Facts.  Every command records what happened, in the transaction of the change (R153)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol
from uuid import UUID

from limen.kernel.ids import UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Tx

Result = Literal["success", "refused"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened.

    `name` is `noun.past_verb`, declared once by an EventType.  `data` is plain and public
    to the tenant's auditors: ids, codes, counts.  `personal` is encrypted under the key of
    `person` and becomes unreadable when that key is destroyed (G03-G05).  Neither ever
    holds a secret (R151).
    """

    name: str
    target: tuple[str, UUID | str] | None = None
    data: Mapping[str, object] = field(default_factory=dict[str, object])
    person: UserId | None = None
    personal: Mapping[str, object] = field(default_factory=dict[str, object])
    result: Result = "success"
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class EventType:
    """The declaration of a kind of fact; the reference of events is generated from these.

    Calling it makes a Fact of this kind.
    """

    name: str
    says: str

    def __call__(  # one parameter per field of Fact, all but the target by keyword
        self,
        target: tuple[str, UUID | str] | None = None,
        *,
        data: Mapping[str, object] | None = None,
        person: UserId | None = None,
        personal: Mapping[str, object] | None = None,
        reason: str | None = None,
    ) -> Fact:
        """Return the fact; with a `reason` (a code) it is a refusal."""
        result: Result = "success" if reason is None else "refused"
        return Fact(self.name, target, data or {}, person, personal or {}, result, reason)


class Recorder(Protocol):
    """The log of facts, seen from a use case."""

    async def record(self, tx: Tx, fact: Fact, cause: Cause) -> None:
        """Insert the fact.  Call it after the compare-and-set of the change it reports."""
        ...
