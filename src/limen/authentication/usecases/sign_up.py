"""Make oneself an account, without learning who else has one (R078)."""

from dataclasses import dataclass

from limen.authentication.api import PASSWORD_SET, SIGN_UP_REFUSED
from limen.authentication.errors import SignUpClosed
from limen.authentication.model import ConfirmPayload, own_path
from limen.authentication.pacing import paced
from limen.authentication.ports import Ports
from limen.authentication.usecases.replace_password import withdraw_all
from limen.authentication.usecases.send_link import (
    Recipient,
    compose_confirmation,
    keep_confirmation,
    keep_decoy,
    require_mail,
)
from limen.identity.api import EmailAddress, NewUser, Profile, User
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx, UniqueConflict
from limen.platform.crypto import digest_of, new_secret

MODE = "sign_up_mode"
"""The tenant's setting: `open` or `closed`; without it the installation's holds."""
_TRIES = 3


@dataclass(frozen=True, slots=True)
class _Wish:
    address: EmailAddress
    hashed: str
    profile: Profile
    binding: bytes
    continue_to: str | None


async def sign_up(
    store: Store,
    tenant: Tenant,
    *,
    email: str,
    password: str,
    profile: Profile,
    browser_binding: str,
    continue_to: str | None,
    cause: Cause,
    ports: Ports,
) -> None:
    """Create a pending account and mail its link, or mail the owner of a known address.

    A pending account is signed up for again: the new password replaces the old one, whose
    links stop working.  Whichever it is, it costs one hash and at most one queued mail.
    Raises SignUpClosed, MailUnavailable, Invalid, TooMany, Unavailable.
    """
    default = "open" if ports.settings.sign_up else "closed"
    if tenant.settings.get(MODE, default) != "open":
        raise SignUpClosed
    require_mail(ports)
    address = ports.users.parse_email(email)
    await ports.attempts.admit(store, purpose="mail", account=address.folded, cause=cause)
    names = [address.text, profile.name, profile.given_name, profile.family_name]
    await ports.rules.check(tenant, password, names)
    hashed = await ports.hasher.hash(store, password)
    wish = _Wish(address, hashed, profile, digest_of(browser_binding), own_path(continue_to))
    async with paced(ports.settings.answer_floor):
        if await ports.attempts.may_mail(store, address.folded):
            await _answer(store, tenant, wish, cause=cause, ports=ports)


async def _answer(store: Store, tenant: Tenant, wish: _Wish, *, cause: Cause, ports: Ports) -> None:
    """Do what the address asks for; look again if somebody else was faster with it."""
    for left in reversed(range(_TRIES)):
        known = await ports.users.find_by_email(store, wish.address.text)
        answer = _sign_up if known is None or known.status == "pending" else _tell_owner
        try:
            await answer(store, tenant, wish, known, cause=cause, ports=ports)
        except UniqueConflict:
            if not left:
                raise
        else:
            return


async def _sign_up(
    store: Store, tenant: Tenant, wish: _Wish, known: User | None, *, cause: Cause, ports: Ports
) -> None:
    secret = new_secret()
    to = wish.address.text if known is None else _own_address(known, wish.address, ports)
    recipient = Recipient(to, wish.profile.name or to, wish.profile.locale)
    mail = compose_confirmation(tenant, recipient, secret, ports=ports)

    async def work(tx: Tx) -> None:
        user = await _pending(tx, known, wish, cause=cause, ports=ports)
        await ports.passwords.put(tx, user.id, wish.hashed, binding=wish.binding)
        await withdraw_all(tx, user.id, ports=ports)
        fact = PASSWORD_SET(("user", user.id), data={"how": "sign_up"}, person=user.id)
        await ports.recorder.record(tx, fact, cause)
        payload = ConfirmPayload(user.id, to, wish.binding, wish.continue_to)
        await keep_confirmation(tx, user, payload, secret, cause=cause, ports=ports)
        await ports.mailer.queue(tx, mail)

    await store.transact(work)


async def _pending(tx: Tx, known: User | None, wish: _Wish, *, cause: Cause, ports: Ports) -> User:
    """Return the account to confirm.  Raises UniqueConflict if it is no longer pending."""
    if known is None:
        new = NewUser(email=wish.address.text, profile=wish.profile)
        return await ports.users.create(tx, new, cause)
    user = await ports.users.find(tx, known.id)
    if user is None or user.status != "pending":
        raise UniqueConflict(f"user {known.id} is no longer pending")
    stored = await ports.passwords.find(tx, known.id)
    if stored is None or stored.binding is None:
        return user  # made by an administrator, who wrote this profile
    return await ports.users.change_profile(tx, known.id, wish.profile, cause)


async def _tell_owner(
    store: Store, tenant: Tenant, wish: _Wish, known: User | None, *, cause: Cause, ports: Ports
) -> None:
    if known is None:
        raise UniqueConflict("the owner left meanwhile")
    mail = ports.mailer.compose(
        tenant,
        "already_registered",
        to=_own_address(known, wish.address, ports),
        locale=known.profile.locale,
        name=known.display_name,
        link=f"{tenant.issuer}/signin",
        reset=f"{tenant.issuer}/recover",
    )
    secret, lifetime = new_secret(), ports.settings.confirmation_lifetime

    async def work(tx: Tx) -> None:
        await keep_decoy(tx, secret, lifetime, ports=ports)
        target = ("user", known.id)
        fact = SIGN_UP_REFUSED(target, person=known.id, reason="address_taken")
        await ports.recorder.record(tx, fact, cause)
        await ports.mailer.queue(tx, mail)

    await store.transact(work)


def _own_address(user: User, address: EmailAddress, ports: Ports) -> str:
    """Return the address as it is stored: mail goes there, not to what was typed (A057)."""
    return next(
        (e.address for e in user.emails if ports.users.fold(e.address) == address.folded),
        address.text,
    )
