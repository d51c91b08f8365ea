"""What federation leaves in the log of facts."""

from limen.kernel.events import EventType

SUBORDINATE_CREATED = EventType(
    "federation_subordinate.created", "An entity became a subordinate in our federation."
)
SUBORDINATE_CHANGED = EventType(
    "federation_subordinate.changed", "What we say of a subordinate was changed."
)
SUBORDINATE_DELETED = EventType(
    "federation_subordinate.deleted", "An entity is no subordinate of ours any more."
)
CLIENT_TRUSTED = EventType(
    "federation_client.trusted", "An application is known by a trust chain; by which one."
)
CLIENT_DISTRUSTED = EventType(
    "federation_client.distrusted",
    "The trust chain of an application does not hold any more; the reason says why.",
)
FEDERATION_REFUSED = EventType(
    "federation.refused", "A request about federation was refused; the reason says why."
)
