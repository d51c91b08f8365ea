"""The transmitter, put together."""

from datetime import timedelta

from limen.oauth.feature import Feature
from limen.oauth.parts import Parts
from limen.oauth.signals.follow import Follower
from limen.oauth.signals.http.callers import Callers
from limen.oauth.signals.http.configuration import ConfigurationEndpoint
from limen.oauth.signals.http.control import ControlEndpoint
from limen.oauth.signals.http.management import StreamsApi
from limen.oauth.signals.http.poll import PollEndpoint
from limen.oauth.signals.http.streams import StreamsEndpoint
from limen.oauth.signals.pushing import KIND, Pushing
from limen.oauth.signals.routes import ROUTES
from limen.oauth.signals.settings import SignalSettings
from limen.oauth.signals.store import SqlBacklog, SqlFacts, SqlStreams
from limen.oauth.signals.tokens import EventTokens
from limen.platform.http.faces import Faces, Task
from limen.platform.http.messages import Handler

__all__ = ["ROUTES", "wire"]


def wire(parts: Parts) -> Feature:
    platform = parts.platform
    settings = platform.settings("oauth.signals", SignalSettings)
    streams, backlog, facts = SqlStreams(), SqlBacklog(), SqlFacts()
    tokens = EventTokens(
        tenants=parts.tenants,
        directory=parts.directory,
        users=parts.users,
        subjects=parts.subjects,
        keys=parts.keys,
        facts=facts,
        vault=platform.vault,
        clock=platform.clock,
    )
    pushing = Pushing(
        streams=streams,
        backlog=backlog,
        tokens=tokens,
        deliveries=platform.deliveries,
        vault=platform.vault,
        recorder=platform.recorder,
        settings=settings,
    )
    platform.deliveries.register(KIND, pushing.render, pushing.settled)
    follower = Follower(
        database=platform.database,
        tenants=parts.tenants,
        streams=streams,
        backlog=backlog,
        facts=facts,
        directory=parts.directory,
        pushing=pushing,
        recorder=platform.recorder,
        settings=settings,
        clock=platform.clock,
    )
    tasks = (
        Task("signals.follow", timedelta(seconds=1), follower.run),
        Task("signals.forget", timedelta(hours=1), follower.forget),
    )
    handlers = _handlers(parts, settings, streams, backlog, facts, tokens)
    return Feature(faces=Faces(ROUTES, handlers, tasks))


def _handlers(
    parts: Parts,
    settings: SignalSettings,
    streams: SqlStreams,
    backlog: SqlBacklog,
    facts: SqlFacts,
    tokens: EventTokens,
) -> dict[str, Handler]:
    platform, recorder = parts.platform, parts.platform.recorder
    callers = Callers(
        access_tokens=parts.access_tokens,
        bindings=parts.bindings,
        directory=parts.directory,
        streams=streams,
        limiter=platform.limiter,
    )
    making = StreamsEndpoint(
        callers=callers, streams=streams, facts=facts, vault=platform.vault, recorder=recorder,
        settings=settings,
    )  # fmt: skip
    control = ControlEndpoint(
        callers=callers, streams=streams, backlog=backlog, users=parts.users,
        subjects=parts.subjects, vault=platform.vault, recorder=recorder, settings=settings,
    )  # fmt: skip
    poll = PollEndpoint(
        callers=callers, backlog=backlog, tokens=tokens, recorder=recorder, settings=settings,
        clock=platform.clock,
    )  # fmt: skip
    api = StreamsApi(
        streams=streams, backlog=backlog, recorder=recorder, listings=parts.listings,
        settings=settings,
    )  # fmt: skip
    found: dict[str, Handler] = {"ssf.configuration": ConfigurationEndpoint(settings)}
    for part in (making, control, poll, api):
        found |= part.handlers()
    return found
