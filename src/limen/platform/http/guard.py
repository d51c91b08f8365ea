"""What a route declared, enforced (architecture.md, rule 2): who, how often, how fresh."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from urllib.parse import quote
from uuid import UUID

from limen.kernel.authn import Authorizer, SessionAuthenticator
from limen.kernel.clock import Clock
from limen.kernel.errors import Forbidden, NotFound, Refusal, TooMany, Unauthenticated
from limen.kernel.request import Actor
from limen.kernel.routes import Caller, Route
from limen.platform.http import csrf
from limen.platform.http.api import path_id
from limen.platform.http.cookies import SESSION, cookie_name, open_cookie
from limen.platform.http.faces import FindOwner
from limen.platform.http.messages import Request, Response, redirect
from limen.platform.http.origin import bucket
from limen.platform.limits import Limit, Limiter


class InsufficientPermission(Forbidden):
    code = "insufficient_permission"
    hint = "Your roles, or the scope of this token, do not allow this."


class InsufficientUserAuthentication(Unauthenticated):
    """The challenge of RFC 9470 §3: what a client asks with to make the person sign in again."""

    code = "insufficient_user_authentication"
    hint = "Sign in again to do this: your last sign-in is too long ago, or not strong enough."

    def __init__(self, route: Route, *, scheme: str = "Bearer") -> None:
        super().__init__(f"needs {route.freshness} {route.acr_values}")
        parts = [f'error="{self.code}"', f'error_description="{self.hint}"']
        if route.acr_values:
            parts.append(f'acr_values="{" ".join(route.acr_values)}"')
        if route.freshness is not None:
            parts.append(f'max_age="{int(route.freshness.total_seconds())}"')
        self.challenge = f"{scheme} {', '.join(parts)}"


class SignInNeeded(Refusal):
    """A page needs a person: the answer is the way to the sign-in page."""

    code = "sign_in_needed"
    status = 303

    def __init__(self, *, again: bool = False) -> None:
        super().__init__()
        self.again = again


class BearerAuthenticator(Protocol):
    async def authenticate(self, request: Request) -> Caller:
        """Return the caller of the management API whose access token came with the request.

        Raises Unauthenticated.
        """
        ...


@dataclass(frozen=True, slots=True)
class Rates:
    """How much one caller (API) or one address (pages) may ask; bursts up to the whole."""

    read: Limit = field(default=Limit(6000, 60))
    write: Limit = field(default=Limit(1200, 60))
    credential: Limit = field(default=Limit(600, 60))


@dataclass(frozen=True, slots=True)
class Guard:
    bearer: BearerAuthenticator
    session: SessionAuthenticator
    authorizer: Authorizer
    limiter: Limiter
    clock: Clock
    rates: Rates = field(default_factory=Rates)
    owners: Mapping[str, FindOwner] = field(default_factory=dict[str, FindOwner])

    async def admit(self, request: Request) -> None:
        """Let the request in, with its caller.  Raises what the route's answer form shows."""
        route = request.route
        if route.system and not request.tenant.is_default:
            raise NotFound("served by the default tenant only")
        if route.answer != "api":
            self._open_session_cookie(request)
        if route.answer == "page":
            csrf.bind(request)
        if route.access.kind in ("bearer", "permission"):
            await self._authenticate_token(request)
        elif route.access.kind == "session":
            await self._authenticate_person(request)
        self._limit(request)
        if route.csrf == "form":
            await csrf.check(request)

    def _open_session_cookie(self, request: Request) -> None:
        value = request.cookies.get(cookie_name(request.tenant.issuer, SESSION))
        if value:
            request.browser = open_cookie(request.keyring, request.tenant, SESSION, value)

    async def _authenticate_token(self, request: Request) -> None:
        caller = await self.bearer.authenticate(request)
        self._enter(request, caller)
        await self._authorize(request, caller)
        if not self._is_proven(request.route, caller):
            raise InsufficientUserAuthentication(request.route, scheme=_scheme(request))

    async def _authorize(self, request: Request, caller: Caller) -> None:
        held = await self.authorizer.permissions(request.store, caller)
        scopes = caller.scopes or frozenset()
        request.permissions = held & scopes
        access = request.route.access
        usable = scopes if access.kind == "bearer" else request.permissions
        if access.permission not in usable:
            raise InsufficientPermission(f"needs {access.permission}")
        if request.route.manages:
            await self._check_seniority(request, caller, request.route.manages)

    async def _check_seniority(self, request: Request, caller: Caller, managed: str) -> None:
        """Refuse whom the caller may not manage; what belongs to nobody is the handler's."""
        person: UUID | None = path_id(request, managed)
        if request.route.owner is not None:
            person = await self.owners[request.route.owner](request.store, person)
        if person is not None:
            await self.authorizer.check_may_manage(request.store, caller, person)

    async def _authenticate_person(self, request: Request) -> None:
        caller = None
        if request.browser is not None:
            caller = await self.session.authenticate(request.store, request.tenant, request.browser)
        if caller is None:
            raise SignInNeeded
        self._enter(request, caller)
        if not self._is_proven(request.route, caller):
            raise SignInNeeded(again=True)

    def _enter(self, request: Request, caller: Caller) -> None:
        request.caller = caller
        if caller.user is not None:
            actor = Actor("user", caller.user)
        else:
            actor = Actor("client", caller.client)
        cause = request.cause
        request.cause = type(cause)(
            actor, cause.request_id, cause.ref, cause.ip, cause.user_agent, caller.session
        )

    def _is_proven(self, route: Route, caller: Caller) -> bool:
        """True where the person proved themselves as the route asks; a machine has no person."""
        if caller.user is None:
            return True
        if route.acr_values and caller.acr not in route.acr_values:
            return False
        return route.freshness is None or self._is_fresh(caller, route.freshness)

    def _is_fresh(self, caller: Caller, freshness: timedelta) -> bool:
        since = caller.authenticated_at
        return (
            since is not None and self.clock.now().timestamp() - since <= freshness.total_seconds()
        )

    def _limit(self, request: Request) -> None:
        rate = request.route.rate
        if rate in ("none", "token"):
            return
        limit: Limit = getattr(self.rates, rate)
        caller = request.caller
        who = (caller.user or caller.client) if caller else bucket(request.client_ip)
        key = f"{rate}:{request.tenant.id}:{who}"
        wait = self.limiter.take(key, limit)
        if request.route.answer == "api":
            left = self.limiter.remaining(key, limit)
            request.effects += [
                (b"ratelimit-policy", f'"{rate}";q={limit.count};w={limit.seconds:.0f}'.encode()),
                (b"ratelimit", f'"{rate}";r={left};t={max(1, round(limit.interval))}'.encode()),
            ]
        if wait:
            raise TooMany(f"rate {rate}", retry_after=int(wait) + 1)


def _scheme(request: Request) -> str:
    """Return the scheme that the token came with (RFC 9449 §7.1)."""
    header = request.header(b"authorization") or ""
    return "DPoP" if header[:5].lower() == "dpop " else "Bearer"


def to_sign_in(request: Request, refusal: SignInNeeded) -> Response:
    """Send a person to sign in, and back to where they were (an own path; A011)."""
    target = request.path if request.method == "GET" else "/account"
    again = "&again=1" if refusal.again else ""
    return redirect(f"{request.tenant.path}/signin?next={quote(target, safe='/')}{again}")
