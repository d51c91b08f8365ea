"""How deliveries are put together."""

from dataclasses import dataclass
from datetime import timedelta

from limen.kernel.clock import Clock
from limen.kernel.uow import Database
from limen.kernel.vault import Vault
from limen.platform.db.sweep import sweep_with
from limen.platform.deliveries.outbox import StoredDeliveries
from limen.platform.deliveries.pace import Pace
from limen.platform.deliveries.sender import Poster, Sender
from limen.platform.deliveries.settings import DeliverySettings
from limen.platform.deliveries.store import Queries
from limen.platform.http.faces import Faces, Task
from limen.platform.mail.delivery import Tenants
from limen.platform.telemetry.checks import Check, Result, ok, warn
from limen.platform.telemetry.metrics import Metrics

_EVERY = timedelta(seconds=1)
_OFTEN = 5  # tries: about half an hour


@dataclass(frozen=True, slots=True)
class DeliveriesWired:
    deliveries: StoredDeliveries
    sender: Sender
    check: Check
    faces: Faces


def wire(
    settings: DeliverySettings,
    *,
    database: Database,
    vault: Vault,
    clock: Clock,
    poster: Poster,
    metrics: Metrics,
    tenants: Tenants,
) -> DeliveriesWired:
    deliveries = StoredDeliveries(vault, settings)
    pace = Pace(settings, clock.monotonic)
    sender = Sender(deliveries, database, vault, poster, pace, metrics)

    async def forget() -> None:
        for tenant in await tenants():
            await sweep_with(database.tenant(tenant), Queries.old, -settings.retention)

    async def stuck() -> Result:
        found = await database.system.one(Queries.stuck, _OFTEN)
        if found is None or not found.deliveries:
            return ok("nothing waits for long")
        said = f"{found.deliveries} posts to {found.receivers} receivers fail again and again"
        return warn(said, "The log says why; LIMEN_FETCH__ALLOW names hosts of your own.")

    tasks = (
        Task("deliveries.send", _EVERY, sender.run, wake=deliveries.wake),
        Task("deliveries.forget", timedelta(hours=1), forget),
    )
    return DeliveriesWired(deliveries, sender, Check("deliveries", stuck), Faces(tasks=tasks))
