"""`api.Interactions`: the hosted pages' view of authorization requests that wait."""

from dataclasses import dataclass, replace

from limen.kernel.clock import Clock
from limen.kernel.errors import NotFound
from limen.kernel.events import Recorder
from limen.kernel.ids import SessionId, UserId
from limen.kernel.request import Actor, Cause
from limen.kernel.standing import Gate
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader, Store, Tx, UniqueConflict
from limen.oauth.api import CONSENT_GIVEN, CONSENT_REFUSED, Client, Interaction
from limen.oauth.directory import Directory
from limen.oauth.errors import InteractionEnded, UnmetAuthenticationRequirements
from limen.oauth.model.details import text_of
from limen.oauth.model.interaction import Need, Pending, always_asks
from limen.oauth.model.redirects import origin_of
from limen.oauth.model.request import AuthorizationRequest
from limen.oauth.ports import GrantStore, InteractionStore
from limen.oauth.usecases.allow import allow
from limen.oauth.usecases.judge_request import Judgement, judge_request
from limen.platform.crypto import digest_of
from limen.sessions.api import Session, Sessions

CONTINUE = "/oauth2/authorize/continue"


def continue_to(tenant: Tenant, handle: str) -> str:
    return f"{tenant.path}{CONTINUE}?flow={handle}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits, as the store has it, with its client as it is now."""

    pending: Pending
    request: AuthorizationRequest
    client: Client


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredInteractions:
    interactions: InteractionStore
    directory: Directory
    sessions: Sessions
    grants: GrantStore
    gate: Gate
    recorder: Recorder
    clock: Clock

    async def open(self, reader: Reader, handle: str, binding: str | None) -> Waiting | None:
        """Return what waits under `handle` in this browser, None for everything else."""
        if not binding or not handle or len(handle) > 200:
            return None
        found = await self.interactions.find(
            reader, handle=digest_of(handle), binding=digest_of(binding)
        )
        if found is None:
            return None
        pending, request = found
        record = await self.directory.client_by_id(reader, request.client)
        if record is None or not record.client.enabled:
            return None
        return Waiting(pending, request, record.client)

    async def judge(self, reader: Reader, waiting: Waiting, browser: str | None) -> Judgement:
        return await judge_request(
            reader,
            waiting.request,
            client=waiting.client,
            browser=browser,
            pending=waiting.pending,
            sessions=self.sessions,
            grants=self.grants,
            gate=self.gate,
            clock=self.clock,
        )

    async def find(
        self, store: Store, tenant: Tenant, handle: str, *, browser: str | None, binding: str | None
    ) -> Interaction | None:
        """Return it while it is pending and this browser's; None otherwise."""
        waiting = await self.open(store, handle, binding)
        if waiting is None:
            return None
        request = waiting.request
        catalog = await self.directory.catalog(store)
        return Interaction(
            handle=handle,
            client=waiting.client,
            needs=await self._need(store, waiting, browser),
            login_hint=request.login_hint,
            ui_locales=request.ui_locales,
            scopes=tuple(catalog.text_of(s, request.resources) for s in request.consent_scope),
            resources=request.resources,
            continue_to=continue_to(tenant, handle),
            form_action=origin_of(request.redirect_uri),
            details=tuple(
                text_of(detail, catalog, request.resources)
                for detail in request.authorization_details
            ),
            asks_always=always_asks(request, waiting.client),
        )

    async def _need(self, store: Store, waiting: Waiting, browser: str | None) -> Need:
        if waiting.pending.denied:
            return "nothing"
        try:
            return (await self.judge(store, waiting, browser)).need
        except UnmetAuthenticationRequirements:
            return "nothing"  # the client is told when the request goes on

    async def approve(
        self,
        store: Store,
        tenant: Tenant,
        handle: str,
        *,
        browser: str | None,
        binding: str | None,
        cause: Cause,
        remember: bool = True,
    ) -> str:
        """Write down the consent of the browser's current person; return where to continue.

        Without `remember` it holds for this request alone, and the next one asks again.

        Where something else comes first (the person signed out meanwhile), nothing is
        remembered, and going on says what is needed.  Raises InteractionEnded.
        """
        waiting = await self._get(store, handle, binding)
        judged = await self.judge(store, waiting, browser)
        if judged.need == "consent" and judged.session is not None:
            try:
                await self._allow(store, waiting, judged.session, cause, remember=remember)
            except UniqueConflict:  # another tab made the grant: it is there now
                await self._allow(store, waiting, judged.session, cause, remember=remember)
        return continue_to(tenant, handle)

    async def _allow(
        self, store: Store, waiting: Waiting, session: Session, cause: Cause, *, remember: bool
    ) -> None:
        request, client = waiting.request, waiting.client

        async def work(tx: Tx) -> None:
            pending = waiting.pending.id
            if not await self.interactions.approve(tx, pending, session.user, once=not remember):
                raise InteractionEnded("decided already")
            grant = await allow(
                tx,
                request,
                user=session.user,
                client=client.id,
                grants=self.grants,
                remember=remember,
            )
            fact = CONSENT_GIVEN(
                ("client", client.id),
                data={
                    "grant": str(grant),
                    "scope": request.consent_scope,
                    "resources": request.resources,
                    "details": [detail["type"] for detail in request.authorization_details],
                    "remembered": remember,
                },
                person=UserId(session.user),
            )
            await self.recorder.record(tx, fact, _as_person(cause, session))

        await store.transact(work)

    async def deny(
        self,
        store: Store,
        tenant: Tenant,
        handle: str,
        *,
        browser: str | None,
        binding: str | None,
        cause: Cause,
    ) -> str:
        """End it with access_denied; return where to continue.  Raises InteractionEnded."""
        waiting = await self._get(store, handle, binding)
        judged = await self.judge(store, waiting, browser)
        session = judged.session
        fact = CONSENT_REFUSED(
            ("client", waiting.client.id),
            data={"scope": waiting.request.consent_scope},
            person=UserId(session.user) if session else None,
            reason="consent_refused",
        )

        async def work(tx: Tx) -> None:
            if not await self.interactions.deny(tx, waiting.pending.id):
                raise InteractionEnded("decided already")
            await self.recorder.record(tx, fact, _as_person(cause, session) if session else cause)

        await store.transact(work)
        return continue_to(tenant, handle)

    async def choose_account(
        self,
        store: Store,
        tenant: Tenant,
        handle: str,
        *,
        session: SessionId,
        browser: str | None,
        binding: str | None,
    ) -> str:
        """Choose one of the browser's sessions for this request; return where to continue.

        Raises InteractionEnded, and NotFound for a session that is not this browser's.
        """
        waiting = await self._get(store, handle, binding)

        async def work(tx: Tx) -> None:
            if browser is None or await self.sessions.choose(tx, browser, session) is None:
                raise NotFound("no such session in this browser")
            if not await self.interactions.choose(tx, waiting.pending.id, session):
                raise InteractionEnded("decided already")

        await store.transact(work)
        return continue_to(tenant, handle)

    async def _get(self, store: Store, handle: str, binding: str | None) -> Waiting:
        waiting = await self.open(store, handle, binding)
        if waiting is None:
            raise InteractionEnded("no such request in this browser")
        return waiting


def _as_person(cause: Cause, session: Session) -> Cause:
    return replace(cause, actor=Actor("user", session.user), session_id=session.id)
