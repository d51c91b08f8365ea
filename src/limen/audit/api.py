"""What others may use of the log, and the facts about the log itself."""

from limen.kernel.events import EventType

LOG_KEY_CREATED = EventType("log_key.created", "The log got a key that signs its heads.")
LOG_EXPORTED = EventType("log.exported", "The log was exported.")
LOG_VERIFIED = EventType("log.verified", "The log was verified; the data says what was found.")
LOG_BEGUN_ANEW = EventType(
    "log.begun_anew", "The store was restored; the log goes on after the last known head."
)
