"""The facts of previews."""

from limen.kernel.events import EventType

SUBJECT_RESOLVED = EventType(
    "subject.resolved", "An administrator asked whom an application knows by a subject."
)
