"""What every protocol endpoint does alike: read strictly, answer and refuse in its RFC's form."""

from dataclasses import dataclass
from typing import Final

import msgspec

from limen.kernel.errors import Refusal, TooMany, Unavailable
from limen.kernel.events import EventType, Recorder
from limen.kernel.request import Actor, Cause
from limen.kernel.uow import Tx
from limen.oauth.api import Client
from limen.oauth.client_auth import BackChannel
from limen.oauth.errors import InvalidRequest, OAuthRefusal
from limen.oauth.parameters import Parameters, parse_parameters
from limen.platform.http.messages import Request, Response
from limen.platform.limits import Limit, Limiter

JSON: Final = b"application/json"
NO_STORE: Final = [(b"cache-control", b"no-store")]
_WRITTEN_DOWN: Final = Limit(30, 60)
_FORM: Final = "application/x-www-form-urlencoded"


async def read_form(request: Request) -> Parameters:
    """Return the parameters of the body alone; the query is never looked at (R054).

    Raises InvalidRequest for anything but a well-formed form.
    """
    kind = request.header(b"content-type") or ""
    if kind.split(";", 1)[0].strip().lower() != _FORM:
        raise InvalidRequest(f"content type {kind[:80]!r}", hint=f"Send {_FORM}.")
    return parse_parameters(await request.body())


def authorization_of(request: Request) -> str | None:
    """Return the Authorization header.  Raises InvalidRequest if it is repeated."""
    try:
        return request.header(b"authorization")
    except Refusal as error:
        raise InvalidRequest("Authorization repeated") from error


def back_channel(request: Request, parameters: Parameters) -> BackChannel:
    """Return what client authentication looks at.  Raises InvalidRequest."""
    return BackChannel(
        store=request.store,
        tenant=request.tenant,
        cause=request.cause,
        form=parameters.values,
        authorization=authorization_of(request),
        certificate=request.certificate,
        chain=request.chain,
        endpoint=request.path,
        header=request.header,
    )


def as_client(cause: Cause, client: Client) -> Cause:
    """Return the cause with the authenticated client as its actor (R117)."""
    actor = Actor("client", client.id)
    return Cause(actor, cause.request_id, cause.ref, cause.ip, cause.user_agent, cause.session_id)


def answer_refusal(request: Request, refusal: Refusal) -> Response:
    """Answer RFC 6749 §5.2; a failed Basic authentication is challenged for Basic (§5.2)."""
    headers = list(NO_STORE)
    if isinstance(refusal, TooMany | Unavailable):
        headers.append((b"retry-after", b"%d" % max(1, refusal.retry_after)))
        body = {"error": "temporarily_unavailable", "error_description": refusal.shown}
        return Response(refusal.status, msgspec.json.encode(body), JSON, headers)
    if not isinstance(refusal, OAuthRefusal):
        # The door knows the statuses of its own refusals (too large, malformed).
        body = {"error": "invalid_request", "error_description": refusal.shown}
        return Response(refusal.status, msgspec.json.encode(body), JSON, headers)
    if refusal.status == 401 and _tried_basic(request):
        realm = f'Basic realm="{request.tenant.issuer}", charset="UTF-8"'
        headers.append((b"www-authenticate", realm.encode()))
    return Response(refusal.status, msgspec.json.encode(refusal.as_oauth()), JSON, headers)


def _tried_basic(request: Request) -> bool:
    try:
        return request.header(b"authorization") is not None
    except Refusal:  # repeated: it was tried, and more than once
        return True


@dataclass(slots=True)
class Progress:
    """How far a request came, for the fact of its refusal: its client, or what it says it is."""

    client: Client | str | None = None


@dataclass(frozen=True, slots=True)
class RefusalLog:
    """Keeps refusals as facts in units of their own, at most a few a client and minute.

    What is over the limit was refused all the same, and is only not written down (R154).
    """

    recorder: Recorder
    limiter: Limiter

    async def answer(
        self, request: Request, event: EventType, refusal: Refusal, progress: Progress
    ) -> Response:
        """Answer a refusal, and keep it as a fact where it is not one that clients always meet."""
        if not isinstance(refusal, OAuthRefusal):
            await self.note(request, event, refusal.code, client=progress.client)
        elif not refusal.is_usual:
            await self.note(request, event, refusal.reason, client=progress.client)
        return answer_refusal(request, refusal)

    async def note(
        self, request: Request, event: EventType, reason: str, *, client: Client | str | None
    ) -> None:
        """Record the refusal of a request of `client`; a text is only what it calls itself."""
        known = client if isinstance(client, Client) else None
        who = known.client_id if known else request.client_ip
        if self.limiter.take(f"{event.name}:{request.tenant.id}:{who}", _WRITTEN_DOWN):
            return
        target = ("client", known.id) if known else None
        claimed = client[:100] if isinstance(client, str) else None
        fact = event(target, data={"client_id": claimed} if claimed else {}, reason=reason)
        cause = as_client(request.cause, known) if known else request.cause

        async def work(tx: Tx) -> None:
            await self.recorder.record(tx, fact, cause)

        try:
            await request.store.transact(work)
        except Unavailable:
            return  # it was refused all the same; the store will be missed elsewhere
