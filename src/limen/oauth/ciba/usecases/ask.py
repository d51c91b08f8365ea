"""Keep what a client asks of a person, and tell the person (CIBA Core §7.2, §7.3)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import quote
from uuid import UUID

import msgspec

from limen.identity.api import User
from limen.kernel.errors import TooMany
from limen.kernel.events import Recorder
from limen.kernel.ids import new_id
from limen.kernel.mail import Mail, Mailer
from limen.kernel.one_time import OneTime
from limen.kernel.request import Cause
from limen.kernel.standing import Gate, Principal
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.kernel.vault import Keyring, Place, Vault
from limen.oauth.api import Client
from limen.oauth.ciba.api import CIBA_REQUESTED
from limen.oauth.ciba.codes import CodeHasher
from limen.oauth.ciba.errors import InvalidUserCode, MissingUserCode, UnknownUserId
from limen.oauth.ciba.model import Prepared, lifetime_of
from limen.oauth.ciba.ports import CodeStore, NewRequest, RequestStore
from limen.oauth.ciba.settings import CibaSettings
from limen.oauth.decoupled.counts import Counts
from limen.oauth.decoupled.model import Wish
from limen.platform.crypto import digest_of, new_secret
from limen.risk.api import Attempts

LINK: Final = "ciba_request"
_HOUR: Final = timedelta(hours=1)


class Notice(msgspec.Struct, frozen=True):
    """What calling a client back needs, sealed at rest."""

    auth_req_id: str
    token: str


class Linked(msgspec.Struct, frozen=True):
    """Which request a mailed link opens, and for whom."""

    request: UUID
    user: UUID


@dataclass(frozen=True, slots=True)
class Begun:
    """`auth_req_id` is shown once; only its digest is kept (R098)."""

    auth_req_id: str
    lifetime: timedelta


def place_of(request: UUID, column: str) -> Place:
    return Place("backchannel_requests", column, request)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    requests: RequestStore
    codes: CodeStore
    hasher: CodeHasher
    counts: Counts
    attempts: Attempts
    gate: Gate
    vault: Vault
    one_time: OneTime
    mailer: Mailer
    recorder: Recorder
    settings: CibaSettings

    async def ask(
        self,
        store: Store,
        tenant: Tenant,
        *,
        client: Client,
        user: User | None,
        wish: Wish,
        prepared: Prepared,
        cause: Cause,
    ) -> Begun:
        """Return the auth_req_id.  Raises UnknownUserId, Missing- and InvalidUserCode, TooMany.

        A person is asked a few times an hour and about a few things at once, whoever asks:
        nobody is worn down until they say yes (R087).
        """
        keyring = await self.vault.keyring(store)
        user = await self._known(store, keyring, client, user)
        await self._check_code(store, keyring, client, user, prepared.user_code)
        request, secret, link = new_id(), new_secret(), new_secret()
        lifetime = lifetime_of(
            prepared, self.settings.request_lifetime, self.settings.longest_lifetime
        )
        new = NewRequest(
            id=request,
            digest=digest_of(secret),
            user=user.id,
            wish=wish,
            mode=prepared.mode,
            notice=_sealed(keyring, request, secret, prepared.notification_token),
            binding_message=prepared.binding_message,
            interval=self.settings.interval,
            lifetime=lifetime,
        )
        mail = await self._mail(store, tenant, client, user, new, link)

        async def work(tx: Tx) -> None:
            await self._limit(tx, keyring, client, user)
            await self.requests.add(tx, new)
            if mail is not None:
                linked = Linked(request, user.id)
                await self.one_time.issue(
                    tx, LINK, linked, lifetime=lifetime, secret=link, subject=user.id
                )
                await self.mailer.queue(tx, mail)
            fact = CIBA_REQUESTED(
                ("client", client.id),
                data={"request": str(request), "scope": wish.scope, "mode": prepared.mode,
                      "mailed": mail is not None},
                person=user.id,
            )  # fmt: skip
            await self.recorder.record(tx, fact, cause)

        await store.transact(work)
        return Begun(secret, lifetime)

    async def _known(
        self, store: Store, keyring: Keyring, client: Client, user: User | None
    ) -> User:
        """Return who may be asked.  Raises UnknownUserId, and TooMany for a client that tries
        out names: its tries are counted before they are looked at (A063)."""
        subject = keyring.mac("ciba.unknown", client.id.bytes)
        most = self.settings.unknown_people_per_client
        await store.transact(lambda tx: self.counts.take(tx, subject, most=most, window=_HOUR))
        if user is None or await self.gate.refusal(store, Principal(user=user.id)) is not None:
            raise UnknownUserId("nobody, or nobody who may be asked")
        await store.transact(lambda tx: self.counts.give_back(tx, subject))
        return user

    async def _check_code(
        self, store: Store, keyring: Keyring, client: Client, user: User, given: str | None
    ) -> None:
        """Ask for the person's code where they chose one and the client may know it."""
        hashed = await self.codes.find(store, user.id)
        if hashed is None:
            return
        if not client.options.backchannel_user_code_parameter or given is None:
            raise MissingUserCode("the person chose one")
        subject = keyring.mac("ciba.codes", user.id.bytes)
        most = self.settings.wrong_codes_per_person
        await store.transact(lambda tx: self.counts.take(tx, subject, most=most, window=_HOUR))
        if not await self.hasher.verify(given, hashed):
            raise InvalidUserCode("wrong")
        await store.transact(lambda tx: self.counts.give_back(tx, subject))

    async def _limit(self, tx: Tx, keyring: Keyring, client: Client, user: User) -> None:
        both = keyring.mac("ciba.asked", user.id.bytes + client.id.bytes)
        alone = keyring.mac("ciba.asked", user.id.bytes)
        settings = self.settings
        await self.counts.take(tx, both, most=settings.requests_per_person_and_client, window=_HOUR)
        await self.counts.take(tx, alone, most=settings.requests_per_person, window=_HOUR)
        waiting = await self.requests.waiting(tx, user.id)
        if len(waiting) >= settings.waiting_per_person:
            raise TooMany("waiting already", retry_after=30)

    async def _mail(
        self,
        store: Store,
        tenant: Tenant,
        client: Client,
        user: User,
        new: NewRequest,
        link: str,
    ) -> Mail | None:
        """Return the mail to the person's confirmed address, None where there can be none."""
        email = user.primary_email
        if email is None or email.verified_at is None or not self.mailer.ready():
            return None
        if not await self.attempts.may_mail(store, f"ciba:{email.address.casefold()}"):
            return None
        return self.mailer.compose(
            tenant,
            "backchannel_request",
            to=email.address,
            locale=user.profile.locale,
            name=user.display_name,
            application=client.name,
            message=new.binding_message,
            minutes=max(1, int(new.lifetime.total_seconds()) // 60),
            link=f"{tenant.issuer}/account/requests/open?token={quote(link, safe='')}",
        )


def _sealed(keyring: Keyring, request: UUID, secret: str, token: str | None) -> bytes | None:
    if token is None:
        return None
    return keyring.seal(place_of(request, "notice"), msgspec.json.encode(Notice(secret, token)))
