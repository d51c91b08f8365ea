"""Mail from the unit that queues it to a real SMTP server, and nothing left behind."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.smtp import SMTP
from tests.fakes.clock import FrozenClock

from limen.kernel.mail import Mail
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.kernel.vault import Vault
from limen.platform.crypto.master import MasterKey
from limen.platform.crypto.vault import KeyVault
from limen.platform.db import OpenDatabase
from limen.platform.mail.composing import Composer
from limen.platform.mail.delivery import LEASE, MOST_TRIES, Delivery
from limen.platform.mail.inbox import Inbox
from limen.platform.mail.outbox import Outbox
from limen.platform.mail.smtp import Server, Smtp, Undeliverable
from limen.platform.mail.store import Queries
from limen.platform.templating.engine import Engine

ENGINE = Engine()
LINK = "https://id.example/recover/reset?token=the-secret"
MAIL = Mail("ada@example.org", "Reset", f"Open {LINK} now\n", f'<a href="{LINK}">Open</a>')


@pytest.fixture
async def vault(store: Store, clock: FrozenClock) -> KeyVault:
    vault = KeyVault([MasterKey(bytes(range(32)))], clock)
    await store.transact(vault.create)
    return vault


@pytest.fixture
def outbox(vault: Vault) -> Outbox:
    return Outbox(Composer(ENGINE), vault, ready=True)


class Sent:
    """A transport that answers what a test put there."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.messages: list[tuple[UUID, Mail]] = []

    async def __call__(self, message: UUID, mail: Mail) -> None:
        self.messages.append((message, mail))
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer


def delivery(
    outbox: Outbox, database: OpenDatabase, vault: Vault, tenant: Tenant, send: Any
) -> Delivery:
    async def tenants() -> list[Any]:
        return [tenant.id]

    return Delivery(outbox, database, vault, send=send, tenants=tenants)


async def queue(store: Store, outbox: Outbox, mail: Mail = MAIL) -> None:
    async def work(tx: Tx) -> None:
        await outbox.queue(tx, mail)

    await store.transact(work)


async def left(store: Store) -> int:
    return len(await store.all(Queries.newest))


async def test_a_queued_message_is_sealed_and_gone_once_delivered(
    database: OpenDatabase, store: Store, outbox: Outbox, vault: Vault, tenant: Tenant
) -> None:
    """R151: no usable secret lies in the store in the clear."""
    await queue(store, outbox)
    assert outbox.wake.is_set()
    (row,) = await store.all(Queries.newest)
    assert b"the-secret" not in row.content and b"ada@" not in row.content
    sent = Sent()
    await delivery(outbox, database, vault, tenant, sent).run()
    assert [mail for _, mail in sent.messages] == [MAIL]
    assert await left(store) == 0


async def test_a_unit_that_fails_queues_nothing(store: Store, outbox: Outbox) -> None:
    async def work(tx: Tx) -> None:
        await outbox.queue(tx, MAIL)
        raise LookupError

    with pytest.raises(LookupError):
        await store.transact(work)
    assert await left(store) == 0
    assert not outbox.wake.is_set() and not outbox.waiting


async def test_a_lost_server_is_tried_again_later_and_later(
    database: OpenDatabase, store: Store, outbox: Outbox, vault: Vault, tenant: Tenant,
    clock: FrozenClock,
) -> None:  # fmt: skip
    await queue(store, outbox)
    sent = Sent(ConnectionError(), ConnectionError())
    turns = delivery(outbox, database, vault, tenant, sent)
    await turns.run()
    await turns.run()
    assert len(sent.messages) == 1  # not before its time
    clock.advance(timedelta(seconds=11))
    await turns.run()
    assert len(sent.messages) == 2
    clock.advance(timedelta(seconds=61))
    await turns.run()
    assert len(sent.messages) == 3 and await left(store) == 0
    assert len({message for message, _ in sent.messages}) == 1


async def test_it_is_given_up_in_the_end_and_at_once_where_refused_for_good(
    database: OpenDatabase, store: Store, outbox: Outbox, vault: Vault, tenant: Tenant,
    clock: FrozenClock,
) -> None:  # fmt: skip
    await queue(store, outbox)
    await delivery(outbox, database, vault, tenant, Sent(Undeliverable("550"))).run()
    assert await left(store) == 0
    await queue(store, outbox)
    sent = Sent(*[ConnectionError()] * 50)
    turns = delivery(outbox, database, vault, tenant, sent)
    for _ in range(MOST_TRIES + 3):
        await turns.run()
        clock.advance(timedelta(hours=1, seconds=1))
    assert len(sent.messages) == MOST_TRIES
    assert await left(store) == 0


async def test_two_deliverers_send_it_once(
    database: OpenDatabase, store: Store, outbox: Outbox, vault: Vault, tenant: Tenant
) -> None:
    for _ in range(5):
        await queue(store, outbox)
    sent = Sent()
    turns = [delivery(outbox, database, vault, tenant, sent) for _ in range(4)]
    await asyncio.gather(*(turn.run() for turn in turns))
    assert len(sent.messages) == 5
    assert len({message for message, _ in sent.messages}) == 5
    assert await left(store) == 0


async def test_a_crash_while_sending_costs_one_duplicate_at_most(
    database: OpenDatabase, store: Store, outbox: Outbox, vault: Vault, tenant: Tenant,
    clock: FrozenClock,
) -> None:  # fmt: skip
    await queue(store, outbox)
    crashed = Sent(asyncio.CancelledError())  # type: ignore[arg-type]
    with pytest.raises(asyncio.CancelledError):
        await delivery(outbox, database, vault, tenant, crashed).run()
    sent = Sent()
    turns = delivery(outbox, database, vault, tenant, sent)
    await turns.run()
    assert sent.messages == []  # another process may be sending it still
    clock.advance(LEASE + timedelta(seconds=1))
    await turns.run()
    await turns.run()
    assert len(sent.messages) == 1
    assert sent.messages[0][0] == crashed.messages[0][0]


async def test_the_inbox_keeps_and_shows_the_newest_first(
    store: Store, outbox: Outbox, vault: Vault, clock: FrozenClock
) -> None:
    inbox = Inbox(vault)
    await queue(store, outbox)
    clock.advance(timedelta(seconds=1))
    second = Mail("grace@example.org", "Second", "no link", "<p>no link</p>")
    await queue(store, outbox, second)
    newest, older = await inbox.list_newest(store)
    assert newest.mail == second and newest.links == []
    assert older.links == [LINK]
    assert await inbox.find(store, older.id) == older


class Recorded:
    """What an SMTP server saw; `refuse` answers RCPT."""

    def __init__(self) -> None:
        self.envelopes: list[Any] = []
        self.refuse: str | None = None

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 OK"


@pytest.fixture
async def smtp() -> AsyncIterator[tuple[Recorded, int]]:
    recorded = Recorded()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(recorded, enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    try:
        yield recorded, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def test_a_real_server_gets_exactly_one_recipient(
    database: OpenDatabase, store: Store, outbox: Outbox, vault: Vault, tenant: Tenant,
    clock: FrozenClock, smtp: tuple[Recorded, int],
) -> None:  # fmt: skip
    """A067: over a real SMTP conversation."""
    recorded, port = smtp
    send = Smtp(Server.parse(f"smtp://127.0.0.1:{port}"), "Limen <no-reply@id.example>", clock)
    mail = outbox.compose(
        tenant, "addresses_changed", to="ada@example.org", locale=None,
        name="Ada\r\nBcc: evil@example.org\r\n\r\n<img src=x>", address="b@example.org", link=LINK,
    )  # fmt: skip
    await queue(store, outbox, mail)
    await delivery(outbox, database, vault, tenant, send).run()
    (envelope,) = recorded.envelopes
    assert envelope.rcpt_tos == ["ada@example.org"]
    assert envelope.mail_from == "no-reply@id.example"
    head = envelope.content.partition(b"\r\n\r\n")[0].lower()
    assert b"\r\nbcc:" not in head
    assert await left(store) == 0


async def test_a_real_servers_refusals_are_told_apart(
    database: OpenDatabase, store: Store, outbox: Outbox, vault: Vault, tenant: Tenant,
    clock: FrozenClock, smtp: tuple[Recorded, int],
) -> None:  # fmt: skip
    recorded, port = smtp
    send = Smtp(Server.parse(f"smtp://127.0.0.1:{port}"), "Limen <no-reply@id.example>", clock)
    turns = delivery(outbox, database, vault, tenant, send)
    await queue(store, outbox)
    recorded.refuse = "451 greylisted"
    await turns.run()
    assert await left(store) == 1
    recorded.refuse = "550 no such mailbox"
    clock.advance(timedelta(seconds=11))
    await turns.run()
    assert await left(store) == 0
    assert recorded.envelopes == []
