"""Delivering what is queued: claim, send, delete; at most one message twice after a crash."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

from limen.kernel.ids import TenantId
from limen.kernel.mail import Mail
from limen.kernel.uow import Database, Store
from limen.kernel.vault import CannotOpen, Vault
from limen.platform.mail.outbox import Outbox, open_mail
from limen.platform.mail.smtp import Undeliverable
from limen.platform.mail.store import MessageRow, Queries

_log = logging.getLogger("limen.mail")

LEASE = timedelta(minutes=5)
WAITS = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 1200, 3600))
MOST_TRIES = 12  # with these waits about nine hours; every link in a mail is dead by then
_TENANTS_A_TURN = 50

Send = Callable[[UUID, Mail], Awaitable[None]]
Tenants = Callable[[], Awaitable[Sequence[TenantId]]]


def wait_after(tries: int) -> timedelta:
    """Return how long to wait after the n-th try failed."""
    return WAITS[min(tries, len(WAITS)) - 1]


class Delivery:
    """A turn visits tenants known to have mail, and some others, so that none is forgotten."""

    def __init__(
        self, outbox: Outbox, database: Database, vault: Vault, *, send: Send, tenants: Tenants
    ) -> None:
        self._outbox = outbox
        self._database = database
        self._vault = vault
        self._send = send
        self._tenants = tenants
        self._rest: list[TenantId] = []

    async def run(self) -> None:
        """Deliver what is due."""
        waiting = list(self._outbox.waiting)
        self._outbox.waiting.clear()
        if not self._rest:
            self._rest = list(await self._tenants())
        others, self._rest = self._rest[:_TENANTS_A_TURN], self._rest[_TENANTS_A_TURN:]
        for tenant in dict.fromkeys([*waiting, *others]):
            await self._deliver_all(self._database.tenant(tenant))

    async def _deliver_all(self, store: Store) -> None:
        while (row := await _claim(store)) is not None:
            await self._deliver(store, row)

    async def _deliver(self, store: Store, row: MessageRow) -> None:
        try:
            keyring = await self._vault.keyring(store)
            await self._send(row.id, open_mail(keyring, row.id, row.content))
        except (Undeliverable, CannotOpen) as error:
            await _give_up(store, row, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the message stays queued
            await _try_later(store, row, error)
        else:
            await _remove(store, row)


async def _claim(store: Store) -> MessageRow | None:
    return await store.transact(lambda tx: tx.one(Queries.claim, LEASE))


async def _remove(store: Store, row: MessageRow) -> None:
    await store.transact(lambda tx: tx.run(Queries.remove, row.id, row.tries))


async def _give_up(store: Store, row: MessageRow, error: Exception) -> None:
    _log.warning("mail given up", extra={"message_id": str(row.id), "error": repr(error)[:200]})
    await _remove(store, row)


async def _try_later(store: Store, row: MessageRow, error: Exception) -> None:
    if row.tries >= MOST_TRIES:
        await _give_up(store, row, error)
        return
    _log.info("mail postponed", extra={"message_id": str(row.id), "tries": row.tries,
                                       "error": type(error).__name__})  # fmt: skip
    wait = wait_after(row.tries)
    await store.transact(lambda tx: tx.run(Queries.postpone, row.id, row.tries, wait))
