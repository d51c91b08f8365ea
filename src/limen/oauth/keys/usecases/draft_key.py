"""Make a key and seal it, before the unit that gives it its place."""

from asyncio import to_thread
from dataclasses import replace
from typing import Literal

from limen.kernel.ids import new_id
from limen.kernel.vault import Keyring
from limen.oauth.keys.model import FEDERATION, Draft, place_of
from limen.platform.jose.algorithms import Alg, parse_alg
from limen.platform.jose.encryption import DecryptionKey, Family
from limen.platform.jose.keys import SigningKey

_SLOW = ("RS256", "PS256", "RSA-OAEP-256")


async def draft_key(alg: Alg | Family | Literal["federation"], keyring: Keyring) -> Draft:
    """Return a new key; an RSA key is made in a thread."""
    if alg == FEDERATION:
        return replace(seal_key(SigningKey.generate("ES256"), keyring), alg=FEDERATION)
    if alg in _SLOW:
        return seal_key(await to_thread(_generate, alg), keyring)
    return seal_key(_generate(alg), keyring)


def _generate(alg: Alg | Family) -> SigningKey | DecryptionKey:
    known = parse_alg(alg)
    if known is not None:
        return SigningKey.generate(known)
    return DecryptionKey.generate("RSA-OAEP-256" if alg == "RSA-OAEP-256" else "ECDH-ES")


def seal_key(key: SigningKey | DecryptionKey, keyring: Keyring) -> Draft:
    identifier = new_id()
    sealed = keyring.seal(place_of(identifier), key.to_pkcs8())
    if isinstance(key, SigningKey):
        return Draft(identifier, key.kid, key.alg, key.public.jwk, sealed)
    return Draft(identifier, key.kid, key.family, key.jwk, sealed)
