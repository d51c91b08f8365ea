"""What a person must still do before a code may be issued: decided from stored facts only.

No flag of the browser counts.  A fresh sign-in is a session whose last authentication is not
older than the request (R014); a choice or a consent is what the server wrote down (A013, A049).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from limen.kernel.ids import SessionId
from limen.oauth.api import Client
from limen.oauth.errors import UnmetAuthenticationRequirements
from limen.oauth.model.details import Details, covers
from limen.oauth.model.redirects import assures_identity
from limen.oauth.model.request import AuthorizationRequest
from limen.sessions.api import Browser, Session

Need = Literal["sign_in", "sign_up", "select_account", "consent", "nothing"]


@dataclass(frozen=True, slots=True)
class Pending:
    """The stored facts of a request that waits.  `since` is when it came, by the store's clock.

    `once` where the person allowed it for this request alone.
    """

    id: UUID
    since: datetime
    chosen: SessionId | None = None
    approved_by: UUID | None = None
    denied: bool = False
    once: bool = False


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a person allows a client now: one live grant.

    The digests are of the challenge and the nonce that the last code was asked with.
    """

    id: UUID
    scope: frozenset[str] = frozenset()
    resources: frozenset[str] = frozenset()
    challenge_digest: bytes | None = None
    nonce_digest: bytes | None = None
    details: Details = ()

    def covers(self, request: AuthorizationRequest) -> bool:
        asked = request.consent_scope
        return (
            self.scope.issuperset(asked)
            and self.resources.issuperset(request.resources)
            and covers(self.details, request.authorization_details)
        )


def session_for(request: AuthorizationRequest, browser: Browser | None) -> Session | None:
    """Return the session that the request is about: of the subject it names, or the chosen one."""
    if browser is None:
        return None
    if request.subject is None:
        return browser.current
    return next((s for s in browser.sessions if str(s.user) == request.subject), None)


def always_asks(request: AuthorizationRequest, client: Client) -> bool:
    """True where consent is asked each time, whatever was allowed before.

    The client asks for it, a detail of the request is for once, or anybody can pose as the
    client: an app that receives its answer by a scheme or a loopback port proves nothing (R013).
    """
    if "consent" in request.prompt or request.asks_always:
        return True
    unsure = client.type == "native" and not assures_identity(request.redirect_uri)
    return unsure and client.is_public


def next_need(
    request: AuthorizationRequest,
    *,
    client: Client,
    session: Session | None,
    allowed: Allowed | None,
    pending: Pending | None,
    now: datetime,
) -> Need:
    """Return the first thing that is missing.  Raises UnmetAuthenticationRequirements."""
    ask = "sign_up" if "create" in request.prompt else "sign_in"
    if session is None:
        return ask
    proven = pending is not None and session.authenticated_at >= pending.since
    if not proven and _must_sign_in_again(request, session, now):
        return ask
    if request.claims.acr and session.acr not in request.claims.acr:
        if proven:
            raise UnmetAuthenticationRequirements(f"acr {session.acr}")
        return "sign_in"
    chosen = pending is not None and pending.chosen == session.id
    if "select_account" in request.prompt and not (chosen or proven):
        return "select_account"
    return _consent(request, client, session, allowed, pending)


def _must_sign_in_again(request: AuthorizationRequest, session: Session, now: datetime) -> bool:
    if "login" in request.prompt or "create" in request.prompt:
        return True
    if request.acr_values and session.acr not in request.acr_values:
        return True  # once: an essential claim insists, acr_values only wish (Core §3.1.2.1)
    if request.max_age is None:
        return False
    return (now - session.authenticated_at).total_seconds() > request.max_age


def _consent(
    request: AuthorizationRequest,
    client: Client,
    session: Session,
    allowed: Allowed | None,
    pending: Pending | None,
) -> Need:
    approved = pending is not None and pending.approved_by == session.user
    if always_asks(request, client):
        return "nothing" if approved else "consent"
    if client.skip_consent:
        return "nothing"
    if allowed is None:  # withdrawn, also after it was allowed for once
        return "consent"
    once = approved and pending is not None and pending.once
    return "nothing" if once or allowed.covers(request) else "consent"
