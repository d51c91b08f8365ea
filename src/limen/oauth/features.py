"""The parts of the provider that live in folders of their own, in the order of dependence."""

from collections.abc import Callable
from typing import Final

from limen.kernel.routes import Route
from limen.oauth.assertions import wiring as assertions
from limen.oauth.ciba import wiring as ciba
from limen.oauth.client_auth import wiring as client_auth
from limen.oauth.device import wiring as device
from limen.oauth.dpop import wiring as dpop
from limen.oauth.exchange import wiring as exchange
from limen.oauth.feature import Feature
from limen.oauth.federation import wiring as federation
from limen.oauth.feed import wiring as feed
from limen.oauth.logouts import wiring as logouts
from limen.oauth.par import wiring as par
from limen.oauth.parts import Parts
from limen.oauth.policy import wiring as policy
from limen.oauth.previews import wiring as previews
from limen.oauth.profiles import wiring as profiles
from limen.oauth.registration import wiring as registration
from limen.oauth.resource_metadata import wiring as resource_metadata
from limen.oauth.signal_sources import wiring as signal_sources
from limen.oauth.signals import wiring as signals
from limen.oauth.status_lists import wiring as status_lists

FEATURES: Final[tuple[Callable[[Parts], Feature], ...]] = (
    policy.wire,
    profiles.wire,
    registration.wire,
    federation.wire,
    resource_metadata.wire,
    dpop.wire,
    par.wire,
    device.wire,
    ciba.wire,
    assertions.wire,
    exchange.wire,
    logouts.wire,
    previews.wire,
    feed.wire,
    status_lists.wire,
    client_auth.wire,
    signals.wire,
    signal_sources.wire,
)

FEATURE_ROUTES: Final[tuple[Route, ...]] = (
    *policy.ROUTES,
    *profiles.ROUTES,
    *registration.ROUTES,
    *federation.ROUTES,
    *resource_metadata.ROUTES,
    *par.ROUTES,
    *device.ROUTES,
    *ciba.ROUTES,
    *assertions.ROUTES,
    *logouts.ROUTES,
    *previews.ROUTES,
    *feed.ROUTES,
    *status_lists.ROUTES,
    *signals.ROUTES,
    *signal_sources.ROUTES,
)
