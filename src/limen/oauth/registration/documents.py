"""Clients whose name is the URL of their metadata (draft-ietf-oauth-client-id-metadata-document).

A stored client is made when its document is seen first, and is what the document says from
then on; so grants, tokens and an administrator's switch work as for every client.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final, cast
from urllib.parse import urlsplit

from limen.kernel.errors import Invalid, Stale
from limen.kernel.request import SYSTEM, Cause
from limen.kernel.uow import Reader, Store, Tx, UniqueConflict
from limen.oauth.api import Client, NewClient
from limen.oauth.clients import StoredClients
from limen.oauth.errors import OAuthRefusal
from limen.oauth.keys.api import SigningKeys
from limen.oauth.model.client_ids import id_of_url
from limen.oauth.model.redirects import refusal_of
from limen.oauth.options import OAuthPolicy
from limen.oauth.policy.api import Policies
from limen.oauth.registration.errors import InvalidClientMetadata
from limen.oauth.registration.model.metadata import SECRETS, keeping, new_client, parse
from limen.oauth.registration.model.terms import Terms, is_among, terms_of
from limen.oauth.registration.ports import RegistrationStore
from limen.oauth.registration.sectors import Sectors
from limen.platform.fetch import Fetcher, FetchFailed
from limen.platform.limits import Limit, Limiter

MAX_SIZE: Final = 16 * 1024
_MOST: Final = 2000
_GONE: Final = ("status: 404", "status: 410")
_FIXED: Final = frozenset({
    "type", "registered", "metadata_url", "skip_consent", "audiences", "access_token_alg",
    "access_token_lifetime", "refresh_token_lifetime", "origins",
})  # fmt: skip
Seen = tuple[Mapping[str, Any], OAuthPolicy]


class DocumentClients:
    """`oauth.directory.Documents`."""

    def __init__(
        self,
        *,
        clients: StoredClients,
        registrations: RegistrationStore,
        policies: Policies,
        keys: SigningKeys,
        fetcher: Fetcher,
        limiter: Limiter,
        per_minute: int,
    ) -> None:
        self._clients, self._registrations, self._policies = clients, registrations, policies
        self._keys, self._fetcher, self._limiter = keys, fetcher, limiter
        self._sectors = Sectors(fetcher)
        self._limit = Limit(per_minute, 60)
        self._seen: OrderedDict[tuple[object, str], Seen] = OrderedDict()

    async def renew(self, reader: Reader, url: str) -> bool:
        """Let the stored client be what its document says; False where it must not be used.

        Inside a unit nothing is asked: what is stored counts.
        """
        policy = await self._policies.of(reader)
        if not policy.client_id_metadata_documents or not is_document_url(url, policy):
            return False
        if not hasattr(reader, "transact"):
            return True
        store = cast("Store", reader)
        known = await self._clients.clients.find(store, id_of_url(url))
        if known is None and self._limiter.take(f"documents:{store.tenant}", self._limit):
            return False
        try:
            document = await self._fetcher.get_json_cached(url, limit_bytes=MAX_SIZE)
        except FetchFailed as failure:
            return known is not None and str(failure) not in _GONE
        return await self._settle(store, url, document, policy, known)

    async def _settle(
        self,
        store: Store,
        url: str,
        document: Mapping[str, Any],
        policy: OAuthPolicy,
        known: Client | None,
    ) -> bool:
        key = (store.tenant, url)
        seen = self._seen.get(key)
        if known is not None and seen is not None and seen[0] is document and seen[1] is policy:
            return True
        try:
            await self._store(store, url, document, policy, known)
        except (Invalid, OAuthRefusal):
            return False
        except (UniqueConflict, Stale):
            pass  # another request stored the same
        self._seen[key] = (document, policy)
        while len(self._seen) > _MOST:
            self._seen.popitem(last=False)
        return True

    async def _store(
        self,
        store: Store,
        url: str,
        document: Mapping[str, Any],
        policy: OAuthPolicy,
        known: Client | None,
    ) -> None:
        """Make the client or change it.  Raises Invalid and OAuthRefusal for what cannot be one."""
        catalog = await self._clients.directory.catalog(store)
        new = read_document(url, document, policy, offered=tuple(catalog.scopes))
        await self._sectors.check(new)
        await self._keys.ensure(store, new.id_token_alg, Cause(SYSTEM))
        if known is None:
            await store.transact(lambda tx: self._add(tx, new, policy))
            return
        if new.type != known.type:
            raise InvalidClientMetadata("another type")
        new = replace(new, options=keeping(new.options, known.options))
        names = {field.name for field in fields(NewClient)} - _FIXED
        changes: dict[str, object] = {
            name: getattr(new, name)
            for name in sorted(names)
            if _plain(getattr(new, name)) != _plain(getattr(known, name))
        }
        if changes:
            await store.transact(
                lambda tx: self._clients.change(tx, known.id, changes, Cause(SYSTEM))
            )

    async def _add(self, tx: Tx, new: NewClient, policy: OAuthPolicy) -> None:
        if await self._registrations.count(tx) >= policy.registration_max_clients:
            raise InvalidClientMetadata("too many clients")
        await self._clients.create(tx, new, Cause(SYSTEM))


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType] - compared alone


def is_document_url(url: str, policy: OAuthPolicy) -> bool:
    """True for a URL that can be a client's name here: https, with a path, and one spelling."""
    if refusal_of(url, "web") is not None or not url.startswith("https://") or "?" in url:
        return False
    parts = urlsplit(url)
    if parts.path in ("", "/"):
        return False
    hosts = policy.client_id_metadata_hosts
    return not hosts or is_among(hosts, parts.hostname or "")


def read_document(
    url: str, document: Mapping[str, Any], policy: OAuthPolicy, *, offered: tuple[str, ...]
) -> NewClient:
    """Return the registration that a document asks for, as far as the policy gives it.

    A document is written for many servers: scopes and grant types that are not given here are
    left out.  Raises OAuthRefusal.
    """
    if document.get("client_id") != url:
        raise InvalidClientMetadata("another client_id")
    if "client_secret" in document or document.get("token_endpoint_auth_method") in SECRETS:
        raise InvalidClientMetadata("a secret that everybody can read is none")
    terms = terms_of(policy)
    narrowed = {**document, **_narrowed(document, terms)}
    narrowed.setdefault("token_endpoint_auth_method", "none")
    narrowed.setdefault("id_token_signed_response_alg", "ES256")
    asked = parse(narrowed)
    if not asked.redirect_uris:
        raise InvalidClientMetadata("no redirect_uris")
    return new_client(asked, terms, offered=offered, registered="document", metadata_url=url)


def _narrowed(document: Mapping[str, Any], terms: Terms) -> dict[str, object]:
    found: dict[str, object] = {}
    grants, scope = document.get("grant_types"), document.get("scope")
    if isinstance(grants, list):
        names = cast("list[object]", grants)
        found["grant_types"] = [name for name in names if name in terms.grant_types]
    if isinstance(scope, str):
        known = (name for name in scope.split(" ") if terms.permits_scope(name))
        found["scope"] = " ".join(known)
    return found
