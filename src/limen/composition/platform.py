"""The process's services, over an open store."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from limen import __version__
from limen.identity.store import STANDING as USER_STANDING
from limen.kernel.clock import Clock
from limen.kernel.errors import Refusal
from limen.kernel.events import EventType
from limen.kernel.ids import TenantId
from limen.kernel.uow import Tx
from limen.oauth.store import STANDING as OAUTH_STANDING
from limen.platform.cache import Snapshots
from limen.platform.config import Config
from limen.platform.crypto.master import MasterKey, MasterKeyError, find_master_key
from limen.platform.crypto.vault import KeyVault
from limen.platform.db import OpenDatabase, compose
from limen.platform.db.idempotency import SqlIdempotencyKeys
from limen.platform.db.one_time import SqlOneTime
from limen.platform.db.pending import pending
from limen.platform.db.replays import SqlReplays
from limen.platform.db.sweep import sweep
from limen.platform.deliveries import wiring as deliveries
from limen.platform.deliveries.settings import DeliverySettings
from limen.platform.facts.queue import SealQueue
from limen.platform.facts.recorder import FactRecorder
from limen.platform.fetch import Fetcher, FetchSettings
from limen.platform.http.faces import Faces, Task
from limen.platform.http.messages import Request
from limen.platform.limits import Limiter
from limen.platform.mail import wiring as mail
from limen.platform.mail.wiring import MailWired
from limen.platform.mtls.settings import MtlsSettings, mistake_of
from limen.platform.services import Platform
from limen.platform.telemetry.checks import Check, Result, fail, ok, warn
from limen.platform.telemetry.facts import FactCounter
from limen.platform.telemetry.http import HttpObserver
from limen.platform.telemetry.metrics import Metrics
from limen.platform.telemetry.vitals import add_vitals
from limen.platform.templating import Pages
from limen.sessions.store import STANDING as SESSION_STANDING

_log = logging.getLogger("limen.refusals")
REQUEST_REFUSED = EventType(
    "request.refused", "A page could not be shown; its reference is the one that was shown."
)
_STANDING = (USER_STANDING, *SESSION_STANDING, *OAUTH_STANDING)


class AllTenants:
    """The ids of all tenants, known once tenancy is wired: the platform comes before it."""

    def __init__(self) -> None:
        self.ids: Sequence[TenantId] | None = None
        self.read = _not_wired

    async def __call__(self) -> Sequence[TenantId]:
        return await self.read()


async def _not_wired() -> Sequence[TenantId]:
    raise RuntimeError("tenancy is not wired yet")


class PageRefusals:
    """Puts every error page into the log, under the reference that it shows (experience 3.6)."""

    def __init__(self, recorder: FactRecorder) -> None:
        self._recorder = recorder

    async def refused(self, request: Request, refusal: Refusal) -> None:
        """Record it; where the store is lost, the page is shown all the same."""
        data: dict[str, object] = {"operation": request.route.operation, "status": refusal.status}
        personal = {"detail": refusal.detail[:500]} if refusal.detail else None
        fact = REQUEST_REFUSED(data=data, personal=personal, reason=refusal.code)

        async def work(tx: Tx) -> None:
            await self._recorder.record(tx, fact, request.cause)

        try:
            await request.store.transact(work)
        except Refusal as lost:
            said = {"ref": request.cause.ref, "code": refusal.code, "why": lost.code}
            _log.warning("a refusal is not in the log", extra=said)


@dataclass(frozen=True, slots=True)
class Base:
    """The platform, and what only the composition root needs of it."""

    config: Config
    database: OpenDatabase
    platform: Platform
    vault: KeyVault
    mail: MailWired
    all_tenants: AllTenants
    seal_queue: SealQueue
    metrics: Metrics
    observer: HttpObserver
    refusals: PageRefusals
    idempotency: SqlIdempotencyKeys
    recorder: FactRecorder
    faces: Sequence[Faces] = field(default_factory=tuple[Faces, ...])
    checks: Sequence[Check] = field(default_factory=tuple[Check, ...])

    async def rewrap(self) -> int:
        """Bring every tenant's keys under the master key; return how many were not yet."""
        done = 0
        for tenant in await self.all_tenants():
            done += await self.vault.rewrap(self.database.tenant(tenant))
        return done

    async def begin(self) -> None:
        """Learn what must be known before the first request."""
        await self.platform.snapshots.poll()

    async def summarise(self) -> None:
        """Record what was only counted so far; before the store is closed."""
        await self.recorder.summarise(self.database, at_end=True)


def wire_base(config: Config, database: OpenDatabase, clock: Clock) -> Base:
    """Raises MasterKeyError where there is no usable master key."""
    vault = KeyVault(_masters(config), clock)
    queue = SealQueue(clock)
    metrics = Metrics()
    recorder = FactRecorder(vault, clock, queue, count=FactCounter(metrics).count)
    pages = Pages(dev=config.dev)
    tenants = AllTenants()
    add_vitals(metrics, version=__version__)
    snapshots = Snapshots(database, clock)
    mailing = mail.wire(
        config.mail, dev=config.dev, engine=pages.engine, vault=vault, clock=clock,
        database=database, tenants=tenants,
    )  # fmt: skip
    fetcher = Fetcher(config.section("fetch", FetchSettings), clock, dev=config.dev)
    posting = deliveries.wire(
        config.section("deliveries", DeliverySettings), database=database, vault=vault,
        clock=clock, poster=fetcher, metrics=metrics, tenants=tenants,
    )  # fmt: skip
    platform = Platform(
        database=database, clock=clock, recorder=recorder, one_time=SqlOneTime(),
        replays=SqlReplays(), vault=vault,
        mailer=mailing.mailer, gate=compose(_STANDING), snapshots=snapshots,
        limiter=Limiter(clock), pages=pages,
        fetcher=fetcher, deliveries=posting.deliveries,
        settings=config.section, issuer=config.issuer,
        dev=config.dev,
    )  # fmt: skip
    base = Base(
        config, database, platform, vault, mailing, tenants, queue, metrics, HttpObserver(metrics),
        PageRefusals(recorder), SqlIdempotencyKeys(vault), recorder,
    )  # fmt: skip
    faces = (mailing.faces, posting.faces, Faces(tasks=_tasks(base)))
    return replace(base, faces=faces, checks=(*_checks(base), posting.check))


def _masters(config: Config) -> list[MasterKey]:
    """Return the master key, and the one before it where it is given."""
    texts = config.core.master_key, config.core.previous_master_key
    found = [find_master_key({"LIMEN_MASTER_KEY": text or ""}, None) for text in texts]
    if found[0] is None:
        raise MasterKeyError("There is no master key; `limen init` makes one.")
    return [key for key in found if key is not None]


def _tasks(base: Base) -> tuple[Task, ...]:
    async def sweep_all() -> None:
        await sweep(base.database.system)
        for tenant in await base.all_tenants():
            await sweep(base.database.tenant(tenant))

    async def summarise() -> None:
        await base.recorder.summarise(base.database)

    return (
        Task("snapshots.poll", timedelta(milliseconds=500), base.platform.snapshots.poll,
             everywhere=True),
        Task("facts.summarise", timedelta(seconds=10), summarise, everywhere=True),
        Task("store.sweep", timedelta(minutes=5), sweep_all),
    )  # fmt: skip


def _checks(base: Base) -> tuple[Check, ...]:
    async def store() -> Result:
        await base.database.ping()
        return ok(f"{base.database.dialect} answers")

    async def migrations() -> Result:
        waiting = await pending(base.config.database_url)
        if waiting:
            return fail(f"{len(waiting)} migrations are pending", "Run `limen migrate`.")
        return ok("the schema is current")

    async def mail_() -> Result:
        if not base.platform.mailer.ready():
            return warn("no mail is configured", "Set LIMEN_MAIL__SMTP_URL.")
        return ok("mail is configured")

    async def unused() -> Result:
        core, database = base.config.core, base.config.database
        named = {
            "redis_url": core.redis_url,
            "broker_url": core.broker_url,
            "database.replica_urls": database.replica_urls,
        }
        found = [name for name, value in named.items() if value]
        if found:
            return warn(f"not used yet: {', '.join(found)}", "Nothing rests on it; unset it.")
        return ok("every setting that is set is used")

    async def certificates() -> Result:
        settings = base.config.section("mtls", MtlsSettings)
        mistake = mistake_of(settings, proxies=bool(base.config.core.trusted_proxies))
        if mistake is not None:
            return warn(*mistake)
        return ok("clients may show certificates" if settings.is_on else "not asked for")

    return (
        Check("store", store, ready=True),
        Check("migrations", migrations),
        Check("mail", mail_),
        Check("settings", unused),
        Check("certificates", certificates),
    )
