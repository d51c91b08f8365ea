"""A new password is demanded by an administrator, on both stores."""

import pytest
from tests.fakes.mailer import MemoryMailer
from tests.support.people import ANOTHER, CAUSE, PASSWORD, People, people

from limen.authentication.errors import (
    LinkUnusable,
    MailUnavailable,
    NoPassword,
    PasswordMustChange,
    WrongCredentials,
)
from limen.identity.api import User
from limen.kernel.errors import NotFound
from limen.kernel.ids import UserId, new_id

__all__ = ["people"]


async def demand(people: People, user: UserId) -> None:
    await people.authentication.demand_change(people.store, user=user, cause=CAUSE)


async def test_the_old_password_opens_nothing_but_its_replacement(people: People) -> None:
    """R075, R076, R104: sessions and waiting links end; a mailed link sets a new password."""
    user = await people.person()
    await people.sign_in()
    await people.ask_reset()
    earlier = people.mailer.token("reset_password")
    await demand(people, user.id)
    assert not await people.sessions.list_of(people.store, user.id)
    with pytest.raises(PasswordMustChange):
        await people.sign_in()
    with pytest.raises(LinkUnusable):
        await people.reset(earlier)
    with pytest.raises(WrongCredentials):
        await people.sign_in(password=PASSWORD + " not")
    await people.ask_reset()
    await people.reset(people.mailer.token("reset_password"))
    await people.sign_in(password=ANOTHER)
    assert len(await people.facts("password.change_demanded")) == 1


async def test_a_sign_in_under_way_does_not_survive_the_demand(people: People) -> None:
    """R075, A061: what was verified before is looked at again."""
    user: User = await people.person()
    verify = people.hasher.verify

    async def slow(reader: object, password: str, hashed: str | None):
        verdict = await verify(reader, password, hashed)
        await demand(people, user.id)
        return verdict

    people.hasher.verify = slow  # type: ignore[method-assign]
    with pytest.raises(WrongCredentials):
        await people.sign_in()
    assert not await people.sessions.list_of(people.store, user.id)


async def test_it_is_refused_where_it_would_lock_out(people: People) -> None:
    """R075: nobody, an account without a password, an installation without mail."""
    with pytest.raises(NotFound):
        await demand(people, UserId(new_id()))
    user = await people.person(password=None)
    with pytest.raises(NoPassword):
        await demand(people, user.id)
    people.use(mailer=MemoryMailer(ready=False))
    with pytest.raises(MailUnavailable):
        await demand(people, user.id)
    assert await people.facts("password.change_demanded") == []
