"""The facts of device authorization."""

from limen.kernel.events import EventType

DEVICE_REQUESTED = EventType(
    "device_request.started", "A device asked to be allowed to use somebody's account."
)
DEVICE_APPROVED = EventType(
    "device_request.approved", "A person allowed a device to use their account."
)
DEVICE_DENIED = EventType("device_request.denied", "A person refused what a device asked for.")
USER_CODE_REFUSED = EventType(
    "user_code.refused", "A code that no device shows was entered, or too many of them."
)
