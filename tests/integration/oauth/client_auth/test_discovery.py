"""What discovery says of client authentication, and the other name that clients may use."""

from typing import Any

from tests.fakes.clock import FrozenClock
from tests.support.assertions import ISSUER, Keys, asserted, claims_of
from tests.support.oauth import CAUSE, Provider, build

from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.oauth.options import ClientOptions
from limen.platform.db import OpenDatabase
from limen.platform.mtls.settings import MtlsSettings

MTLS = "https://mtls.example:8443"


async def document(provider: Provider) -> dict[str, Any]:
    return (await provider.send("GET", "/.well-known/openid-configuration")).json


async def test_methods_and_algorithms_are_announced(provider: Provider) -> None:
    """R020, R038: the three endpoints, what they take, and never `none`."""
    found = await document(provider)
    for place in ("token", "introspection", "revocation"):
        methods = set(found[f"{place}_endpoint_auth_methods_supported"])
        assert {"private_key_jwt", "client_secret_jwt"} <= methods
        algs = set(found[f"{place}_endpoint_auth_signing_alg_values_supported"])
        assert algs == {"ES256", "RS256", "PS256", "EdDSA", "HS256"}
    assert "none" not in found["introspection_endpoint_auth_methods_supported"]
    assert "mtls_endpoint_aliases" not in found


async def test_the_listener_is_announced_with_its_endpoints(
    database: OpenDatabase, store: Store, clock: FrozenClock, tenant: Tenant
) -> None:
    """RFC 8705 §5: each under the tenant's path; an assertion may name them as its audience."""
    provider = await build(
        database, store, clock, tenant, MtlsSettings(header="Client-Cert", url=MTLS)
    )
    aliases = (await document(provider))["mtls_endpoint_aliases"]
    assert aliases["token_endpoint"] == f"{MTLS}/oauth2/token"
    announced = await document(provider)
    for name, alias in aliases.items():
        assert announced[name] == alias.replace(MTLS, ISSUER)
    acme = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    theirs = (await document(acme))["mtls_endpoint_aliases"]
    assert theirs["token_endpoint"] == f"{MTLS}/t/acme/oauth2/token"
    keys = Keys()
    for one, url in ((provider, f"{MTLS}/oauth2/token"), (acme, f"{MTLS}/t/acme/oauth2/token")):
        client = await one.client(
            "m2m", auth_method="private_key_jwt", options=ClientOptions(jwks=keys.jwks)
        )
        token = keys.token(claims_of(client, clock, aud=url))
        assert (await one.token(asserted(token))).status == 200
        wrong = keys.token(claims_of(client, clock, aud=MTLS))
        assert (await one.token(asserted(wrong))).status == 401
