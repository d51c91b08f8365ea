"""tls_client_auth and self_signed_tls_client_auth, from our own listener's scope.

RFC 8705 §2.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.fakes.clock import FrozenClock
from tests.support.certificates import Made, authority, make
from tests.support.oauth import Provider, build
from tests.support.websites import website

from limen.kernel.errors import Invalid
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.oauth.api import Client
from limen.oauth.options import ClientOptions
from limen.platform.db import OpenDatabase
from limen.platform.jose import base64url
from limen.platform.mtls.settings import MtlsSettings

GRANT = {"grant_type": "client_credentials"}
ROOT = authority("Root of tests")
Builder = Callable[..., Awaitable[Provider]]


@pytest.fixture
def provided(
    database: OpenDatabase, store: Store, clock: FrozenClock, tenant: Tenant, tmp_path: Path
) -> Builder:
    async def made(**values: Any) -> Provider:
        file = tmp_path / "clients.pem"
        file.write_bytes(ROOT.pem)
        settings = MtlsSettings(**{"header": "Client-Cert", "client_ca_file": file, **values})
        return await build(database, store, clock, tenant, settings)

    return made


async def machine(provider: Provider, method: str, **options: Any) -> Client:
    return await provider.client("m2m", auth_method=method, options=ClientOptions(**options))


async def ask(provider: Provider, client: Client, shown: Made | bytes | None) -> str:
    """Return "" where the client got a token, else the reason of the refusal."""
    provider.send.certificate = shown.der if isinstance(shown, Made) else shown
    answer = await provider.token(GRANT | {"client_id": client.client_id})
    if answer.status == 200:
        return ""
    assert (answer.status, answer.json["error"]) == (401, "invalid_client"), answer.body
    return (await provider.reasons("token.refused"))[-1] or "?"


def named(text: str, **values: Any) -> Made:
    return make(x509.Name.from_rfc4514_string(text), ROOT, **values)


async def test_a_subject_from_a_known_authority(provided: Builder) -> None:
    """R051, RFC 8705 §2.1: the whole name, in its order, and nothing else."""
    provider = await provided()
    dn = "CN=shop,OU=Web\\, and more,O=Example,C=DE"
    client = await machine(provider, "tls_client_auth", tls_client_auth_subject_dn=dn)
    assert await ask(provider, client, named(dn)) == ""
    assert await ask(provider, client, named(dn)) == ""  # another key of the same name
    for other in (
        "CN=shop", "CN=shop,O=Example,C=DE", "C=DE,O=Example,OU=Web\\, and more,CN=shop",
        "CN=SHOP,OU=Web\\, and more,O=Example,C=DE", "CN=shop,OU=Web\\, and more,O=Example,C=DE,C=DE",
        "CN=shop,OU=Web,OU=and more,O=Example,C=DE",
    ):  # fmt: skip
        assert await ask(provider, client, named(other)) == "client_certificate_subject"
    assert await ask(provider, client, None) == "client_auth_method"


ALTERNATIVES: list[tuple[str, str, x509.GeneralName, list[x509.GeneralName]]] = [
    ("dns", "Shop.example", x509.DNSName("shop.EXAMPLE"),
     [x509.DNSName("a.shop.example"), x509.DNSName("*.example"), x509.DNSName("shop.example.")]),
    ("uri", "spiffe://example/shop", x509.UniformResourceIdentifier("spiffe://example/shop"),
     [x509.UniformResourceIdentifier("spiffe://example/shop/"), x509.DNSName("shop.example")]),
    ("ip", "2001:db8:0::1", x509.IPAddress(ip_address("2001:db8::1")),
     [x509.IPAddress(ip_address("2001:db8::2")), x509.DNSName("2001:db8::1")]),
    ("email", "shop@example.com", x509.RFC822Name("shop@example.com"),
     [x509.RFC822Name("Shop@example.com"), x509.DNSName("shop.example")]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "right", "wrong"), ALTERNATIVES, ids=lambda v: str(v)[:9])
async def test_an_alternative_name(
    provided: Builder, kind: str, text: str, right: x509.GeneralName, wrong: list[x509.GeneralName]
) -> None:
    """RFC 8705 §2.1.2: of the registered kind; wildcards stand for themselves."""
    provider = await provided()
    options = {f"tls_client_auth_san_{kind}": text}
    client = await machine(provider, "tls_client_auth", **options)
    assert await ask(provider, client, named("CN=x", names=(right,))) == ""
    assert await ask(provider, client, named("CN=x", names=(wrong[0], right))) == ""
    for name in wrong:
        shown = named(f"CN={'shop.example'}", names=(name,))
        assert await ask(provider, client, shown) == "client_certificate_subject"
    assert await ask(provider, client, named("CN=shop.example")) == "client_certificate_subject"


async def test_only_an_authority_that_we_know_can_say_it(provided: Builder) -> None:
    """R051: another authority of the same name, oneself, an authority's own certificate, a
    server's, an expired and a future one, and one issued by another client."""
    provider = await provided()
    client = await machine(provider, "tls_client_auth", tls_client_auth_subject_dn="CN=shop")
    twin, leaf = authority("Root of tests"), named("CN=other")
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    for shown in (
        make("shop", twin), make("shop"), make("shop", leaf), make("shop", ROOT, is_ca=True),
        make("shop", ROOT, usage=server), make("shop", ROOT, days=30),
        make("shop", ROOT, since=datetime(2031, 1, 1, tzinfo=UTC)), ROOT,
    ):  # fmt: skip
        assert await ask(provider, client, shown) == "client_certificate_issuer"
    for shown in (b"", b"x", make("shop", ROOT).der[:-9], make("shop", ROOT).pem, b"\x30\x82"):
        reason = await ask(provider, client, shown or None)
        assert reason in ("client_certificate_malformed", "client_auth_method")
    assert await ask(provider, client, make("shop", ROOT, usage=None)) == ""


async def test_the_chain_may_come_along(provided: Builder) -> None:
    """RFC 9440 §2.3: an intermediate authority is known by what it was issued by."""
    provider = await provided()
    client = await machine(provider, "tls_client_auth", tls_client_auth_subject_dn="CN=shop")
    between = make("Between", ROOT, is_ca=True)
    leaf = make("shop", between)
    assert await ask(provider, client, leaf) == "client_certificate_issuer"
    provider.send.chain = (between.der,)
    assert await ask(provider, client, leaf) == ""
    provider.send.chain = (make("Between", is_ca=True).der,)
    assert await ask(provider, client, leaf) == "client_certificate_issuer"
    provider.send.chain = (b"x",)
    assert await ask(provider, client, leaf) == "client_certificate_malformed"
    provider.send.chain = ()


async def test_without_authorities_nobody_comes_in_by_subject(provided: Builder) -> None:
    """A091: what is not set up is off, and discovery says so; absent = refuse."""
    provider = await provided(client_ca_file=None)
    client = await machine(provider, "tls_client_auth", tls_client_auth_subject_dn="CN=shop")
    assert await ask(provider, client, named("CN=shop")) == "client_auth_method"
    document = (await provider.send("GET", "/.well-known/openid-configuration")).json
    assert "tls_client_auth" not in document["token_endpoint_auth_methods_supported"]
    assert "self_signed_tls_client_auth" in document["token_endpoint_auth_methods_supported"]


async def test_without_a_way_for_certificates_both_are_off(provider: Provider) -> None:
    """A091: no listener and no header: nothing believes a certificate."""
    shown = make("shop")
    client = await machine(provider, "self_signed_tls_client_auth", jwks=jwks_of(shown))
    assert await ask(provider, client, shown) == "client_auth_method"
    document = (await provider.send("GET", "/.well-known/openid-configuration")).json
    assert not {"tls_client_auth", "self_signed_tls_client_auth"} & set(
        document["token_endpoint_auth_methods_supported"]
    )


# Self-signed


def jwk_of(made: Made, *, by_thumbprint: bool = False) -> dict[str, Any]:
    from base64 import b64encode

    numbers = made.key.public_key().public_numbers()
    found: dict[str, Any] = {
        "kty": "EC", "crv": "P-256", "x": base64url.encode(numbers.x.to_bytes(32, "big")).decode(),
        "y": base64url.encode(numbers.y.to_bytes(32, "big")).decode(),
    }  # fmt: skip
    if by_thumbprint:
        return found | {"x5t#S256": base64url.encode(sha256(made.der).digest()).decode()}
    return found | {"x5c": [b64encode(made.der).decode()]}


def jwks_of(*made: Made, **how: Any) -> dict[str, Any]:
    return {"keys": [jwk_of(one, **how) for one in made]}


@pytest.mark.parametrize("by_thumbprint", [False, True])
async def test_a_registered_certificate(provided: Builder, by_thumbprint: bool) -> None:
    """R051, RFC 8705 §2.2: exactly these bytes; the same key in another certificate is another."""
    provider = await provided(client_ca_file=None)
    first, second = make("shop"), make("anything")
    client = await machine(
        provider, "self_signed_tls_client_auth",
        jwks=jwks_of(first, second, by_thumbprint=by_thumbprint),
    )  # fmt: skip
    assert await ask(provider, client, first) == ""
    assert await ask(provider, client, second) == ""
    again = make("shop", key=first.key)
    assert await ask(provider, client, again) == "client_certificate_unknown"
    assert await ask(provider, client, make("shop")) == "client_certificate_unknown"
    assert await ask(provider, client, None) == "client_auth_method"
    for shown in (b"x", first.der + b"x"):
        assert await ask(provider, client, shown) == "client_certificate_malformed"


async def test_an_expired_registered_certificate_is_refused(provided: Builder) -> None:
    provider = await provided()
    old = make("shop", days=30)
    client = await machine(provider, "self_signed_tls_client_auth", jwks=jwks_of(old))
    assert await ask(provider, client, old) == "client_certificate_expired"


async def test_a_certificate_behind_another_in_x5c_is_not_the_clients(provided: Builder) -> None:
    """Only the first certificate of x5c is that of the key (RFC 7517 §4.7)."""
    provider = await provided()
    first, second = make("shop"), make("issuer")
    jwk = jwk_of(first)
    jwk["x5c"] += jwk_of(second)["x5c"]
    client = await machine(provider, "self_signed_tls_client_auth", jwks={"keys": [jwk]})
    assert await ask(provider, client, first) == ""
    assert await ask(provider, client, second) == "client_certificate_unknown"


async def test_certificates_at_an_address_rotate(provided: Builder) -> None:
    """R052: one that is not known leads to a new look, rate-limited like a kid."""
    provider = await provided()
    old, new = make("shop"), make("shop")
    async with website() as site:
        uri = site.put("/jwks", jwks_of(old))
        client = await machine(provider, "self_signed_tls_client_auth", jwks_uri=uri)
        assert await ask(provider, client, old) == ""
        site.put("/jwks", jwks_of(new))
        assert await ask(provider, client, new) == "client_certificate_unknown"
        provider.clock.advance(31)
        assert await ask(provider, client, new) == ""
        assert await ask(provider, client, old) == "client_certificate_unknown"
        assert site.count("/jwks") == 2
        site.pages.clear()
        provider.clock.advance(3600)
        assert await ask(provider, client, new) == "client_certificate_keys"


# Which method


async def test_a_certificate_alone_makes_no_other_client(provided: Builder) -> None:
    """R051, A023: another client's certificate, another method, a secret beside it."""
    provider = await provided()
    one, two = make("one"), make("two")
    first = await machine(provider, "self_signed_tls_client_auth", jwks=jwks_of(one))
    await machine(provider, "self_signed_tls_client_auth", jwks=jwks_of(two))
    assert await ask(provider, first, two) == "client_certificate_unknown"
    basic = await provider.client("m2m")
    assert await ask(provider, basic, one) == "client_auth_method"
    provider.send.certificate = one.der
    secret = GRANT | {"client_id": first.client_id, "client_secret": "x"}
    answer = await provider.token(secret)
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    assert (await provider.token(GRANT)).status == 401


async def test_a_certificate_beside_another_method_does_no_harm(provided: Builder) -> None:
    """RFC 8705 §3: tokens are bound for clients of any method, public ones too."""
    provider = await provided()
    provider.send.certificate = make("anybody").der
    basic = await provider.client("m2m")
    assert (await provider.token(GRANT, provider.basic(basic))).status == 200
    assert (await provider.token(GRANT | provider.credentials(basic))).status == 200
    spa = await provider.client("spa")
    answer = await provider.token({"grant_type": "refresh_token", "refresh_token": "x",
                                   "client_id": spa.client_id})  # fmt: skip
    assert answer.json["error"] == "invalid_grant"


async def test_a_disabled_client_with_a_right_certificate(provided: Builder) -> None:
    """A033."""
    provider = await provided()
    shown = make("shop")
    clients = [
        await machine(provider, "self_signed_tls_client_auth", jwks=jwks_of(shown)),
        await machine(provider, "tls_client_auth", tls_client_auth_subject_dn="CN=shop"),
    ]
    chief = await provider.client("m2m", scopes=["clients:write"])
    await provider.role(chief)
    token = (await provider.machine_token(chief))["access_token"]
    for client in clients:
        path = f"/api/v1/clients/{client.id}/disable"
        assert (await provider.api_call(token, "POST", path, {})).status == 200
    assert await ask(provider, clients[0], shown) == "client_disabled"
    assert await ask(provider, clients[1], named("CN=shop")) == "client_disabled"


WRONG_OPTIONS: list[tuple[str, dict[str, Any], str]] = [
    ("tls_client_auth", {}, "options.tls_client_auth_subject_dn"),
    ("tls_client_auth", {"tls_client_auth_subject_dn": "nonsense"}, "options.tls_client_auth_subject_dn"),
    ("tls_client_auth", {"tls_client_auth_subject_dn": ""}, "options.tls_client_auth_subject_dn"),
    ("tls_client_auth", {"tls_client_auth_san_ip": "300.1.1.1"}, "options.tls_client_auth_san_ip"),
    ("tls_client_auth", {"tls_client_auth_san_dns": "a", "tls_client_auth_san_uri": "b:c"},
     "options.tls_client_auth_subject_dn"),
    ("client_secret_basic", {"tls_client_auth_san_dns": "a"}, "options.tls_client_auth_san_dns"),
    ("self_signed_tls_client_auth", {}, "options.jwks"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "options", "field"), WRONG_OPTIONS, ids=str)
async def test_what_a_method_needs_is_asked_at_registration(
    provider: Provider, method: str, options: dict[str, Any], field: str
) -> None:
    """R056, R138."""
    with pytest.raises(Invalid) as refused:
        await machine(provider, method, **options)
    assert [error.field for error in refused.value.errors] == [field]
