"""Device authorization, put together."""

from collections.abc import Mapping

from limen.oauth.decoupled.approvals import Approvals
from limen.oauth.decoupled.counts import Counts
from limen.oauth.device.grant import DeviceCodeGrant
from limen.oauth.device.http import DeviceEndpoint
from limen.oauth.device.pages import DevicePages
from limen.oauth.device.ports import DeviceStore
from limen.oauth.device.routes import ROUTES
from limen.oauth.device.settings import DeviceSettings
from limen.oauth.device.store import SqlDeviceAuthorizations
from limen.oauth.device.tasks import retention
from limen.oauth.device.usecases.decide_device import Decisions
from limen.oauth.device.usecases.look_up import UserCodes
from limen.oauth.feature import Feature
from limen.oauth.parts import Parts
from limen.platform.http.faces import Faces

__all__ = ["ROUTES", "wire"]


def wire(parts: Parts) -> Feature:
    platform = parts.platform
    settings = platform.settings("oauth.device", DeviceSettings)
    devices = SqlDeviceAuthorizations()
    counts = Counts()
    endpoint = DeviceEndpoint(
        authenticator=parts.authenticator,
        directory=parts.directory,
        devices=devices,
        vault=platform.vault,
        recorder=platform.recorder,
        refusals=parts.refusals,
        limiter=platform.limiter,
        settings=settings,
    )
    pages = _pages(parts, settings, devices, counts)
    handlers = {"device.start": endpoint, "device.show": pages.show, "device.submit": pages.submit}
    task = retention(platform.database, parts.tenants, devices, counts)
    return Feature(
        faces=Faces(ROUTES, handlers, (task,)),
        grants=(DeviceCodeGrant(parts.services, devices),),
        announce=_announce,
    )


def _pages(
    parts: Parts, settings: DeviceSettings, devices: DeviceStore, counts: Counts
) -> DevicePages:
    platform = parts.platform
    approvals = Approvals(sessions=parts.sessions, grants=parts.grant_store, gate=platform.gate)
    codes = UserCodes(
        devices=devices,
        counts=counts,
        attempts=parts.attempts,
        vault=platform.vault,
        recorder=platform.recorder,
        settings=settings,
    )
    return DevicePages(
        pages=platform.pages,
        users=parts.users,
        directory=parts.directory,
        approvals=approvals,
        codes=codes,
        decisions=Decisions(devices=devices, approvals=approvals, recorder=platform.recorder),
    )


def _announce(issuer: str) -> Mapping[str, object]:
    """RFC 8628 §4."""
    return {"device_authorization_endpoint": f"{issuer}/oauth2/device"}
