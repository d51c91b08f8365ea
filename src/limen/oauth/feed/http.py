"""GET and POST /oauth2/revocations: a signed answer at once, after a wait, or a stream of them.

The cursor is sealed for its resource server: it tells nobody how much happens here, and is of
no use to another one.
"""

import asyncio
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from limen.kernel.clock import Clock
from limen.kernel.errors import Refusal, TooMany
from limen.kernel.ids import new_id
from limen.kernel.vault import CannotOpen, Place
from limen.oauth.api import Client
from limen.oauth.client_auth import ClientAuthenticator
from limen.oauth.errors import InvalidClient, InvalidRequest, UnauthorizedClient
from limen.oauth.feed.model import TYP, Server
from limen.oauth.feed.reading import Batch, Feed
from limen.oauth.feed.settings import FeedSettings
from limen.oauth.http.protocol import NO_STORE, answer_refusal, back_channel, read_form
from limen.oauth.keys.api import SigningKeys
from limen.oauth.parameters import Parameters, parse_parameters
from limen.platform.http.messages import Request, Response
from limen.platform.jose import base64url
from limen.platform.jose.sign import sign

JWT: Final = b"application/revocations+jwt"
STREAM: Final = b"text/event-stream"
_BEAT: Final = 10.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationsEndpoint:
    authenticator: ClientAuthenticator
    feed: Feed
    keys: SigningKeys
    clock: Clock
    settings: FeedSettings
    waiting: Counter[UUID] = field(default_factory=Counter[UUID])

    async def __call__(self, request: Request) -> Response:
        try:
            return await self._respond(request)
        except Refusal as refusal:
            return answer_refusal(request, refusal)

    async def _respond(self, request: Request) -> Response:
        """Raises InvalidClient, UnauthorizedClient, InvalidRequest, TooMany."""
        sent, form = await _parameters(request)
        client = await self.authenticator.authenticate(back_channel(request, form))
        check(client)
        streams = STREAM.decode() in (request.header(b"accept") or "").lower()
        cursor = sent.get("cursor") or (request.header(b"last-event-id") if streams else None)
        after = self._after(request, client, cursor)
        if streams:
            self._check_place(client)
            stream = self._stream(request, client, after)
            return Response(200, b"", STREAM, list(NO_STORE), stream=stream)
        batch = await self._wait(request, client, after, self._seconds(sent.get("wait")))
        return Response(200, await self._signed(request, client, batch), JWT, list(NO_STORE))

    def _seconds(self, wait: str | None) -> float:
        if wait is None:
            return 0.0
        if not wait.isdecimal() or not wait.isascii() or len(wait) > 4:
            raise InvalidRequest("wait", hint="wait is a number of seconds.")
        return min(float(wait), self.settings.longest_wait.total_seconds())

    def _check_place(self, client: Client) -> None:
        if self.waiting[client.id] >= self.settings.waiting_per_client:
            raise TooMany("waiting", retry_after=1)

    def _take_place(self, client: Client) -> None:
        self._check_place(client)
        self.waiting[client.id] += 1

    async def _wait(
        self, request: Request, client: Client, after: int | None, seconds: float
    ) -> Batch:
        """Return what is new, or nothing new after so many seconds."""
        batch = await self._read(request, client, after)
        if batch.entries or not batch.is_complete or not seconds:
            return batch
        self._take_place(client)
        try:
            async for found in self._news(request, client, batch.seq, seconds):
                if found is not None and (found.entries or not found.is_complete):
                    return found
                batch = found or batch
        finally:
            self.waiting[client.id] -= 1
        return batch

    async def _news(
        self, request: Request, client: Client, after: int, seconds: float
    ) -> AsyncIterator[Batch | None]:
        """Look again and again; None where nothing happened at all.

        Raises InvalidClient once the resource server may not act any more.
        """
        step = self.settings.poll_every.total_seconds()
        for _ in range(int(seconds / step)):
            await asyncio.sleep(step)
            if not await self.feed.is_news(request.store, after):
                yield None
                continue
            batch = await self._read(request, client, after)
            after = batch.seq
            yield batch

    async def _stream(
        self, request: Request, client: Client, after: int | None
    ) -> AsyncGenerator[bytes]:
        """Say at once what is new, then what happens; end when the client may not act any more."""
        step, quiet = self.settings.poll_every.total_seconds(), 0.0
        self.waiting[client.id] += 1  # here: what is never begun gives no place back
        try:
            batch = await self._read(request, client, after)
            yield await self._event(request, client, batch)
            while not batch.is_complete:
                batch = await self._read(request, client, batch.seq)
                yield await self._event(request, client, batch)
            longest = self.settings.longest_wait.total_seconds()
            async for found in self._news(request, client, batch.seq, longest):
                quiet += step
                if found is not None and found.entries:
                    yield await self._event(request, client, found)
                    quiet = 0.0
                elif quiet >= _BEAT:
                    await self._server(request, client)
                    yield b":\n\n"
                    quiet = 0.0
        except Refusal:
            return
        finally:
            self.waiting[client.id] -= 1

    async def _event(self, request: Request, client: Client, batch: Batch) -> bytes:
        cursor = await self._cursor(request, client, batch.seq)
        data = await self._signed(request, client, batch)
        return b"id: %b\nevent: revocations\ndata: %b\n\n" % (cursor.encode(), data)

    async def _read(self, request: Request, client: Client, after: int | None) -> Batch:
        return await self.feed.read(request.store, await self._server(request, client), after)

    async def _server(self, request: Request, client: Client) -> Server:
        """Return the resource server as it is now.  Raises InvalidClient (A033)."""
        record = await self.feed.directory.client_by_id(request.store, client.id)
        if record is None or not record.client.enabled:
            raise InvalidClient("disabled meanwhile", reason="client_disabled")
        check(record.client)
        return await self.feed.server(request.store, request.tenant, record.client)

    async def _signed(self, request: Request, client: Client, batch: Batch) -> bytes:
        content: dict[str, object] = {
            "iss": request.tenant.issuer,
            "aud": client.client_id,
            "iat": int(self.clock.now().timestamp()),
            "jti": str(new_id()),
            "as_of": batch.as_of,
            "cursor": await self._cursor(request, client, batch.seq),
            "more": not batch.is_complete,
            "revocations": batch.entries,
        }
        alg = client.options.introspection_signed_response_alg or client.id_token_alg
        return sign(await self.keys.signing(request.store, alg), TYP, content).encode()

    async def _cursor(self, request: Request, client: Client, seq: int) -> str:
        sealed = request.keyring.seal(_place(client), str(seq).encode())
        return urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def _after(self, request: Request, client: Client, cursor: str | None) -> int | None:
        if cursor is None:
            return None
        try:
            sealed = base64url.decode(cursor.encode())
            return int(request.keyring.open(_place(client), sealed))
        except (CannotOpen, ValueError) as error:
            hint = "This cursor is none of this feed. Begin without one."
            raise InvalidRequest("cursor", hint=hint) from error


def check(client: Client) -> None:
    """Raise UnauthorizedClient for whoever is no resource server."""
    if client.is_public or not client.audiences:
        raise UnauthorizedClient("no audiences", hint="This client is no resource server.")


def _place(client: Client) -> Place:
    return Place("revocations", "cursor", client.id)


async def _parameters(request: Request) -> tuple[Parameters, Parameters]:
    """Return the parameters, and those that may prove the client: never the query's (R054)."""
    if request.method == "GET":
        return parse_parameters(request.raw_query), Parameters({})
    form = await read_form(request) if await request.body() else Parameters({})
    return form, form
