"""Streams, whom they are about, what waits for their receivers, and how far the log was read."""

from limen.oauth.signals.store.backlog import SqlBacklog
from limen.oauth.signals.store.facts import SqlFacts
from limen.oauth.signals.store.streams import SqlStreams

__all__ = ["SqlBacklog", "SqlFacts", "SqlStreams"]
