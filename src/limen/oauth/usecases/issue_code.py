"""End an authorization request with a code (OAuth 2.1 §4.1.2)."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from limen.kernel.events import Fact, Recorder
from limen.kernel.ids import UserId, new_id
from limen.kernel.one_time import OneTime
from limen.kernel.request import Cause
from limen.kernel.uow import Store, Tx, UniqueConflict
from limen.oauth.api import CODE_ISSUED, Client
from limen.oauth.errors import InteractionEnded
from limen.oauth.model.interaction import Allowed, Pending
from limen.oauth.model.request import AuthorizationRequest, CodePayload
from limen.oauth.ports import GrantStore, InteractionStore
from limen.oauth.usecases.allow import allow
from limen.platform.crypto import digest_of, equal, new_secret
from limen.sessions.api import Session

KIND = "authorization_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A request with nothing missing: who asks, for whom, and what they allowed until now.

    `pending` is what waited, None where the person was not asked at all.
    """

    request: AuthorizationRequest
    client: Client
    session: Session
    allowed: Allowed | None
    pending: Pending | None


async def issue_code(
    store: Store,
    asking: Asking,
    *,
    cause: Cause,
    lifetime: timedelta,
    grants: GrantStore,
    interactions: InteractionStore,
    one_time: OneTime,
    recorder: Recorder,
) -> str:
    """Return a code bound to everything it stands for (R023); only its hash is kept (R025).

    A waiting request ends with it, for exactly one caller: others get InteractionEnded.
    """
    code, token = new_secret(), new_id()
    session, pending = asking.session, asking.pending

    async def work(tx: Tx) -> None:
        if pending is not None and not await interactions.end(tx, pending.id):
            raise InteractionEnded("ended by another request")
        grant = await _grant(tx, asking, grants)
        payload = _payload(asking.request, session, grant=grant, token=token)
        await one_time.issue(
            tx, KIND, payload, lifetime=lifetime, secret=code, subject=session.user
        )
        await recorder.record(tx, await _mark(tx, asking, grant, grants), cause)

    try:
        await store.transact(work)
    except UniqueConflict:  # another unit made the grant: it is there now
        await store.transact(work)
    return code


async def _grant(tx: Tx, asking: Asking, grants: GrantStore) -> UUID:
    """Return the grant that the code rests on; a client that asks nobody gets it here."""
    request, allowed = asking.request, asking.allowed
    if allowed is not None and allowed.covers(request):
        return allowed.id
    user, client = asking.session.user, asking.client.id
    remember = asking.pending is None or not asking.pending.once
    return await allow(tx, request, user=user, client=client, grants=grants, remember=remember)


async def _mark(tx: Tx, asking: Asking, grant: UUID, grants: GrantStore) -> Fact:
    """Note challenge and nonce; the fact says where they are those of the code before (R026)."""
    request = asking.request
    challenge = digest_of(request.challenge)
    nonce = digest_of(request.nonce) if request.nonce else None
    await grants.mark(tx, grant, challenge=challenge, nonce=nonce)
    data: dict[str, object] = {"scope": request.scope, "grant": str(grant)}
    if asking.allowed is not None and (repeated := _repeated(asking.allowed, challenge, nonce)):
        data["repeated"] = repeated
    person = UserId(asking.session.user)
    return CODE_ISSUED(("client", asking.client.id), data=data, person=person)


def _repeated(last: Allowed, challenge: bytes, nonce: bytes | None) -> list[str]:
    """Return what a client uses again that must differ in each transaction (RFC 9700 §2.1.1)."""
    pairs = (
        ("challenge", last.challenge_digest, challenge),
        ("nonce", last.nonce_digest, nonce),
    )
    return [name for name, before, now in pairs if before and now and equal(before, now)]


def _payload(
    request: AuthorizationRequest, session: Session, *, grant: UUID, token: UUID
) -> CodePayload:
    return CodePayload(
        client=request.client,
        redirect_uri=request.redirect_uri,
        challenge=request.challenge,
        user=session.user,
        session=session.id,
        grant=grant,
        token=token,
        scope=request.scope,
        auth_time=int(session.authenticated_at.timestamp()),
        acr=session.acr,
        amr=session.amr,
        resources=request.resources,
        nonce=request.nonce,
        claims=request.claims,
        dpop_jkt=request.dpop_jkt,
        authorization_details=request.authorization_details,
    )
