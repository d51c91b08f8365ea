"""The values of claims by rule: read only where a rule asks for them."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from limen.access.api import Roles, Subject
from limen.identity.api import Users
from limen.kernel.ids import UserId
from limen.kernel.uow import Reader
from limen.oauth.api import Client
from limen.oauth.model.claim_rules import ROLES, Into, Known, outcomes, released
from limen.oauth.options import ClaimRule


class ClaimValues:
    def __init__(self, users: Users, roles: Roles) -> None:
        self._users, self._roles = users, roles

    async def of(
        self,
        reader: Reader,
        client: Client,
        user: UUID | None,
        *,
        rules: Sequence[ClaimRule],
        into: Into,
        scopes: Iterable[str],
        is_readable: bool = True,
    ) -> dict[str, object]:
        """Return the claims that the rules put `into` a token with these scopes."""
        wanted = [rule for rule in rules if into in rule.into]
        if not wanted:
            return {}
        known = await self.known(reader, client, user, wanted)
        found = outcomes(wanted, known, into=into, scopes=scopes, is_readable=is_readable)
        return released(found)

    async def known(
        self, reader: Reader, client: Client, user: UUID | None, rules: Iterable[ClaimRule]
    ) -> Known:
        """Return what these rules draw from."""
        sources = [rule.source or "" for rule in rules]
        if user is None or not any(s == ROLES or s.startswith("user.") for s in sources):
            return Known(client, None)
        names: tuple[str, ...] = ()
        if ROLES in sources:
            roles = await self._roles.roles_of(reader, Subject("user", user))
            names = tuple(sorted(role.name for role in roles))
        return Known(client, await self._users.find(reader, UserId(user)), names)
