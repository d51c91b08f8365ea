"""The check of a tenant's log: fed in order, it says what is not as it was sealed.

Whoever feeds it streams: first `expect` the signed heads that lie in the next stretch,
then `take` the facts of that stretch, at last `finish` with the stored head.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Literal
from uuid import UUID

import msgspec

from limen.audit.model.leaves import Beginning, Sealed, epoch_of, leaf_hash
from limen.audit.model.notes import BadNote, Checkpoint, VerifyKey, parse, signer_of
from limen.audit.model.tree import Head, head_at

Kind = Literal[
    "changed", "removed", "inserted", "reordered", "chain_broken", "forked", "truncated",
    "older_copy", "head_changed", "note_invalid", "key_swapped", "key_missing", "epoch_changed",
    "unreadable", "unsigned",
]  # fmt: skip
Source = Literal["store", "file"]
MOST_FINDINGS = 100


class Finding(msgspec.Struct, frozen=True):
    """One thing that is not as it was sealed; `seq` is where, if it can be said."""

    kind: Kind
    seq: int | None
    says: str


class Witness(msgspec.Struct, frozen=True):
    """A signed head, from the store itself or from the file outside it."""

    checkpoint: Checkpoint
    source: Source


class Report(msgspec.Struct, frozen=True):
    """What a verification found.  `signed_seq` is how far trusted signatures reach.

    `unsealed` facts were recorded and have no place in the log yet.
    """

    tenant: UUID
    facts: int
    seq: int
    epoch: int
    signed_seq: int
    unsealed: int
    keys: list[str]
    findings: list[Finding]

    @property
    def is_whole(self) -> bool:
        return not self.findings


class Checker:
    """Recomputes a log from its facts; see the module."""

    def __init__(
        self, tenant: UUID, beginnings: Sequence[Beginning], *, start: Head | None = None
    ) -> None:
        self._tenant, self._beginnings = tenant, beginnings
        self._pending: deque[Witness] = deque()
        self.findings: list[Finding] = []
        self.facts = self.signed_seq = 0
        self._intact = True
        self._good_seq = 0
        first = Beginning(1) if not beginnings else beginnings[0]
        self.head = start or head_at(first.chain(tenant), first)

    def find(self, kind: Kind, seq: int | None, says: str) -> None:
        """Note a finding; a thousand of a kind say no more than a hundred."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(kind, seq, says))

    def expect(self, witnesses: Iterable[Witness]) -> None:
        """Compare these heads when their place is reached; ordered by epoch and seq."""
        self._pending.extend(witnesses)
        self._compare()

    def take(self, sealed: Sealed) -> None:
        """Check the next fact."""
        self.facts += 1
        self._enter_epoch(sealed.seq)
        if sealed.seq <= self.head.seq:
            return self.find("inserted", sealed.seq, f"{sealed.seq} stands where it cannot")
        if sealed.seq > self.head.seq + 1:
            self._gap(sealed.seq)
        leaf = leaf_hash(self._tenant, self.head.epoch, sealed.seq, sealed)
        if leaf != sealed.leaf:
            self._changed(sealed)
        self.head.add(sealed.leaf)
        return self._compare()

    def finish(self, stored: Head | None) -> None:
        """Compare the end with the stored head (None if there is none) and heads beyond it."""
        if self._beginnings:
            self._enter_epoch(self._beginnings[-1].after_seq + 1)
        if stored is None:
            if self.facts:
                self.find("head_changed", None, "the log's head is missing")
        elif stored.seq > self.head.seq:
            self.find("truncated", self.head.seq, f"the log ends before its head, {stored.seq}")
        elif stored.seq < self.head.seq:
            self.find("inserted", stored.seq + 1, "facts stand beyond the log's head")
        elif self._intact and stored.canonical() != self.head.canonical():
            self.find("head_changed", stored.seq, "the head is not what its facts hash to")
        for witness in self._pending:
            self._beyond(witness)

    def _gap(self, seq: int) -> None:
        missing = f"{self.head.seq + 1} to {seq - 1}"
        self.find("removed", self.head.seq + 1, f"facts are missing: {missing}")
        self._intact = False
        self.head.seq = seq - 1

    def _changed(self, sealed: Sealed) -> None:
        for offset in (-1, 1):
            other = leaf_hash(self._tenant, self.head.epoch, sealed.seq + offset, sealed)
            if other == sealed.leaf:
                return self.find("reordered", sealed.seq, f"{sealed.seq} was moved by {-offset}")
        return self.find("changed", sealed.seq, f"{sealed.seq} is not what was sealed")

    def _enter_epoch(self, seq: int) -> None:
        beginning = epoch_of(self._beginnings, seq)
        if beginning is None or beginning.epoch <= self.head.epoch:
            return
        for passed in self._beginnings:
            if self.head.epoch < passed.epoch <= beginning.epoch:
                self._leave(passed)

    def _leave(self, following: Beginning) -> None:
        """End the current epoch where `following` says that it was kept to."""
        if self._intact and (self.head.seq, self.head.chain) != (
            following.kept_seq,
            following.kept_chain,
        ):
            says = f"epoch {following.epoch} does not follow what precedes it"
            self.find("epoch_changed", following.kept_seq, says)
        while self._pending and self._pending[0].checkpoint.epoch < following.epoch:
            lost = self._pending.popleft()
            if lost.checkpoint.seq > following.after_seq:
                self._beyond(lost)
        self.head = head_at(following.chain(self._tenant), following)
        self._intact, self._good_seq = True, following.after_seq
        self._compare()

    def _compare(self) -> None:
        while self._pending:
            witness = self._pending[0]
            checkpoint = witness.checkpoint
            if (checkpoint.epoch, checkpoint.seq) > (self.head.epoch, self.head.seq):
                return
            self._pending.popleft()
            if (checkpoint.epoch, checkpoint.seq) == (self.head.epoch, self.head.seq):
                self._compare_with(witness)

    def _compare_with(self, witness: Witness) -> None:
        checkpoint = witness.checkpoint
        if not self._intact:
            return
        mine = (self.head.size, self.head.root, self.head.chain)
        if mine == (checkpoint.size, checkpoint.root, checkpoint.chain):
            self._good_seq = self.signed_seq = checkpoint.seq
            return
        between = f"between {self._good_seq + 1} and {checkpoint.seq}"
        kind: Kind = "forked" if witness.source == "file" else "chain_broken"
        self.find(kind, checkpoint.seq, f"facts {between} are not the ones that were signed")
        self._intact = False

    def _beyond(self, witness: Witness) -> None:
        checkpoint = witness.checkpoint
        kind: Kind = "older_copy" if witness.source == "file" else "truncated"
        says = f"a signed head covers {checkpoint.seq} of epoch {checkpoint.epoch}"
        self.find(kind, checkpoint.seq, f"{says}, the log ends at {self.head.seq}")


class Notary:
    """Reads signed heads.  `keys` are all of the log's, `trusted` those to believe.

    What a key signed that came before the first trusted one is passed over: it proves
    nothing, and the heads after it cover the same facts.
    """

    def __init__(
        self, checker: Checker, keys: Sequence[VerifyKey], trusted: Sequence[VerifyKey]
    ) -> None:
        self._checker, self._keys, self._trusted = checker, keys, trusted

    def read(self, note: str, source: Source) -> list[Witness]:
        """Return the head, or nothing; a note that no key of the log signed is a finding."""
        try:
            checkpoint = parse(note)
            signer = signer_of(note, self._keys)
        except BadNote as error:
            self._checker.find("note_invalid", None, str(error))
            return []
        if signer is None or checkpoint.tenant != signer.tenant:
            kind: Kind = "note_invalid" if source == "store" else "key_swapped"
            self._checker.find(kind, checkpoint.seq, "no key of this log signed this head")
            return []
        return [Witness(checkpoint, source)] if signer in self._trusted else []
