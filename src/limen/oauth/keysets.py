"""Keys of clients and of other issuers: by value, or at an address that is read again.

An unknown `kid` makes us read the address anew, at most every 30 s, so that a rotation is
seen at once and nobody can make us ask in a loop (R017, R052).
"""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from limen.oauth.api import Client
from limen.platform.fetch import Fetcher, FetchFailed
from limen.platform.jose.foreign import (
    MAX_SIZE,
    ForeignKey,
    Unverified,
    candidates,
    check_typ,
    is_signed,
    parse_alg,
    parse_keys,
    read,
)
from limen.platform.jose.verify import InvalidToken

ACCEPT: Final = "application/jwk-set+json, application/json"
MAX_SET: Final = 256 * 1024
_PARSED: Final = 2000
Jwks = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where somebody's keys are: `jwks` as it was registered, or at `uri`."""

    jwks: Jwks | None = field(default=None, repr=False)
    uri: str | None = None


def source_of(client: Client) -> KeySource:
    """Return where the keys of a client are."""
    return KeySource(client.options.jwks, client.options.jwks_uri)


class KeySets:
    """Reads and remembers the keys of others; parsed once for as long as a set is the same."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._parsed: OrderedDict[int, tuple[Jwks, tuple[ForeignKey, ...]]] = OrderedDict()

    async def verify(
        self,
        source: KeySource,
        token: str | Unverified,
        *,
        algs: Collection[str],
        typs: Collection[str | None],
        max_size: int = MAX_SIZE,
    ) -> Mapping[str, Any]:
        """Return the claims of a token that a key of `source` has signed.

        `typs` are in lower case, without `application/`.  The claims are unchecked.  Never
        inside a transaction: it may fetch.  Raises InvalidToken, and nothing else.
        """
        unverified = read(token, max_size=max_size) if isinstance(token, str) else token
        alg = parse_alg(unverified.header, algs)
        check_typ(unverified.header, typs)
        jwks = await self.document(source)
        for newer in (False, True):
            if newer:
                renewed = await self.document(source, newer_than=jwks)
                if renewed is jwks:
                    break
                jwks = renewed
            keys = candidates(self._keys(jwks), unverified.header, alg)
            if is_signed(unverified, keys, alg):
                return unverified.claims
            if keys and unverified.header.kid is not None:
                raise InvalidToken("signature")
        raise InvalidToken("kid")

    async def document(self, source: KeySource, *, newer_than: Jwks | None = None) -> Jwks:
        """Return the JWK Set, change nothing in it.  Raises InvalidToken where there is none."""
        if source.jwks is not None:
            return source.jwks
        if source.uri is None:
            raise InvalidToken("no keys")
        try:
            return await self._fetcher.get_json_cached(
                source.uri, accept=ACCEPT, limit_bytes=MAX_SET, newer_than=newer_than
            )
        except FetchFailed as failure:
            raise InvalidToken(f"keys: {failure.reason}") from failure

    def _keys(self, jwks: Jwks) -> tuple[ForeignKey, ...]:
        known = self._parsed.get(id(jwks))
        if known is not None and known[0] is jwks:
            return known[1]
        keys = parse_keys(jwks)
        self._parsed[id(jwks)] = (jwks, keys)
        while len(self._parsed) > _PARSED:
            self._parsed.popitem(last=False)
        return keys
