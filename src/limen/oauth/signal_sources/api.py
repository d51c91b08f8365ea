"""What happens to sources and by their events, in the log of facts."""

from limen.kernel.events import EventType

SOURCE_CREATED = EventType("signal_source.created", "Somebody's security events are listened to.")
SOURCE_CHANGED = EventType("signal_source.changed", "What a source's events do was changed.")
SOURCE_DELETED = EventType("signal_source.deleted", "A source is not listened to any more.")
SIGNAL_RECEIVED = EventType("signal.received", "A security event of a source was taken.")
SIGNAL_NOT_ACTED = EventType("signal.not_acted_on", "What an event asks for was not done here.")
SIGNAL_REJECTED = EventType("signal.rejected", "A source sent what is no event that we believe.")
