"""What is wrong with a proof (RFC 9449 §5, §7.1, §8)."""

from limen.oauth.errors import OAuthRefusal


class InvalidDpopProof(OAuthRefusal):
    code = "invalid_dpop_proof"
    hint = "The DPoP proof is missing or not valid."


class UseDpopNonce(OAuthRefusal):
    """The header DPoP-Nonce of the same answer holds the one to use."""

    code = "use_dpop_nonce"
    hint = "Send the request again, with the nonce of the DPoP-Nonce header in its proof."
    is_usual = True
