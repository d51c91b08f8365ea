"""Finding a trust chain: upwards by authority hints, until an anchor that is trusted (§10.1).

Everything is asked by others' word, so everything is bounded: how many statements, how far,
how long, how large; each address goes through the one SSRF-safe client (R135, A117).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import urlencode

from limen.kernel.clock import Clock
from limen.oauth.federation.errors import NoTrust
from limen.oauth.federation.model.chains import Chain, build_chain
from limen.oauth.federation.model.entities import FEDERATION_ENTITY, configuration_url, is_entity
from limen.oauth.federation.model.statements import (
    MAX_SIZE,
    MEDIA_TYPE,
    Jwks,
    Signed,
    check_signed,
    read_statement,
)
from limen.oauth.federation.settings import FederationSettings
from limen.platform.fetch import Fetcher, FetchFailed
from limen.platform.jose.verify import InvalidToken

MAX_DEPTH: Final = 6  # superiors above the subject
MAX_BREADTH: Final = 8  # authority hints of one entity that are followed
MAX_STEPS: Final = 100
_GONE: Final = (400, 403, 404, 410)
Anchors = Mapping[str, Jwks]


class Own(Protocol):
    """What we say ourselves: nobody asks itself over the network."""

    @property
    def entity(self) -> str: ...
    async def configuration(self) -> str: ...
    async def subordinate(self, entity: str) -> str | None: ...


@dataclass(slots=True)
class _Search:
    """One search, with what it has found out and used up."""

    anchors: Anchors
    own: Own | None
    fetches: int
    steps: int = 0
    reason: str = "no anchor"
    is_final: bool = True
    configurations: dict[str, Signed | None] = field(default_factory=dict[str, Signed | None])

    def note(self, reason: str, *, is_final: bool = True) -> None:
        self.reason, self.is_final = reason, self.is_final and is_final


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    fetcher: Fetcher
    clock: Clock
    settings: FederationSettings
    dev: bool

    async def chain(
        self, entity: str, anchors: Anchors, *, own: Own | None, leaf: str | None = None
    ) -> Chain:
        """Return a chain from the entity to one of the anchors.  Raises NoTrust.

        `leaf` is what the entity says of itself, where it was handed in (§12.2).  Never inside
        a transaction.
        """
        search = _Search(anchors, own, self.settings.max_fetches)
        try:
            async with asyncio.timeout(self.settings.timeout.total_seconds()):
                subject = await self._subject(search, entity, leaf)
                found = await self._climb(search, subject, ())
        except TimeoutError as error:
            raise NoTrust("timeout", is_final=False) from error
        if found is None:
            raise NoTrust(search.reason, is_final=search.is_final)
        return found

    async def _subject(self, search: _Search, entity: str, leaf: str | None) -> Signed:
        if leaf is not None:
            signed = self._read(search, leaf, entity, entity)
        else:
            signed = await self._configuration(search, entity)
        if signed is None:
            raise NoTrust(search.reason, is_final=search.is_final)
        return signed

    async def _climb(self, search: _Search, at: Signed, below: tuple[Signed, ...]) -> Chain | None:
        """Return the chain through the entity that `at` is of; `below` is the way to it."""
        entity = at.says.sub
        search.steps += 1
        if search.steps > MAX_STEPS:
            search.note("steps")
            return None
        if entity in search.anchors and (found := self._built(search, (*below, at), entity)):
            return found
        if len(below) > MAX_DEPTH:
            search.note("depth")
            return None
        passed = {entity, *(one.says.iss for one in below)}
        hints = at.says.authority_hints or ()
        for hint in sorted(hints, key=lambda hint: hint not in search.anchors)[:MAX_BREADTH]:
            if hint in passed:
                search.note("loop")
                continue
            superior = await self._configuration(search, hint)
            about = await self._statement(search, superior, at) if superior else None
            if superior is None or about is None:
                continue
            found = await self._climb(search, superior, (*(below or (at,)), about))
            if found is not None:
                return found
        return None

    def _built(self, search: _Search, statements: tuple[Signed, ...], anchor: str) -> Chain | None:
        try:
            return build_chain(statements, anchor, search.anchors[anchor])
        except InvalidToken as error:
            search.note(error.reason)
            return None

    async def _configuration(self, search: _Search, entity: str) -> Signed | None:
        """Return what an entity says of itself, signed by itself; asked for once a search."""
        if entity not in search.configurations:
            search.configurations[entity] = await self._asked_configuration(search, entity)
        return search.configurations[entity]

    async def _asked_configuration(self, search: _Search, entity: str) -> Signed | None:
        if search.own is not None and entity == search.own.entity:
            return self._read(search, await search.own.configuration(), entity, entity)
        if not is_entity(entity, dev=self.dev):
            search.note("entity")
            return None
        token = await self._fetch(search, configuration_url(entity))
        return self._read(search, token, entity, entity) if token is not None else None

    async def _statement(self, search: _Search, superior: Signed, at: Signed) -> Signed | None:
        """Return what a superior says of an entity; its keys must be those of the entity."""
        issuer, subject = superior.says.sub, at.says.sub
        if search.own is not None and issuer == search.own.entity:
            token = await search.own.subordinate(subject)
            if token is None:
                search.note("not a subordinate")
        else:
            address = superior.says.metadata.get(FEDERATION_ENTITY, {}).get(
                "federation_fetch_endpoint"
            )
            if not isinstance(address, str) or len(address) > 2048 or "#" in address:
                search.note("fetch endpoint")
                return None
            joint = "&" if "?" in address else "?"
            token = await self._fetch(search, address + joint + urlencode({"sub": subject}))
        if token is None:
            return None
        found = self._read(search, token, issuer, subject)
        if found is None or not self._is_signed(search, found, superior.says.jwks):
            return None
        return found if self._is_signed(search, at, found.says.jwks) else None

    async def _fetch(self, search: _Search, url: str) -> str | None:
        """Return the statement at an address, None where there is none or none can be had."""
        if search.fetches <= 0:
            search.note("fetches", is_final=False)
            return None
        search.fetches -= 1
        try:
            answer = await self.fetcher.get(url, accept=MEDIA_TYPE, limit_bytes=MAX_SIZE)
        except FetchFailed as failure:
            # An address that we never ask, or too much of an answer, will not get better.
            is_final = failure.reason in ("url", "address", "too_large", "encoding")
            search.note(f"fetch: {failure.reason}", is_final=is_final)
            return None
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if answer.status != 200:
            search.note(f"status: {answer.status}", is_final=answer.status in _GONE)
            return None
        if kind != MEDIA_TYPE or not answer.body.isascii():
            search.note("content type")
            return None
        return answer.body.decode("ascii").strip()

    def _read(self, search: _Search, token: str, issuer: str, subject: str) -> Signed | None:
        """Return a statement of these two; one of an entity about itself is signed by itself."""
        try:
            signed = read_statement(token, self.clock.now().timestamp())
            if issuer == subject:
                check_signed(signed.unverified, signed.says.jwks)
        except InvalidToken as error:
            search.note(error.reason)
            return None
        if signed.says.iss != issuer or signed.says.sub != subject:
            search.note("iss or sub")
            return None
        return signed

    def _is_signed(self, search: _Search, signed: Signed, keys: Jwks) -> bool:
        try:
            check_signed(signed.unverified, keys)
        except InvalidToken as error:
            search.note(error.reason)
            return False
        return True
