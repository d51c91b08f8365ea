"""Registrations: who may make one, with which terms, and who may change it afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from limen.kernel.errors import Invalid
from limen.kernel.events import Recorder
from limen.kernel.request import Cause
from limen.kernel.uow import Reader, Store, Tx
from limen.oauth.api import Client, NewClient
from limen.oauth.clients import StoredClients
from limen.oauth.keys.api import SigningKeys
from limen.oauth.model.registration import ALGORITHMS
from limen.oauth.options import OAuthPolicy
from limen.oauth.policy.api import Policies
from limen.oauth.registration.errors import (
    InvalidRegistrationToken,
    RegistrationClosed,
    RegistrationDisabled,
    UnapprovedSoftwareStatement,
)
from limen.oauth.registration.model.metadata import new_client, parse, refusal
from limen.oauth.registration.model.terms import Terms, TokenTerms, terms_of
from limen.oauth.registration.ports import InitialTokenStore, Registration, RegistrationStore
from limen.oauth.registration.sectors import Sectors
from limen.oauth.registration.statements import SoftwareStatements
from limen.oauth.registration.usecases.change import replace_metadata
from limen.oauth.registration.usecases.register import Submitted, register
from limen.oauth.usecases.change_client import delete_client
from limen.platform.crypto import digest_of, equal
from limen.platform.jose.encryption import KEY_ALGS
from limen.sessions.api import RefreshTokens

_NOBODYS = digest_of("")


@dataclass(frozen=True, slots=True)
class Admitted:
    """Whoever may register: with which terms, and by which initial access token."""

    policy: OAuthPolicy
    terms: Terms
    initial: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationService:
    clients: StoredClients
    registrations: RegistrationStore
    tokens: InitialTokenStore
    policies: Policies
    statements: SoftwareStatements
    sectors: Sectors
    keys: SigningKeys
    refresh_tokens: RefreshTokens
    recorder: Recorder

    async def admit(self, store: Store, token: str | None) -> Admitted:
        """Return the terms of whoever shows this initial access token, or none.

        Raises RegistrationClosed, InvalidRegistrationToken.
        """
        policy = await self.policies.of(store)
        if policy.registration == "closed":
            raise RegistrationClosed("by policy")
        if token is None:
            if policy.registration != "open":
                raise InvalidRegistrationToken("none", reason="initial_token_missing")
            return Admitted(policy, terms_of(policy), None)
        digest = digest_of(token)
        found = await self.tokens.find(store, digest)
        if found is None:
            raise InvalidRegistrationToken("not live", reason="initial_token_invalid")
        return Admitted(policy, terms_of(policy, found.terms), digest)

    async def register(
        self, store: Store, admitted: Admitted, metadata: Mapping[str, Any], cause: Cause
    ) -> Submitted:
        """Register what the metadata says.  Raises OAuthRefusals, having changed nothing."""
        new = await self._read(store, admitted.policy, admitted.terms, metadata, cause)
        if admitted.initial is None:
            new = replace(new, registered="open")

        async def work(tx: Tx) -> Submitted:
            return await register(
                tx, new, cause, initial=admitted.initial,
                most=admitted.policy.registration_max_clients, clients=self.clients,
                registrations=self.registrations, tokens=self.tokens, recorder=self.recorder,
            )  # fmt: skip

        try:
            return await store.transact(work)
        except Invalid as invalid:
            raise refusal(invalid) from invalid

    async def _read(
        self,
        store: Store,
        policy: OAuthPolicy,
        terms: Terms,
        metadata: Mapping[str, Any],
        cause: Cause,
    ) -> NewClient:
        """Return what is to be registered; keys are made and addresses asked before any unit."""
        statement = metadata.get("software_statement")
        if statement is not None:
            metadata = {**metadata, **await self.statements.read(statement, policy)}
        elif policy.software_statement_required:
            raise UnapprovedSoftwareStatement("none", hint="A software statement is needed here.")
        catalog = await self.clients.directory.catalog(store)
        asked = parse(metadata)
        new = new_client(asked, terms, offered=tuple(catalog.scopes), registered="dynamic")
        await self.sectors.check(new)
        for alg in (new.id_token_alg, *new.options.keys_needed):
            if alg in (*ALGORITHMS, *KEY_ALGS):
                await self.keys.ensure(store, alg, cause)
        return new

    async def find(
        self, reader: Reader, client_id: str, token: str | None
    ) -> tuple[Client, Registration]:
        """Return the client that the token manages (RFC 7592 §2).

        Raises RegistrationClosed; InvalidRegistrationToken for any other client's token, and
        for a client that does not exist; RegistrationDisabled.
        """
        if (await self.policies.of(reader)).registration == "closed":
            raise RegistrationClosed("by policy")
        record = await self.clients.directory.client(reader, client_id)
        found = await self.registrations.find(reader, record.client.id) if record else None
        known = found.token_digest if found else _NOBODYS
        genuine = token is not None and equal(known, digest_of(token))
        if not genuine or record is None or found is None:
            raise InvalidRegistrationToken("not its own", reason="registration_token_invalid")
        if not record.client.enabled:
            raise RegistrationDisabled(client_id, reason="client_disabled")
        return record.client, found

    async def update(
        self,
        store: Store,
        client: Client,
        registration: Registration,
        metadata: Mapping[str, Any],
        cause: Cause,
    ) -> Submitted:
        """Replace the whole registration, and its token; raises OAuthRefusals.

        What it may ask for is what its tenant's policy gives now, and what it has already; the
        hosts are those of the initial access token that let it in.
        """
        policy = await self.policies.of(store)
        initial = registration.initial_token
        admitted = None if initial is None else await self.tokens.get(store, initial)
        own = TokenTerms(
            scopes=tuple({*policy.registration_scopes, *client.scopes}),
            grant_types=tuple({*policy.registration_grant_types, *client.grant_types}),
            redirect_hosts=None if admitted is None else admitted.terms.redirect_hosts,
        )
        new = await self._read(store, policy, terms_of(policy, own), metadata, cause)

        async def work(tx: Tx) -> Submitted:
            return await replace_metadata(
                tx, client, new, cause, digest=registration.token_digest, clients=self.clients,
                registrations=self.registrations,
            )  # fmt: skip

        try:
            return await store.transact(work)
        except Invalid as invalid:
            raise refusal(invalid) from invalid

    async def delete(self, store: Store, client: UUID, cause: Cause) -> None:
        async def work(tx: Tx) -> None:
            await delete_client(
                tx, client, cause, clients=self.clients.clients,
                directory=self.clients.directory, recorder=self.recorder,
                refresh_tokens=self.refresh_tokens,
            )  # fmt: skip

        await store.transact(work)
