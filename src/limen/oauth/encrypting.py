"""Answers that only their client can read: encrypted to the keys that it registered.

A signed token is nested, JSON is encrypted as it is.  Nothing ever falls back to a readable
answer: a client without a fitting key gets none.
"""

from typing import Literal

from limen.oauth.api import Client
from limen.oauth.errors import CannotEncrypt
from limen.oauth.keysets import KeySets, source_of
from limen.platform.jose.encryption import encrypt_for
from limen.platform.jose.keys import UnusableKey
from limen.platform.jose.verify import InvalidToken

Kind = Literal["id_token", "userinfo", "introspection", "authorization"]


class Encrypter:
    def __init__(self, keysets: KeySets) -> None:
        self._keysets = keysets

    async def check(self, client: Client, kind: Kind) -> None:
        """Raise CannotEncrypt where it would be raised later: before anything is used up.

        Never inside a unit: it may fetch, and so may `seal`.
        """
        if is_encrypted_for(client, kind):
            await self.seal(client, kind, "{}")

    async def seal(
        self, client: Client, kind: Kind, content: str, *, cty: str | None = "JWT"
    ) -> str:
        """Return `content` as the client wants it.  Raises CannotEncrypt."""
        alg = _option(client, kind, "alg")
        if alg is None:
            return content
        try:
            jwks = await self._keysets.document(source_of(client))
            return encrypt_for(jwks, alg, _option(client, kind, "enc"), content, cty=cty)
        except (InvalidToken, UnusableKey) as error:
            raise CannotEncrypt(f"{kind}: {error}", reason="no_key_to_encrypt_to") from error


def is_encrypted_for(client: Client, kind: Kind) -> bool:
    return _option(client, kind, "alg") is not None


def _option(client: Client, kind: Kind, part: Literal["alg", "enc"]) -> str | None:
    found: str | None = getattr(client.options, f"{kind}_encrypted_response_{part}")
    return found
