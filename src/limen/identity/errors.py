"""What identity refuses.  The codes are permanent."""

from limen.kernel.errors import Conflict, FieldError, Invalid


class IllegalTransition(Conflict):
    """The life cycle has no such move (`model/status.py`)."""

    code = "illegal_transition"
    hint = "An account in this state cannot be moved there."


class PrimaryAddress(Conflict):
    """The primary address stays; another one is made primary first."""

    code = "email_is_primary"
    hint = "This is the primary address. Make another one primary first."


class AddressUnverified(Conflict):
    """Only an address whose owner was proven can be the primary one."""

    code = "email_unverified"
    hint = "This address is not verified yet."


class TooManyAddresses(Conflict):
    """An account holds a limited number of addresses."""

    code = "too_many_emails"
    hint = "This account has as many addresses as it can hold. Remove one first."


def wrong_field(field: str, code: str, message: str) -> Invalid:
    """Return the refusal of a single field."""
    return Invalid(FieldError(field, code, message))
