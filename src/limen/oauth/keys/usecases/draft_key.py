"""Make a key and seal it, before the unit that gives it its place."""

from asyncio import to_thread

from limen.kernel.ids import new_id
from limen.kernel.vault import Keyring
from limen.oauth.keys.model import Draft, place_of
from limen.platform.jose.algorithms import Alg
from limen.platform.jose.keys import SigningKey

_SLOW = ("RS256", "PS256")


async def draft_key(alg: Alg, keyring: Keyring) -> Draft:
    """Return a new key; an RSA key is made in a thread."""
    if alg in _SLOW:
        return seal_key(await to_thread(SigningKey.generate, alg), keyring)
    return seal_key(SigningKey.generate(alg), keyring)


def seal_key(key: SigningKey, keyring: Keyring) -> Draft:
    identifier = new_id()
    sealed = keyring.seal(place_of(identifier), key.to_pkcs8())
    return Draft(identifier, key.kid, key.alg, key.public.jwk, sealed)
