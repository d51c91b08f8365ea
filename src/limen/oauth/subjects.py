"""What a client knows a person and a session by (OpenID Connect Core §8).

A pairwise subject is the person's id, encrypted under the tenant's key and bound to the
client's sector with AES-SIV: always the same for one sector, of no relation to that of another
one, never the same for two people, and readable for us alone.  A session is known by a
pairwise name too, since `sid` would otherwise tell two sectors that they share a person.
"""

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from typing import Final
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from limen.kernel.ids import parse_id
from limen.kernel.uow import Reader
from limen.kernel.vault import CannotOpen, Keyring, Place, Vault
from limen.oauth.api import Client
from limen.oauth.model.own import Own
from limen.oauth.model.sectors import is_pairwise, sector_of
from limen.platform.jose import base64url
from limen.sessions.api import Session

_SIZE: Final = 43
_own_decoder = msgspec.json.Decoder(Own)


class Subjects:
    """The one place that makes a `sub` and a `sid`."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def of(self, reader: Reader, client: Client, user: UUID) -> str:
        """Return the `sub` of a person for a client."""
        if not is_pairwise(client):
            return str(user)
        cipher = _cipher(await self._vault.keyring(reader))
        return _text(cipher.encrypt(user.bytes, [sector_of(client).encode()]))

    async def find(self, reader: Reader, client: Client, subject: str) -> UUID | None:
        """Return whom a client means by a `sub`, None for what is none of this client's."""
        if not is_pairwise(client):
            return parse_id(subject)
        if len(subject) != _SIZE or not subject.isascii():
            return None
        cipher = _cipher(await self._vault.keyring(reader))
        try:
            sealed = base64url.decode(subject.encode())
            return UUID(bytes=cipher.decrypt(sealed, [sector_of(client).encode()]))
        except (InvalidTag, ValueError):
            return None

    async def session(self, reader: Reader, client: Client, session: UUID) -> UUID:
        """Return the `sid` of a session for a client."""
        if not is_pairwise(client):
            return session
        keyring = await self._vault.keyring(reader)
        message = b"\0".join((sector_of(client).encode(), session.bytes))
        return UUID(bytes=keyring.mac("oauth.pairwise.session", message)[:16], version=4)

    async def find_session(
        self, reader: Reader, client: Client, sid: str | UUID | None, sessions: Iterable[Session]
    ) -> Session | None:
        """Return the one of `sessions` that a client calls `sid`."""
        for session in sessions if sid is not None else ():
            if str(await self.session(reader, client, session.id)) == str(sid):
                return session
        return None

    async def seal(self, reader: Reader, token: UUID, own: Own) -> str:
        """Return what the token `token` rests on, readable for us alone, different each time."""
        keyring = await self._vault.keyring(reader)
        return _text(keyring.seal(_place(token), msgspec.json.encode(own)))

    async def open(self, reader: Reader, token: UUID, sealed: str) -> Own | None:
        keyring = await self._vault.keyring(reader)
        try:
            return _own_decoder.decode(
                keyring.open(_place(token), base64url.decode(sealed.encode()))
            )
        except (CannotOpen, ValueError, msgspec.DecodeError):
            return None


def _place(token: UUID) -> Place:
    return Place("access_tokens", "own", token)


def _cipher(keyring: Keyring) -> AESSIV:
    return AESSIV(keyring.mac("oauth.pairwise.subject", b""))


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
