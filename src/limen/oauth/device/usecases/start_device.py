"""Keep what a device asks for, and give it the two codes (RFC 8628 §3.2)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from limen.kernel.events import Recorder
from limen.kernel.request import Cause
from limen.kernel.uow import Store, Tx, UniqueConflict
from limen.kernel.vault import Vault
from limen.oauth.decoupled.model import Wish
from limen.oauth.device.api import DEVICE_REQUESTED
from limen.oauth.device.model import new_user_code
from limen.oauth.device.ports import DeviceStore, NewDevice
from limen.platform.crypto import digest_of, new_secret

PURPOSE: Final = "device.user_code"


@dataclass(frozen=True, slots=True)
class Codes:
    """What the device gets once; only a digest and a MAC of them are kept (R098)."""

    device_code: str
    user_code: str


async def start_device(
    store: Store,
    wish: Wish,
    *,
    cause: Cause,
    interval: timedelta,
    lifetime: timedelta,
    devices: DeviceStore,
    vault: Vault,
    recorder: Recorder,
) -> Codes:
    """Return fresh codes; a user code that another device shows already is drawn again."""
    keyring = await vault.keyring(store)

    async def attempt() -> Codes:
        codes = Codes(new_secret(), new_user_code())
        new = NewDevice(
            digest=digest_of(codes.device_code),
            code_mac=keyring.mac(PURPOSE, codes.user_code.encode()),
            wish=wish,
            ip=cause.ip,
            user_agent=cause.user_agent,
            interval=interval,
            lifetime=lifetime,
        )

        async def work(tx: Tx) -> None:
            await devices.add(tx, new)
            fact = DEVICE_REQUESTED(("client", wish.client), data={"scope": wish.scope})
            await recorder.record(tx, fact, cause)

        await store.transact(work)
        return codes

    try:
        return await attempt()
    except UniqueConflict:
        return await attempt()
