"""What happens to streams, in the log of facts."""

from limen.kernel.events import EventType

STREAM_CREATED = EventType("signal_stream.created", "An application made a stream of events.")
STREAM_CHANGED = EventType("signal_stream.changed", "A stream of events was changed.")
STREAM_PAUSED = EventType("signal_stream.paused", "A stream stopped: its receiver does not take.")
STREAM_DELETED = EventType("signal_stream.deleted", "A stream of events was deleted.")
SIGNAL_REFUSED = EventType("signal.refused", "A receiver did not accept an event of its stream.")
