"""For whom a believed token speaks: by stored link, or once by a verified address (R063)."""

from dataclasses import dataclass
from uuid import UUID

from limen.access.api import Roles, Subject
from limen.identity.api import Users
from limen.kernel.events import Recorder
from limen.kernel.request import Cause
from limen.kernel.uow import Reader, Tx
from limen.oauth.assertions.believing import Believed
from limen.oauth.assertions.ports import SubjectStore
from limen.oauth.assertions.usecases.link_subject import link_subject


@dataclass(frozen=True, slots=True)
class People:
    subjects: SubjectStore
    users: Users
    roles: Roles
    recorder: Recorder

    async def find(self, reader: Reader, believed: Believed) -> UUID | None:
        """Return the person to whom the token's subject is linked."""
        issuer, subject = believed.issuer.id, believed.subject
        link = await self.subjects.find(reader, issuer, subject)
        return None if link is None else link.user_id

    async def get(self, tx: Tx, believed: Believed, cause: Cause) -> UUID | None:
        """Return the person; where the issuer may name addresses, link them now for good.

        From then on the link alone counts: an address that changes hands takes nobody along.
        """
        found = await self.find(tx, believed)
        if found is not None or not believed.issuer.settings.match_email:
            return found
        user = await self._by_address(tx, believed)
        if user is not None:
            await link_subject(
                tx, believed.issuer.id, believed.subject, user, cause, reason="verified_email",
                subjects=self.subjects, recorder=self.recorder,
            )  # fmt: skip
        return user

    async def _by_address(self, reader: Reader, believed: Believed) -> UUID | None:
        """Both sides must have verified it: the issuer says so, and the person did so here.

        Whoever may manage anything is linked by an administrator alone (R120).
        """
        address = believed.claims.get("email")
        if believed.claims.get("email_verified") is not True or not isinstance(address, str):
            return None
        user = await self.users.find_by_email(reader, address)
        if user is None:
            return None
        folded = self.users.parse_email(address).folded
        proven = any(
            email.verified_at is not None and self.users.parse_email(email.address).folded == folded
            for email in user.emails
        )
        manages = await self.roles.permissions_of(reader, Subject("user", user.id))
        return user.id if proven and not manages else None
