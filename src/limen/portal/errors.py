"""What the hosted pages refuse, each with its permanent code."""

from typing import Final

from limen.kernel.errors import Refusal

LINK_UNUSABLE: Final = "link_unusable"
PROOF_NEEDED: Final = "proof_needed"
"""Codes of authentication's refusals that have a page of their own."""


class FlowEnded(Refusal):
    """Unknown, expired, finished, or another browser's: the four are not told apart."""

    code = "flow_ended"
    hint = "This sign-in was finished, or it has expired."
    todo = "Go back to the application and start again."


class SetupLinkUnusable(Refusal):
    code = "setup_link_unusable"
    hint = "This set-up link was used or has expired."
    todo = "Print a new one with: limen setup-link"


class LinkMissing(Refusal):
    """The page of a mailed link was opened without the link."""

    code = "link_missing"
    hint = "This link was used or has expired."


class PageGone(Refusal):
    """Unknown, long ago, or another browser's."""

    code = "page_gone"
    status = 404
    hint = "This page is not there any more."
