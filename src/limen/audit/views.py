"""Facts and proofs as the API shows them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from limen.audit.model.check import Finding
from limen.audit.model.leaves import Record
from limen.platform.http.api import Paging

_Seq = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_Word = Annotated[str, Meta(min_length=1, max_length=200)]


class WhoView(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of thing and which one; `id` is null for `anonymous`, `system` and `local-cli`."""

    kind: str
    id: str | None


class FactView(msgspec.Struct, frozen=True, kw_only=True):
    """A fact.  `seq` is its place in the log, null for the moment until it is sealed.

    `personal` holds what was sealed under the person's key; null if there is nothing, or
    nothing to be read any more.
    """

    id: UUID
    seq: int | None
    name: str
    at: datetime
    actor: WhoView
    session: UUID | None
    target: WhoView | None
    person: UUID | None
    result: str
    reason: str | None
    request_id: str
    ref: str
    data: msgspec.Raw
    personal: Any


def fact_view(record: Record, seq: int | None, personal: object) -> FactView:
    actor = None if record.actor is None else str(record.actor)
    kind = record.target_kind
    return FactView(
        id=record.event_id,
        seq=seq,
        name=record.name,
        at=record.at,
        actor=WhoView(kind=record.actor_kind, id=actor),
        session=record.session,
        target=None if kind is None else WhoView(kind=kind, id=record.target),
        person=record.person,
        result=record.result,
        reason=record.reason,
        request_id=record.request_id,
        ref=record.ref,
        data=msgspec.Raw(record.data.encode()),
        personal=personal,
    )


class FactsQuery(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`name` may end in a point: then all names that begin so.

    `ref` is what an error page shows; it finds refusals.
    """

    name: _Word | None = None
    actor: UUID | None = None
    target: _Word | None = None
    person: UUID | None = None
    ref: _Word | None = None
    request_id: _Word | None = None
    result: _Word | None = None
    since: datetime | None = None
    until: datetime | None = None

    def filters(self) -> dict[str, object]:
        """Return the filters that were given, as the store names them."""
        given = msgspec.structs.asdict(self)
        del given["limit"], given["cursor"]
        if self.name is not None and self.name.endswith("."):
            given["prefix"] = given.pop("name")
        return {name: value for name, value in given.items() if value is not None}


class TailQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`after` is the last seq that the caller has."""

    after: _Seq = 0
    limit: Annotated[int, Meta(ge=1, le=200)] = 100


class TailView(msgspec.Struct, frozen=True, kw_only=True):
    """Sealed facts in the log's order; `next` goes into the next `after`."""

    facts: list[FactView]
    next: int


class VerifyBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`checkpoint_file` is for commands on the server's own machine."""

    known_keys: Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=100)] = []
    checkpoint_file: str | None = None


class ReportView(msgspec.Struct, frozen=True, kw_only=True):
    whole: bool
    facts: int
    seq: int
    epoch: int
    signed_seq: int
    unsealed: int
    keys: list[str]
    findings: list[Finding]


class ExportQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An export begins after a signed head at or before `after`, and ends at one."""

    after: _Seq = 0
    limit: Annotated[int, Meta(ge=1, le=50_000)] = 10_000
    opened: bool = False


class CheckpointView(msgspec.Struct, frozen=True, kw_only=True):
    """The newest signed head, with the keys that sign the log."""

    epoch: int
    seq: int
    size: int
    note: str
    keys: list[str]
