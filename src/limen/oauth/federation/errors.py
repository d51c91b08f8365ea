"""What federation endpoints refuse (§8.9), and why there is no trust chain."""

from limen.kernel.errors import NotFound
from limen.oauth.errors import OAuthRefusal


class NoTrust(Exception):  # noqa: N818 - says what there is
    """There is no trust chain; `reason` is for our log and for tests.

    `is_final` where somebody said so, and not only nobody could be asked.
    """

    def __init__(self, reason: str, *, is_final: bool = True) -> None:
        super().__init__(reason)
        self.reason, self.is_final = reason, is_final


class FederationOff(OAuthRefusal, NotFound):
    code = "not_found"
    status = 404
    hint = "There is nothing of this kind here."


class UnknownSubject(OAuthRefusal, NotFound):
    """Not one of ours: removed, disabled and never heard of look alike."""

    code = "not_found"
    status = 404
    hint = "This entity is not a subordinate of ours."


class InvalidTrustAnchor(OAuthRefusal):
    code = "invalid_trust_anchor"
    status = 404
    hint = "None of these trust anchors is trusted here."


class InvalidTrustChain(OAuthRefusal):
    code = "invalid_trust_chain"
    hint = "There is no valid trust chain to a trust anchor that is trusted here."


class InvalidSubject(OAuthRefusal):
    code = "invalid_subject"
    status = 404
    hint = "This is no entity identifier."


class InvalidMetadata(OAuthRefusal):
    code = "invalid_metadata"
    hint = "The metadata, as the trust chain leaves it, cannot be registered here."


class UnsupportedParameter(OAuthRefusal):
    code = "unsupported_parameter"
    hint = "A parameter is not supported."
