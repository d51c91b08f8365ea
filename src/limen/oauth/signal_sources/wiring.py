"""The receiver, put together."""

from datetime import timedelta

from limen.oauth.assertions.store import SqlSubjects
from limen.oauth.feature import Feature
from limen.oauth.parts import Parts
from limen.oauth.signal_sources.believing import EventBeliever
from limen.oauth.signal_sources.http import SourcesApi
from limen.oauth.signal_sources.people import SubjectsHere
from limen.oauth.signal_sources.polling import Polling
from limen.oauth.signal_sources.push import PushEndpoint
from limen.oauth.signal_sources.routes import ROUTES
from limen.oauth.signal_sources.settings import ListeningSettings
from limen.oauth.signal_sources.store import SqlSources
from limen.oauth.signal_sources.taking import Taking
from limen.platform.http.faces import Faces, Task

__all__ = ["ROUTES", "wire"]


def wire(parts: Parts) -> Feature:
    platform, sources = parts.platform, SqlSources()
    taking = Taking(
        believer=EventBeliever(parts.keysets, platform.fetcher, platform.clock),
        people=SubjectsHere(parts.trusted_issuers, SqlSubjects(), parts.users),
        users=parts.users,
        sessions=parts.sessions,
        roles=parts.roles,
        replays=platform.replays,
        recorder=platform.recorder,
        demands=parts.password_demands,
    )
    push = PushEndpoint(
        sources=sources,
        taking=taking,
        refusals=parts.refusals,
        limiter=platform.limiter,
        settings=platform.settings("oauth.signal_sources", ListeningSettings),
    )
    polling = Polling(
        database=platform.database,
        tenants=parts.tenants,
        sources=sources,
        taking=taking,
        fetcher=platform.fetcher,
        vault=platform.vault,
        clock=platform.clock,
    )
    api = SourcesApi(
        sources=sources,
        vault=platform.vault,
        recorder=platform.recorder,
        listings=parts.listings,
    )
    task = Task("signals.poll", timedelta(seconds=30), polling.run)
    handlers = {**api.handlers(), "signals.push": push}
    return Feature(faces=Faces(ROUTES, handlers, (task,)))
