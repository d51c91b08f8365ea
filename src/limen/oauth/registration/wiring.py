"""Registration, put together."""

from limen.oauth.feature import Feature, Realm
from limen.oauth.parts import Parts
from limen.oauth.registration.documents import DocumentClients
from limen.oauth.registration.http.protocol import RegistrationEndpoint
from limen.oauth.registration.http.tokens import InitialTokensApi
from limen.oauth.registration.routes import ROUTES
from limen.oauth.registration.sectors import Sectors
from limen.oauth.registration.service import RegistrationService
from limen.oauth.registration.settings import RegistrationSettings
from limen.oauth.registration.statements import SoftwareStatements
from limen.oauth.registration.store import SqlInitialTokens, SqlRegistrations
from limen.oauth.registration.tasks import Retention
from limen.platform.http.faces import Faces


def wire(parts: Parts) -> Feature:
    platform = parts.platform
    settings = platform.settings("oauth.registration", RegistrationSettings)
    registrations, tokens = SqlRegistrations(), SqlInitialTokens()
    parts.directory.documents = DocumentClients(
        clients=parts.clients,
        registrations=registrations,
        policies=parts.policies,
        keys=parts.keys,
        fetcher=platform.fetcher,
        limiter=platform.limiter,
        per_minute=settings.documents_per_minute,
    )
    service = RegistrationService(
        clients=parts.clients,
        registrations=registrations,
        tokens=tokens,
        policies=parts.policies,
        statements=SoftwareStatements(parts.keysets, platform.clock),
        sectors=Sectors(platform.fetcher),
        keys=parts.keys,
        refresh_tokens=parts.refresh_tokens,
        recorder=platform.recorder,
    )
    endpoint = RegistrationEndpoint(
        service=service,
        refusals=parts.refusals,
        limiter=platform.limiter,
        settings=settings,
        clock=platform.clock,
    )
    api = InitialTokensApi(
        tokens=tokens, recorder=platform.recorder, listings=parts.listings, settings=settings
    )
    retention = Retention(
        database=platform.database,
        tenants=parts.tenants,
        clients=parts.clients,
        registrations=registrations,
        tokens=tokens,
        policies=parts.policies,
        refresh_tokens=parts.refresh_tokens,
    )
    handlers = {**endpoint.handlers(), **api.handlers()}
    return Feature(faces=Faces(ROUTES, handlers, (retention.task(),)), announce_realm=announce)


def announce(realm: Realm) -> dict[str, object]:
    """Return what discovery says of registration, as the tenant's policy has it."""
    found: dict[str, object] = {
        "client_id_metadata_document_supported": realm.policy.client_id_metadata_documents
    }
    if realm.policy.registration != "closed":
        found["registration_endpoint"] = f"{realm.issuer}/oauth2/register"
    return found
