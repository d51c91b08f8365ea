"""Security event tokens (RFC 8417): made when they are sent, one event each, never with `exp`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from limen.identity.api import Users
from limen.kernel.clock import Clock
from limen.kernel.errors import NotFound
from limen.kernel.ids import TenantId, UserId
from limen.kernel.uow import Store
from limen.kernel.vault import CannotOpen, Place, Vault
from limen.oauth.api import Client
from limen.oauth.directory import Directory
from limen.oauth.keys.api import SigningKeys
from limen.oauth.model.claims import claims_about
from limen.oauth.signals.model import subjects as name
from limen.oauth.signals.model.events import OWN_URIS, URIS
from limen.oauth.signals.model.streams import Stream
from limen.oauth.signals.store import SqlFacts
from limen.oauth.signals.store.backlog import Waiting
from limen.oauth.subjects import Subjects
from limen.platform.jose.sign import sign
from limen.tenancy.api import Tenants

TYP: Final = "secevent+jwt"
CONTENT_TYPE: Final = "application/secevent+jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTokens:
    tenants: Tenants
    directory: Directory
    users: Users
    subjects: Subjects
    keys: SigningKeys
    facts: SqlFacts
    vault: Vault
    clock: Clock

    async def make(self, store: Store, stream: Stream, row: Waiting) -> str | None:
        """Return the token, None where what it would say cannot be said any more.

        Its `jti` is the event's for as often as it is sent, so that a receiver knows a repeat.
        `txn` is left out: it would let two receivers find out that they share a person.
        """
        record = await self.directory.client_by_id(store, stream.client_id)
        if record is None or not record.client.enabled:
            return None
        try:
            tenant = await self.tenants.get(TenantId(store.tenant))
        except NotFound:
            return None
        if await self.tenants.by_slug(tenant.slug) is None:  # suspended
            return None
        issuer = tenant.issuer
        said = await self._said(store, issuer, record.client, row)
        if said is None:
            return None
        subject, payload = said
        uri = URIS.get(row.kind) or OWN_URIS[row.kind]
        claims = {
            "iss": issuer,
            "aud": record.client.client_id,
            "iat": int(self.clock.now().timestamp()),
            "jti": str(row.id),
            "sub_id": subject,
            "events": {uri: payload},
        }
        key = await self.keys.signing(store, record.client.id_token_alg)
        return sign(key, TYP, claims)

    async def _said(
        self, store: Store, issuer: str, client: Client, row: Waiting
    ) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
        """Return the subject and the event's own members."""
        if row.user_id is None:
            return name.opaque(str(row.stream_id)), row.details
        at = {"event_timestamp": int(row.at.timestamp())}
        if row.kind == "risc:identifier-changed":
            return await self._address(store, row)
        sub = await self.subjects.of(store, client, row.user_id)
        subject = name.iss_sub(issuer, sub)
        if row.session_id is not None:
            sid = await self.subjects.session(store, client, row.session_id)
            subject = name.session_of(subject, str(sid))
        if row.kind == "caep:token-claims-change":
            details = await self._claims(store, row)
            return None if details is None else (subject, {**details, **at})
        return subject, {**_worded(row), **at}

    async def _claims(self, store: Store, row: Waiting) -> Mapping[str, Any] | None:
        """Return the claims as they are now; one that is gone is null."""
        user = row.user_id and await self.users.find(store, UserId(row.user_id))
        if not user:
            return None
        known = claims_about(user, row.details["claims"])
        claims = {claim: known.get(claim) for claim in row.details["claims"]}
        return {**row.details, "claims": claims}

    async def _address(
        self, store: Store, row: Waiting
    ) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
        """Return the address that it was and the one that it is (RISC §2.5), while readable."""
        if row.event_id is None or row.user_id is None:
            return None
        sealed = await self.facts.personal(store, row.event_id)
        key = await self.vault.person(store, row.user_id)
        if sealed is None or key is None:
            return None
        try:
            opened = key.open(Place("events", "personal", row.event_id), sealed)
        except CannotOpen:
            return None
        said: dict[str, Any] = msgspec.json.decode(opened)
        if not said.get("from") or not said.get("to"):
            return None
        return name.email(said["from"]), {"new-value": said["to"]}


def _worded(row: Waiting) -> dict[str, Any]:
    details = dict(row.details)
    if row.kind == "caep:session-revoked":
        reason = details.pop("reason", "")
        return {**details, "reason_admin": {"en": reason}} if reason else details
    if row.kind == "caep:assurance-level-change":
        levels = details["previous_level"], details["current_level"]
        aal = all(level.startswith("aal") for level in levels)
        details["namespace"] = "NIST-AAL" if aal else "urn:ietf:params:oauth:acr"
        if aal:
            details["change_direction"] = "increase" if levels[0] < levels[1] else "decrease"
    return details
