"""What sessions refuses."""

from limen.kernel.errors import Refusal


class SessionOver(Refusal):
    """Something was to rest on a browser session that has ended."""

    code = "session_ended"
    hint = "That sign-in has ended. Sign in again."
