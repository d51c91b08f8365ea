"""What the device page refuses, each with its permanent code."""

from limen.kernel.errors import Refusal


class UserCodeUnknown(Refusal):
    """Unknown, used, decided or expired: the four are not told apart."""

    code = "user_code_unknown"
    hint = "No device shows this code. Look at it again: it may also have expired."
