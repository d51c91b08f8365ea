"""Sign in with an identifier and a password."""

from dataclasses import dataclass, replace

from limen.authentication.api import (
    PASSWORD_REHASHED,
    SIGN_IN_REFUSED,
    SIGN_IN_SUCCEEDED,
    AddressUnconfirmed,
    SignedIn,
)
from limen.authentication.errors import PasswordMustChange, WrongCredentials
from limen.authentication.model import AAL1, AMR_PASSWORD
from limen.authentication.ports import Ports, StoredPassword
from limen.authentication.usecases.prove_password import Claim, prove_password, refuse, succeed
from limen.identity.api import User
from limen.kernel.request import Actor, Cause
from limen.kernel.standing import Principal
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.sessions.api import Browser


@dataclass(frozen=True, slots=True)
class _Proven:
    """A person whose password was right, and its new hash if the old one is outdated."""

    user: User
    password: StoredPassword
    renewed: str | None


async def sign_in(
    store: Store,
    tenant: Tenant,
    *,
    identifier: str,
    password: str,
    browser: str | None,
    device: str | None,
    remember: bool,
    cause: Cause,
    ports: Ports,
) -> SignedIn | AddressUnconfirmed:
    """Start a session of assurance level 1, or say that the address comes first.

    The person's standing is asked after the password: a suspended one gets the answer of a
    wrong password.  What is committed on refusal: the count of the attempt and one fact.
    Raises WrongCredentials, PasswordMustChange, TooMany, Unavailable.
    """
    user = await ports.users.find_by_identifier(store, identifier)
    known = device and user and await ports.devices.recognise(store, device, user.id)
    claim = Claim(ports.users.fold(identifier), user, device=known or None)
    proven = await _prove(store, tenant, claim, password, cause=cause, ports=ports)
    if proven.user.status == "pending":
        await _note(store, proven.user, "address_unconfirmed", cause=cause, ports=ports)
        await succeed(store, claim, cause=cause, ports=ports)
        return AddressUnconfirmed(proven.user)
    cause = replace(cause, actor=Actor("user", proven.user.id))
    started = await store.transact(
        lambda tx: _start(tx, proven, browser, remember=remember, cause=cause, ports=ports)
    )
    if started is None:
        raise await refuse(store, tenant, claim, "changed_meanwhile", cause=cause, ports=ports)
    await succeed(store, claim, cause=cause, ports=ports)
    return SignedIn(proven.user, started)


async def _prove(
    store: Store, tenant: Tenant, claim: Claim, password: str, *, cause: Cause, ports: Ports
) -> _Proven:
    """Return whose password it is, active or pending.  Raises as `sign_in` does."""
    stored, verdict = await prove_password(store, tenant, claim, password, cause=cause, ports=ports)
    user = claim.user
    if user is None:
        raise WrongCredentials("nobody has no password")
    if user.status not in {"active", "pending"}:
        reason = f"user_{user.status}"
        raise await refuse(store, tenant, claim, reason, cause=cause, ports=ports)
    if stored.must_change:
        await _note(store, user, "password_must_change", cause=cause, ports=ports)
        raise PasswordMustChange(f"user {user.id}")
    renewed = await ports.hasher.hash(store, password) if verdict.outdated else None
    return _Proven(user, stored, renewed)


async def _start(
    tx: Tx, proven: _Proven, browser: str | None, *, remember: bool, cause: Cause, ports: Ports
) -> Browser | None:
    """Start the session; None, having changed nothing, if password or standing changed."""
    user, version = proven.user.id, proven.password.version
    if not await ports.passwords.use(tx, user, version):
        return None
    if await ports.gate.refusal(tx, Principal(user=user)) is not None:
        return None
    target = ("user", user)
    if proven.renewed and await ports.passwords.rehash(tx, user, version, proven.renewed):
        await ports.recorder.record(tx, PASSWORD_REHASHED(target, person=user), cause)
    started = await ports.sessions.start(
        tx, user, cause, browser=browser, amr=(AMR_PASSWORD,), acr=AAL1, remember=remember
    )
    await ports.users.note_sign_in(tx, user)
    session = started.current
    data = {"method": "password", "session_id": session and session.id}
    await ports.recorder.record(tx, SIGN_IN_SUCCEEDED(target, data=data, person=user), cause)
    return started


async def _note(store: Store, user: User, reason: str, *, cause: Cause, ports: Ports) -> None:
    fact = SIGN_IN_REFUSED(
        ("user", user.id), data={"purpose": "sign_in"}, person=user.id, reason=reason
    )
    await store.transact(lambda tx: ports.recorder.record(tx, fact, cause))
