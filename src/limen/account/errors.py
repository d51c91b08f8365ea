"""What the account pages refuse, each with its permanent code."""

from limen.kernel.errors import Refusal


class AddressLinkUnusable(Refusal):
    """Unknown, used, expired, or another person's: the four are not told apart."""

    code = "address_link_unusable"
    status = 410
    hint = "This link was used or has expired, or it is of another account."
    todo = "Sign in with the account to which you add the address, and send a new link."
