"""Refusals about logouts."""

from limen.kernel.errors import Conflict


class NotFailed(Conflict):
    code = "delivery_not_failed"
    hint = "Only what was given up can be tried again by hand."
