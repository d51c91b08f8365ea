"""What registrations leave in the log of facts."""

from limen.kernel.events import EventType

REGISTRATION_REFUSED = EventType(
    "registration.refused", "An application could not register itself; the reason says why."
)
REGISTRATION_TOKEN_CREATED = EventType(
    "registration_token.created", "A token was made that lets applications register themselves."
)
REGISTRATION_TOKEN_REVOKED = EventType(
    "registration_token.revoked", "A token for registering applications was withdrawn."
)
CLIENT_SUBMITTED = EventType(
    "client.self_registered", "An application registered itself; by which token, if by one."
)
CLIENT_EXPIRED = EventType(
    "client.expired", "An application that had registered itself and was not used is deleted."
)
