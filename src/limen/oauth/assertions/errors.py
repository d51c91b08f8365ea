"""Refusals about trusted issuers."""

from limen.kernel.errors import Forbidden


class BeyondYourReach(Forbidden):
    """R120, A081: an issuer must not become a way to more than its maker holds."""

    code = "issuer_beyond_your_permissions"
    hint = "This issuer would speak for somebody who may do what you may not do yourself."
