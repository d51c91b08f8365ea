"""The facts of backchannel authentication."""

from limen.kernel.events import EventType

CIBA_REQUESTED = EventType(
    "ciba_request.started", "An application asked a person to authenticate, on their own device."
)
CIBA_APPROVED = EventType(
    "ciba_request.approved", "A person allowed what an application had asked by itself."
)
CIBA_DENIED = EventType(
    "ciba_request.denied", "A person refused what an application had asked by itself."
)
CIBA_PUSHED = EventType("ciba_request.pushed", "Tokens were pushed to an application.")
CIBA_CODE_SET = EventType(
    "ciba_code.set", "A person chose the code that applications must give before they may ask."
)
CIBA_CODE_REMOVED = EventType("ciba_code.removed", "A person needs no code from applications.")
