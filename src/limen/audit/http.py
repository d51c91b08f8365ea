"""The API's handlers for the log; the guard has asked for permission before."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast
from uuid import UUID

import msgspec

from limen.audit.api import LOG_EXPORTED, LOG_VERIFIED
from limen.audit.errors import FactUnknown, NotExportable
from limen.audit.model.check import Report
from limen.audit.model.lines import HeadLine, KeyLine, WitnessLine
from limen.audit.model.notes import BadNote, parse
from limen.audit.ports import FactRow, Log, Persons
from limen.audit.usecases.checkpoint import checkpoint
from limen.audit.usecases.export import Opener, export
from limen.audit.usecases.verify import verify
from limen.audit.views import (
    CheckpointView,
    ExportQuery,
    FactsQuery,
    FactView,
    ReportView,
    TailQuery,
    TailView,
    VerifyBody,
    fact_view,
)
from limen.audit.witness import CheckpointFile
from limen.kernel.clock import Clock
from limen.kernel.errors import FieldError, Invalid
from limen.kernel.events import Fact, Recorder
from limen.kernel.vault import Vault
from limen.platform.http.api import Listings, answer, path_id, read_query
from limen.platform.http.messages import Handler, Request, Response


class KeyVault(Vault, Persons, Protocol):
    """The vault, which also knows whose keys were destroyed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditApi:
    """Handlers by operation."""

    log: Log
    vault: KeyVault
    recorder: Recorder
    clock: Clock
    listings: Listings
    file: CheckpointFile | None

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "audit.list": self.list_,
            "audit.get": self.get,
            "audit.tail": self.tail,
            "audit.verify": self.verify,
            "audit.checkpoint.get": self.checkpoint,
            "audit.export": self.export,
        }

    async def list_(self, request: Request) -> Response:
        query = read_query(request, FactsQuery)
        before = await self.listings.after(request, query)
        found = await self.log.rows(
            request.store, query.filters(), before=before, limit=query.limit + 1
        )
        page = found[: query.limit]
        last = page[-1].event_id if len(found) > query.limit else None
        return await self.listings.answer(request, query, await self._views(request, page), last)

    async def get(self, request: Request) -> Response:
        row = await self.log.row(request.store, path_id(request))
        if row is None:
            raise FactUnknown("no fact of this tenant")
        return answer(request, (await self._views(request, [row]))[0])

    async def tail(self, request: Request) -> Response:
        query = read_query(request, TailQuery)
        rows = await self.log.tail(request.store, query.after, query.limit)
        following = query.after if not rows else rows[-1].seq or query.after
        return answer(request, TailView(facts=await self._views(request, rows), next=following))

    async def verify(self, request: Request) -> Response:
        body = await request.json(VerifyBody)
        notes, keys = await self._outside(request, body)
        report = await verify(
            request.store,
            keyring=request.keyring,
            log=self.log,
            persons=self.vault,
            known_keys=keys,
            notes=notes,
        )
        found = sorted({finding.kind for finding in report.findings})
        fact = LOG_VERIFIED(data={"seq": report.seq, "facts": report.facts, "found": found})
        await self._record(request, fact)
        return answer(request, _report_view(report))

    async def checkpoint(self, request: Request) -> Response:
        last = await self.log.last_checkpoint(request.store)
        if last is None:
            raise NotExportable
        keys = [stored.entry.key.text() for stored in await self.log.keys(request.store)]
        view = CheckpointView(
            epoch=last.epoch, seq=last.seq, size=last.size, note=last.note, keys=keys
        )
        return answer(request, view)

    async def export(self, request: Request) -> Response:
        query = read_query(request, ExportQuery)
        await checkpoint(
            request.store,
            keyring=request.keyring,
            log=self.log,
            recorder=self.recorder,
            clock=self.clock,
        )
        opener = Opener(request.keyring, self.vault) if query.opened else None
        lines = [
            line
            async for line in export(
                request.store,
                log=self.log,
                clock=self.clock,
                opener=opener,
                after=query.after,
                most=query.limit,
            )
        ]
        data = {"after": query.after, "opened": query.opened, "lines": len(lines)}
        await self._record(request, LOG_EXPORTED(data=data))
        return Response(200, b"".join(lines), b"application/x-ndjson")

    async def _record(self, request: Request, fact: Fact) -> None:
        await request.store.transact(
            lambda tx: self.recorder.record(tx, fact, request.cause)  # one statement, its own unit
        )

    async def _views(self, request: Request, rows: list[FactRow]) -> list[FactView]:
        opener = Opener(request.keyring, self.vault)
        return [fact_view(row, row.seq, await opener.open(request.store, row)) for row in rows]

    async def _outside(self, request: Request, body: VerifyBody) -> tuple[list[str], set[str]]:
        """Return notes and keys of the checkpoint file; a caller far away names no file."""
        file = self.file
        if body.checkpoint_file is not None:
            if request.scheme != "local":
                says = "only commands on the server's machine may name a file"
                raise Invalid(FieldError("checkpoint_file", "not_allowed", says))
            file = CheckpointFile(Path(body.checkpoint_file))
        if file is None:
            return [], set(body.known_keys)
        return await asyncio.to_thread(_of_tenant, file, request.tenant.id, body.known_keys)


def _of_tenant(file: CheckpointFile, tenant: UUID, known: list[str]) -> tuple[list[str], set[str]]:
    notes: list[str] = []
    keys = set(known)
    for line in file.lines():
        if isinstance(line, KeyLine) and line.tenant == tenant:
            keys.add(line.key)
        elif _is_head_of(line, tenant):
            notes.append(cast("HeadLine", line).note)
    return notes, keys


def _is_head_of(line: WitnessLine, tenant: UUID) -> bool:
    try:
        return isinstance(line, HeadLine) and parse(line.note).tenant == tenant
    except BadNote:
        return False


def _report_view(report: Report) -> ReportView:
    values = msgspec.structs.asdict(report)
    del values["tenant"]
    return ReportView(whole=report.is_whole, **values)
