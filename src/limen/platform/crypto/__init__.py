"""Random secrets, digests, and encryption at rest.

Read `digests`, `master`, `envelope`, `keyring`, then `vault`.  Importing this package costs
nothing; the modules that need `cryptography` are imported where they are used.
"""

from limen.platform.crypto.digests import digest_of, equal, new_secret

__all__ = ["digest_of", "equal", "new_secret"]
