"""Refusals about signing keys."""

from limen.kernel.errors import Conflict, Unavailable


class NoSigningKey(Unavailable):
    """No key signs with this algorithm: it was never asked for, or all were revoked."""

    code = "no_signing_key"
    hint = "There is no signing key for this algorithm. Rotate the keys of this algorithm."


class TooManyKeys(Conflict):
    code = "too_many_keys"
    hint = "Many keys of this algorithm are published already. Wait until older ones expire."
