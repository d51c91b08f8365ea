"""Whom a subject of a source means here: by link, or as far as the source may name people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from limen.identity.api import Users
from limen.kernel.errors import Invalid
from limen.kernel.ids import UserId, parse_id
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader
from limen.oauth.assertions.directory import TrustedIssuers
from limen.oauth.assertions.ports import SubjectStore
from limen.oauth.signal_sources.errors import SetRefused
from limen.oauth.signal_sources.model import Source
from limen.oauth.signals.errors import WrongStream
from limen.oauth.signals.model.subjects import Named, named_by


@dataclass(frozen=True, slots=True)
class SubjectsHere:
    issuers: TrustedIssuers
    links: SubjectStore
    users: Users

    async def find(
        self, reader: Reader, tenant: Tenant, source: Source, subject: Mapping[str, Any]
    ) -> UUID | None:
        """Return the person, None for whom nobody here knows.  Raises SetRefused (malformed)."""
        try:
            named = named_by(subject)
        except WrongStream as error:
            raise SetRefused("invalid_request", "sub_id") from error
        found = await self._found(reader, tenant, source, named)
        user = found and await self.users.find(reader, UserId(found))
        return user.id if user else None

    async def _found(
        self, reader: Reader, tenant: Tenant, source: Source, named: Named
    ) -> UUID | None:
        settings = source.settings
        if named.email is not None:
            return await self._by_address(reader, named.email) if settings.match_email else None
        if named.sub is None:
            return None
        if named.iss == tenant.issuer:
            return parse_id(named.sub) if settings.own_subjects else None
        if named.iss != source.issuer:  # nobody speaks of another's subjects
            return None
        issuer = await self.issuers.find(reader, source.issuer)
        if issuer is None or not issuer.enabled:
            return None
        link = await self.links.find(reader, issuer.id, named.sub)
        return link.user_id if link else None

    async def _by_address(self, reader: Reader, address: str) -> UUID | None:
        """The person must have verified it here (R063)."""
        try:
            folded = self.users.parse_email(address).folded
        except Invalid:
            return None
        user = await self.users.find_by_email(reader, address)
        for email in user.emails if user else ():
            same = self.users.parse_email(email.address).folded == folded
            if same and email.verified_at is not None:
                return user.id if user else None
        return None
