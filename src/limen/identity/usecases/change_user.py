"""Change what a person tells of themselves, and their username."""

import msgspec

from limen.identity.api import USER_CHANGED, Profile, User
from limen.identity.errors import wrong_field
from limen.identity.model.profiles import check_profile
from limen.identity.model.usernames import Username, parse_username
from limen.identity.ports import UserStore
from limen.identity.usecases.read_user import get_user
from limen.kernel.errors import Stale
from limen.kernel.events import Recorder
from limen.kernel.ids import UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Tx


async def change_user(
    tx: Tx,
    user: UserId,
    cause: Cause,
    *,
    profile: Profile | None = None,
    username: str | msgspec.UnsetType | None = msgspec.UNSET,
    version: int | None = None,
    users: UserStore,
    recorder: Recorder,
) -> User:
    """Replace the profile, the username or both; an unchanged account stays as it is.

    Raises Invalid; UniqueConflict for a taken username; Stale if `version` is not current.
    """
    was = await get_user(tx, user, users=users)
    if version is not None and version != was.version:
        raise Stale(f"user {user} is at {was.version}, not {version}")
    now = was.profile if profile is None else check_profile(profile)
    name = _username(was, username)
    changed = _changes(was, now, name)
    if not changed:
        return was
    if not await users.change(tx, user, was.version, username=name, profile=now):
        raise Stale(f"user {user} changed meanwhile")
    fact = USER_CHANGED(
        ("user", user), data={"fields": sorted(changed)}, person=user, personal=changed
    )
    await recorder.record(tx, fact, cause)
    return await get_user(tx, user, users=users)


def _username(was: User, wish: str | msgspec.UnsetType | None) -> Username | None:
    if isinstance(wish, str):
        return parse_username(wish)
    if wish is None:
        if not was.emails:
            raise wrong_field("username", "identifier_missing", "Nothing else names this account.")
        return None
    return None if was.username is None else parse_username(was.username)


def _changes(was: User, profile: Profile, username: Username | None) -> dict[str, object]:
    before, after = msgspec.to_builtins(was.profile), msgspec.to_builtins(profile)
    changed = {name: after[name] for name in after if after[name] != before[name]}
    name = username and username.text
    return changed if name == was.username else {**changed, "username": name}
