"""A tenant's keys in memory: who signs and what verifies, at any moment, without a read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import msgspec

from limen.kernel.vault import Keyring
from limen.oauth.keys.api import KeySet
from limen.oauth.keys.errors import NoSigningKey
from limen.oauth.keys.model import FEDERATION, Key, is_over, place_of, signing, waiting
from limen.oauth.keys.ports import Stored
from limen.platform.jose.algorithms import Alg, parse_alg
from limen.platform.jose.encryption import DecryptionKey, family_of
from limen.platform.jose.keys import SigningKey, VerifyingKey


@dataclass(frozen=True, slots=True)
class _View:
    """What holds from `begins` until `ends`: in between no key changes its part."""

    begins: datetime
    ends: datetime | None
    signing: dict[str, Stored]
    published: KeySet
    federation: KeySet
    encrypted_to: tuple[Stored, ...]
    is_due: bool


class KeySnapshot:
    """The keys as they were read; time alone moves what it answers.

    Private keys are opened when they first sign, and kept as long as the snapshot.
    """

    def __init__(self, stored: Sequence[Stored], keyring: Keyring) -> None:
        self._stored = stored
        self._keyring = keyring
        self._opened: dict[str, SigningKey] = {}
        self._decrypting: dict[str, DecryptionKey] = {}
        self._view: _View | None = None

    def signing(self, alg: str, now: datetime) -> SigningKey:
        """Raises NoSigningKey."""
        stored = self._at(now).signing.get(alg)
        if stored is None:
            raise NoSigningKey(f"no key signs with {alg}")
        opened = self._opened.get(stored.key.kid)
        if opened is None:
            der = self._keyring.open(place_of(stored.key.id), stored.private_sealed)
            opened = self._opened[stored.key.kid] = SigningKey.from_pkcs8(_alg(stored.key), der)
        return opened

    def published(self, now: datetime) -> KeySet:
        return self._at(now).published

    def federation(self, now: datetime) -> KeySet:
        return self._at(now).federation

    def decrypting(self, now: datetime) -> dict[str, DecryptionKey]:
        """Return every published key that others encrypt to, waiting and retired ones too."""
        return {stored.key.kid: self._decrypts(stored) for stored in self._at(now).encrypted_to}

    def _decrypts(self, stored: Stored) -> DecryptionKey:
        opened = self._decrypting.get(stored.key.kid)
        if opened is None:
            der = self._keyring.open(place_of(stored.key.id), stored.private_sealed)
            opened = self._decrypting[stored.key.kid] = DecryptionKey.from_pkcs8(der)
        return opened

    def is_due(self, now: datetime) -> bool:
        """True where a chain has no next key, or a key that is over is still stored."""
        return self._at(now).is_due

    def _at(self, now: datetime) -> _View:
        view = self._view
        if view is None or now < view.begins or (view.ends is not None and now >= view.ends):
            view = self._view = self._look(now)
        return view

    def _look(self, now: datetime) -> _View:
        keys = [stored.key for stored in self._stored]
        by_id = {stored.key.id: stored for stored in self._stored}
        signs: dict[str, Stored] = {}
        is_due = any(is_over(key, now) for key in keys)
        for alg in dict.fromkeys(key.alg for key in keys):
            chain = [key for key in keys if key.alg == alg]
            next_ones = waiting(chain, now)
            is_due |= not next_ones
            current = signing(chain, now) or next(iter(next_ones), None)  # our clock is behind
            if current is not None:
                signs[alg] = by_id[current.id]
        moments = [at for key in keys for at in (key.active_at, key.expires_at) if at and at > now]
        published = [key for key in keys if key.is_published(now) and key.alg != FEDERATION]
        federal = [key for key in keys if key.is_published(now) and key.alg == FEDERATION]
        encrypted_to = tuple(by_id[key.id] for key in published if family_of(key.alg))
        ends = min(moments, default=None)
        return _View(
            begins=now,
            ends=ends,
            signing=signs,
            published=key_set(published),
            federation=key_set(federal),
            encrypted_to=encrypted_to,
            is_due=is_due,
        )


def key_set(keys: Sequence[Key]) -> KeySet:
    """Return the keys that verify, and all as a JWKS document (RFC 7517 §5)."""
    encrypted_to = [key.jwk for key in keys if family_of(key.alg)]
    ours = (key for key in keys if not family_of(key.alg))
    verifying = {key.kid: VerifyingKey.from_jwk(key.jwk) for key in ours}
    jwks = msgspec.json.encode({"keys": [*(k.jwk for k in verifying.values()), *encrypted_to]})
    return KeySet(verifying, jwks, f'"{sha256(jwks).hexdigest()[:32]}"')


def _alg(key: Key) -> Alg:
    alg = parse_alg("ES256" if key.alg == FEDERATION else key.alg)
    if alg is None:
        raise NoSigningKey(f"this release does not know {key.alg}")
    return alg
