"""The tokens that we issue: access tokens (RFC 9068) and ID tokens (OpenID Connect Core §2)."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256, sha512
from typing import Any
from uuid import UUID

import msgspec

from limen.kernel.clock import Clock
from limen.kernel.ids import new_id
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader, Tx
from limen.oauth.api import Client
from limen.oauth.claim_values import ClaimValues
from limen.oauth.encrypting import Encrypter
from limen.oauth.keys.api import SigningKeys
from limen.oauth.model.access_claims import AccessClaims
from limen.oauth.model.confirmation import Confirmation
from limen.oauth.model.opaque import new_opaque_token
from limen.oauth.model.resources import Catalog, audience_of
from limen.oauth.model.scopes import render_scope
from limen.oauth.model.sectors import is_pairwise
from limen.oauth.options import ClaimRule
from limen.oauth.ports import OpaqueTokens
from limen.oauth.settings import OAuthSettings
from limen.oauth.status_lists.statuses import Statuses
from limen.oauth.subjects import Subjects
from limen.platform.crypto import digest_of
from limen.platform.jose.sign import sign

ACCESS_TYP = "at+jwt"
ID_TYP = "JWT"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """The person behind a token, and how and when they proved themselves.

    `session` is where they did; `offline` tokens outlive it.  `auth_time` is in Unix seconds.
    """

    user: UUID
    grant: UUID | None
    auth_time: int | None
    acr: str | None
    amr: tuple[str, ...]
    session: UUID | None
    offline: bool = False
    family: UUID | None = None


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """An access token to be: decided before the unit, signed after it."""

    client: Client
    scope: tuple[str, ...]
    resources: tuple[str, ...]
    token: UUID
    person: Person | None = None
    userinfo_claims: tuple[str, ...] = ()
    confirmation: Confirmation | None = None
    authorization_details: tuple[dict[str, Any], ...] = ()
    act: dict[str, Any] | None = None
    may_act: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An access token that is decided in full, and neither signed nor kept yet.

    `secret` is the text of an opaque one.
    """

    claims: AccessClaims
    alg: str
    client: Client
    secret: str | None = None
    rules: tuple[ClaimRule, ...] = ()
    has_status: bool = False

    @property
    def lifetime(self) -> int:
        """In seconds."""
        return self.claims.exp - self.claims.iat


class Tokens:
    """Mints tokens under the tenant's keys."""

    def __init__(
        self,
        keys: SigningKeys,
        opaque: OpaqueTokens,
        subjects: Subjects,
        encrypter: Encrypter,
        values: ClaimValues,
        statuses: Statuses,
        settings: OAuthSettings,
        clock: Clock,
    ) -> None:
        self._keys, self._opaque, self._clock = keys, opaque, clock
        self._subjects, self._encrypter, self._values = subjects, encrypter, values
        self._statuses = statuses
        self._access_lifetime = int(settings.access_token_lifetime.total_seconds())
        self._id_lifetime = int(settings.id_token_lifetime.total_seconds())

    def draft(self, tenant: Tenant, issue: Issue, catalog: Catalog) -> Draft:
        """Decide the access token; `exp` is the shortest lifetime that API or client ask for.

        Raises InvalidTarget for an API that was deleted since it was granted.
        """
        catalog.check_present(issue.resources, tenant.issuer)
        now = int(self._clock.now().timestamp())
        client, person = issue.client, issue.person
        lifetime = catalog.lifetime(issue.resources, client) or self._access_lifetime
        claims = AccessClaims(
            iss=tenant.issuer,
            sub=str(person.user) if person else client.client_id,
            aud=audience_of(issue.scope, issue.resources, tenant.issuer),
            exp=now + lifetime,
            iat=now,
            jti=issue.token,
            client_id=client.client_id,
            scope=render_scope(issue.scope),
            auth_time=person.auth_time if person else None,
            acr=person.acr if person else None,
            amr=person.amr if person else (),
            sid=person.session if person and not person.offline else None,
            gid=person.grant if person else None,
            fid=person.family if person else None,
            uic=issue.userinfo_claims,
            cnf=issue.confirmation,
            act=issue.act,
            may_act=issue.may_act,
            authorization_details=issue.authorization_details,
        )
        secret = new_opaque_token() if catalog.is_opaque(issue.resources) else None
        alg, rules = catalog.algorithm(issue.resources, client), client.options.claim_rules
        rules = (*rules, *catalog.claim_rules(issue.resources))
        has_status = secret is None and catalog.has_status(issue.resources)
        return Draft(claims, alg, client, secret, rules, has_status)

    async def keep(self, tx: Tx, draft: Draft) -> Draft:
        """Keep what an opaque token says, in the unit that decides it; others say it themselves.

        Return the draft with its place in a status list, where its API has one.
        """
        if draft.has_status:
            draft = replace(draft, claims=await self._statuses.placed(tx, draft.claims))
        if draft.secret is None:
            return draft
        said = msgspec.json.encode(await self._worded(tx, draft))
        expires_at = datetime.fromtimestamp(draft.claims.exp, UTC)
        digest = digest_of(draft.secret)
        await self._opaque.add(tx, draft.claims.jti, digest, said, expires_at)
        return draft

    async def access_token(self, reader: Reader, draft: Draft) -> str:
        """Return the token as its client gets it."""
        if draft.secret is not None:
            return draft.secret
        claims = await self._worded(reader, draft)
        return sign(await self._keys.signing(reader, draft.alg), ACCESS_TYP, claims)

    async def _worded(self, reader: Reader, draft: Draft) -> AccessClaims | dict[str, object]:
        """Return the claims as the client may read them, with those by rule."""
        claims, client = await self._named(reader, draft), draft.client
        more = await self._values.of(
            reader, client, draft.claims.kept.user, rules=draft.rules, into="access_token",
            scopes=claims.scopes, is_readable=draft.secret is None,
        )  # fmt: skip
        return {**more, **msgspec.to_builtins(claims)} if more else claims

    async def _named(self, reader: Reader, draft: Draft) -> AccessClaims:
        """Return the claims as the client may read them: a pairwise one learns no id of ours."""
        claims, client = draft.claims, draft.client
        user, session = claims.kept.user, claims.kept.session
        if user is None or not is_pairwise(client):
            return claims
        subjects = self._subjects
        return msgspec.structs.replace(
            claims,
            sub=await subjects.of(reader, client, user),
            sid=session and await subjects.session(reader, client, session),
            via=(),
            own=await subjects.seal(reader, claims.jti, claims.kept),
        )

    async def id_token(
        self,
        reader: Reader,
        tenant: Tenant,
        *,
        client: Client,
        person: Person,
        nonce: str | None,
        claims: Mapping[str, object],
        access_token: str | None = None,
        code: str | None = None,
        state: str | None = None,
        scope: Sequence[str] = (),
    ) -> str:
        """Sign the ID token for the client; requested claims never replace the protocol's.

        It names by their hashes what it is given beside (R045; for `state`, FAPI 1 §5.2.2.1).
        """
        now = int(self._clock.now().timestamp())
        lifetime = client.options.id_token_lifetime or self._id_lifetime
        more = await self._values.of(
            reader, client, person.user, rules=client.options.claim_rules, into="id_token",
            scopes=scope,
        )  # fmt: skip
        content: dict[str, object] = {
            **claims,
            **more,
            "iss": tenant.issuer,
            "sub": await self._subjects.of(reader, client, person.user),
            "aud": client.client_id,
            "azp": client.client_id,
            "exp": now + lifetime,
            "iat": now,
            "jti": str(new_id()),
            "auth_time": person.auth_time,
            "acr": person.acr,
            "amr": person.amr,
        }
        beside = (("at_hash", access_token), ("c_hash", code), ("s_hash", state))
        for name, text in beside:
            if text is not None:
                content[name] = half_hash(text, client.id_token_alg)
        if person.session is not None:
            content["sid"] = str(await self._subjects.session(reader, client, person.session))
        if nonce is not None:
            content["nonce"] = nonce
        key = await self._keys.signing(reader, client.id_token_alg)
        return await self._encrypter.seal(client, "id_token", sign(key, ID_TYP, content))

    async def subject(self, reader: Reader, client: Client, user: UUID) -> str:
        """Return the `sub` of a person in this client's tokens."""
        return await self._subjects.of(reader, client, user)

    async def check_client(self, client: Client) -> None:
        """Raise CannotEncrypt for a client that could not be given its ID token."""
        await self._encrypter.check(client, "id_token")


def half_hash(text: str, alg: str) -> str:
    """Return at_hash, c_hash or s_hash: the left half (Core §3.1.3.6, §3.3.2.11).

    The hash is that of the ID token's algorithm.  Ed25519 hashes with SHA-512 inside, and
    relying parties expect that one; all others of ours end in 256.
    """
    hashed = sha512 if alg == "EdDSA" else sha256
    digest = hashed(text.encode()).digest()
    return urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def union(*parts: Sequence[str]) -> tuple[str, ...]:
    """Return the parts without repetition, in order."""
    return tuple(dict.fromkeys(name for part in parts for name in part))
