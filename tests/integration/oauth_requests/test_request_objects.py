"""Request objects (RFC 9101, OpenID Connect Core §6)."""

import base64
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.support.assertions import Keys, compact
from tests.support.oauth import CAUSE, REDIRECT, Provider
from tests.support.requests import claims_of, object_of, push, set_policy, with_object
from tests.support.websites import Website, page, website

from limen.kernel.tenant import Tenant
from limen.oauth.api import Client
from limen.oauth.options import ClientOptions
from limen.platform.jose.encryption import DecryptionKey, encrypt_for

KEYS, OTHERS = Keys(), Keys()
TYP = "oauth-authz-req+jwt"


@pytest.fixture
async def client(provider: Provider) -> Client:
    return await provider.client(options=ClientOptions(jwks=KEYS.jwks))


@pytest.fixture
async def site() -> AsyncIterator[Website]:
    async with website() as found:
        yield found


async def test_the_object_alone_counts(provider: Provider, client: Client) -> None:
    """R017: what is said beside it is not read; client_id must agree (RFC 9101 §6.3)."""
    text = object_of(provider, client, KEYS, prompt="none", max_age=300)
    beside = {"redirect_uri": "https://evil.test", "scope": "nonsense", "state": "beside",
              "response_mode": "form_post", "prompt": "login"}  # fmt: skip
    answer = await provider.authorize(with_object(client, text, **beside))
    assert answer.location.startswith(REDIRECT + "?")
    assert answer.query["error"] == "login_required"
    assert answer.query["state"] == "of-the-object"


async def test_a_whole_flow(provider: Provider, client: Client) -> None:
    """R017, R045: claims and resources may be JSON in the object."""
    secret, _ = await provider.sign_in(await provider.person())
    claims = {"id_token": {"email": {"essential": True}}}
    text = object_of(provider, client, KEYS, claims=claims, resource=[provider.tenant.issuer])
    asked = await provider.authorize(with_object(client, text), secret)
    await provider.approve(asked, secret)
    done = await provider.resume(asked, secret)
    answer = await provider.token(provider.redemption(client, done.query["code"]))
    part = answer.json["id_token"].split(".")[1]
    said = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    assert (said["email"], said["nonce"]) == ("ada@example.com", "the-nonce")


async def test_an_object_is_pushed_too(provider: Provider, client: Client) -> None:
    """R016, R017: PAR with a request object; only the object counts there as well."""
    text = object_of(provider, client, KEYS)
    answer = await push(provider, client, request=text, scope="nonsense")
    assert answer.status == 201, answer.body
    asked = {"client_id": client.client_id, "request_uri": answer.json["request_uri"]}
    assert "/signin?" in (await provider.authorize(asked)).location
    wrong = await push(provider, client, request=object_of(provider, client, OTHERS))
    assert (wrong.status, wrong.json["error"]) == (400, "invalid_request_object")
    foreign = await provider.client(name="Foreign", options=ClientOptions(jwks=KEYS.jwks))
    wrong = await push(provider, foreign, request=text)
    assert wrong.json["error"] == "invalid_request_object"


def unsigned(claims: dict[str, Any], alg: str) -> str:
    return compact({"alg": alg, "typ": TYP}, claims, lambda _: b"x").rpartition(".")[0] + "."


def by_public_key(claims: dict[str, Any], form: Encoding) -> str:
    kind = PublicFormat.SubjectPublicKeyInfo
    raw = KEYS.key.public.public.public_bytes(form, kind)
    return compact({"alg": "HS256", "typ": TYP}, claims, lambda m: hmac.digest(raw, m, "sha256"))


async def refused(provider: Provider, client: Client, text: str) -> None:
    """Nothing is believed: no redirect without a registered address beside, else its error."""
    nowhere = await provider.authorize(with_object(client, text))
    assert (nowhere.status, "location" in nowhere.headers) == (400, False)
    told = await provider.authorize(with_object(client, text, redirect_uri=REDIRECT, state="s"))
    assert told.location.startswith(REDIRECT + "?")
    assert told.query["error"] == "invalid_request_object", text[:80]
    assert (told.query["state"], told.query["iss"]) == ("s", provider.tenant.issuer)
    evil = await provider.authorize(with_object(client, text, redirect_uri="https://evil.test"))
    assert (evil.status, "location" in evil.headers) == (400, False)


async def test_only_the_clients_keys_are_believed(provider: Provider, client: Client) -> None:
    """R017, R038, R039, A095, A097: not another key, none, HS with the public key, nor the header's."""
    claims = claims_of(provider, client)
    right = object_of(provider, client, KEYS)
    wrong = [
        OTHERS.token(claims, typ=TYP),
        OTHERS.token(claims, typ=TYP, jwk=OTHERS.jwk),
        KEYS.token(claims, typ=TYP, jku="https://evil.test/jwks"),
        KEYS.token(claims, typ=TYP, crit=["exp"]),
        KEYS.token(claims, typ=TYP, kid="another"),
        KEYS.token(claims, typ=TYP, alg="ES384"),
        *(unsigned(claims, alg) for alg in ("none", "None", "nOnE", "")),
        by_public_key(claims, Encoding.PEM),
        by_public_key(claims, Encoding.DER),
        compact({"alg": "HS256"}, claims, lambda m: hmac.digest(
            str(provider.secrets[client.id]).encode(), m, "sha256")),
        right[:-4] + "AAAA",
        right + ".x", right + "..", "x", "a.b.c", "{}",
        "A" * 16_000,
    ]  # fmt: skip
    for text in wrong:
        await refused(provider, client, text)
    assert "/signin?" in (await provider.authorize(with_object(client, right))).location


async def test_an_object_is_for_us_now_and_of_this_client(
    provider: Provider, client: Client
) -> None:
    """R040, R042, A101: iss, aud, exp, nbf, iat, client_id; no object within the object."""
    now = int(provider.clock.now().timestamp())
    other = await provider.client(name="Other", options=ClientOptions(jwks=KEYS.jwks))
    for changes in (
        {"iss": other.client_id}, {"iss": 7}, {"aud": "https://evil.test"}, {"aud": []},
        {"aud": ["https://evil.test"]}, {"exp": now}, {"exp": "soon"}, {"exp": True},
        {"exp": 1e308}, {"exp": -1}, {"nbf": now + 120}, {"iat": now + 120},
        {"client_id": other.client_id}, {"client_id": None},
        {"request": "x"}, {"request_uri": "https://evil.test/r"}, {"sub": client.client_id},
        {"scope": ["openid"]}, {"redirect_uri": {}}, {"state": "\0"}, {"resource": [7]},
        {"nonce": "n" * 3000}, {"claims": "{" * 9000},
    ):  # fmt: skip
        claims = claims_of(provider, client, **changes)
        await refused(provider, client, KEYS.token(claims, typ=TYP))
    many = {"aud": ["https://elsewhere.test", provider.tenant.issuer]}
    few = {"aud": None, "iss": None, "exp": None, "nbf": None, "iat": None}
    for changes in (many, few, {"state": 7}, {"unknown": {"a": [1]}}):
        text = object_of(provider, client, KEYS, **changes)
        assert "/signin?" in (await provider.authorize(with_object(client, text))).location


async def test_another_kind_of_token_is_no_request(provider: Provider, client: Client) -> None:
    """R041: typ is looked at (RFC 9101 §10.8)."""
    claims = claims_of(provider, client)
    for typ in ("at+jwt", "logout+jwt", "dpop+jwt", "client-authentication+jwt"):
        await refused(provider, client, KEYS.token(claims, typ=typ))
    for typ in (None, "JWT", "application/oauth-authz-req+jwt"):
        text = KEYS.token(claims, typ=typ)
        assert "/signin?" in (await provider.authorize(with_object(client, text))).location


async def test_the_redirect_uri_of_an_object_is_compared(
    provider: Provider, client: Client
) -> None:
    """R001, A009: also where the one beside is right."""
    text = object_of(provider, client, KEYS, redirect_uri="https://evil.test")
    answer = await provider.authorize(with_object(client, text, redirect_uri=REDIRECT))
    assert (answer.status, "location" in answer.headers) == (400, False)


async def test_a_client_without_keys_has_no_objects(provider: Provider) -> None:
    client = await provider.client()
    await refused(provider, client, object_of(provider, client, KEYS))


async def test_the_registered_algorithm_is_the_only_one(provider: Provider) -> None:
    """R017: request_object_signing_alg."""
    rsa = Keys("RS256", kid="r1")
    jwks = {"keys": [KEYS.jwk, rsa.jwk]}
    options = ClientOptions(jwks=jwks, request_object_signing_alg="ES256")
    client = await provider.client(options=options)
    await refused(provider, client, object_of(provider, client, rsa))
    text = object_of(provider, client, KEYS)
    assert "/signin?" in (await provider.authorize(with_object(client, text))).location


async def test_who_must_sign_says_everything(provider: Provider) -> None:
    """R017, R018: require_signed_request_object; iss, aud, exp and nbf, an hour at most."""
    options = ClientOptions(jwks=KEYS.jwks, require_signed_request_object=True)
    client = await provider.client(options=options)
    plain = await provider.authorize(provider.authorization(client))
    assert plain.query["error"] == "invalid_request"
    assert (await push(provider, client)).json["error"] == "invalid_request"
    now = int(provider.clock.now().timestamp())
    for changes in (
        {"iss": None}, {"aud": None}, {"exp": None}, {"nbf": None}, {"exp": now + 3700},
        {"nbf": now - 3700},
    ):  # fmt: skip
        await refused(provider, client, object_of(provider, client, KEYS, **changes))
    text = object_of(provider, client, KEYS)
    assert "/signin?" in (await provider.authorize(with_object(client, text))).location


async def test_who_must_sign_says_each_thing_once(provider: Provider) -> None:
    """R052: a jti is taken once, for its client; by the client's metadata or the tenant's profile."""
    options = ClientOptions(jwks=KEYS.jwks, require_signed_request_object=True)
    client, other = await provider.client(options=options), await provider.client(options=options)
    text = object_of(provider, client, KEYS, jti="one")
    assert (await push(provider, client, request=text)).status == 201
    again = await push(provider, client, request=text)
    assert again.json["error"] == "invalid_request_object"
    theirs = object_of(provider, other, KEYS, jti="one")
    assert (await push(provider, other, request=theirs)).status == 201
    loose = await provider.client(name="Loose", options=ClientOptions(jwks=KEYS.jwks))
    assert (
        await push(provider, loose, request=object_of(provider, loose, KEYS, exp=None))
    ).status == 201
    await set_policy(provider, profile="fapi2")
    text = object_of(provider, loose, KEYS, exp=None)
    await refused(provider, loose, text)


# By reference


async def referring(provider: Provider, *uris: str, **options: Any) -> Client:
    return await provider.client(
        options=ClientOptions(jwks=KEYS.jwks, request_uris=uris, **options)
    )


async def test_an_object_is_fetched_from_a_registered_address(
    provider: Provider, site: Website
) -> None:
    """R135, A117: once for a minute; the fragment is its version and is not sent."""
    uri = site.url("/request.jwt") + "#v1"
    client = await referring(provider, uri)
    text = object_of(provider, client, KEYS)
    site.pages["/request.jwt"] = page(text.encode(), content_type="application/oauth-authz-req+jwt")
    asked = {"client_id": client.client_id, "request_uri": uri}
    for _ in range(3):
        assert "/signin?" in (await provider.authorize(asked)).location
    assert site.count("/request.jwt") == 1
    provider.clock.advance(timedelta(seconds=61))
    assert "/signin?" in (await provider.authorize(asked)).location
    assert site.count("/request.jwt") == 2


async def test_no_other_address_is_asked(provider: Provider, site: Website) -> None:
    """A117, R017: byte by byte, whatever it looks like."""
    uri = site.url("/request.jwt")
    client, other = await referring(provider, uri), await provider.client(name="Other")
    site.pages["/request.jwt"] = page(object_of(provider, client, KEYS).encode())
    for wrong in (uri + "?x=1", uri + "#x", uri.replace("localhost", "127.0.0.1"), uri.upper(),
                  site.url("/other"), "http://169.254.169.254/latest", "file:///etc/passwd",
                  "urn:x", "x"):  # fmt: skip
        asked = {"client_id": client.client_id, "request_uri": wrong, "redirect_uri": REDIRECT}
        answer = await provider.authorize(asked)
        assert answer.query["error"] == "invalid_request_uri", wrong
        nowhere = await provider.authorize({k: v for k, v in asked.items() if k != "redirect_uri"})
        assert (nowhere.status, "location" in nowhere.headers) == (400, False)
    asked = {"client_id": other.client_id, "request_uri": uri, "redirect_uri": REDIRECT}
    assert (await provider.authorize(asked)).query["error"] == "invalid_request_uri"
    assert site.asked == []


async def test_what_is_fetched_must_be_an_object(provider: Provider, site: Website) -> None:
    """A117, A121: no redirect is followed, nothing endless is read, and no reason is told."""
    paths = ("/huge", "/moved", "/missing", "/binary", "/zipped")
    client = await referring(provider, *map(site.url, paths))
    text = object_of(provider, client, KEYS).encode()
    site.pages |= {
        "/huge": page(b"A" * 100_000),
        "/moved": page(b"", "302 Found", location=site.url("/there")),
        "/there": page(text),
        "/binary": page(b"\xff\xfe"),
        "/zipped": page(text, content_encoding="gzip"),
    }
    told = set()
    for path in paths:
        asked = {"client_id": client.client_id, "request_uri": site.url(path),
                 "redirect_uri": REDIRECT}  # fmt: skip
        answer = await provider.authorize(asked)
        assert answer.query["error"] == "invalid_request_uri", path
        told.add(answer.query["error_description"])
    assert len(told) == 1
    assert site.count("/there") == 0
    asked = {"client_id": client.client_id, "request_uri": site.url("/missing")}
    for _ in range(3):  # nobody makes us ask in a loop
        await provider.authorize(asked)
    assert site.count("/missing") == 1
    provider.clock.advance(timedelta(seconds=11))
    site.pages["/missing"] = page(text)
    assert "/signin?" in (await provider.authorize(asked)).location


async def test_request_and_request_uri_exclude_each_other(
    provider: Provider, client: Client
) -> None:
    """RFC 9101 §5."""
    text = object_of(provider, client, KEYS)
    both = with_object(client, text, request_uri="https://evil.test", redirect_uri=REDIRECT)
    assert (await provider.authorize(both)).query["error"] == "invalid_request"


async def test_keys_are_read_from_the_clients_address(provider: Provider, site: Website) -> None:
    """R017: jwks_uri, and its rotation."""
    first, second = Keys(kid="first"), Keys(kid="second")
    uri = site.put("/jwks", first.jwks)
    client = await provider.client(options=ClientOptions(jwks_uri=uri))
    text = object_of(provider, client, first)
    assert "/signin?" in (await provider.authorize(with_object(client, text))).location
    site.put("/jwks", second.jwks)
    provider.clock.advance(timedelta(seconds=31))
    text = object_of(provider, client, second)
    assert "/signin?" in (await provider.authorize(with_object(client, text))).location


# Encrypted


async def our_keys(provider: Provider) -> dict[str, Any]:
    return (await provider.send("GET", "/oauth2/jwks")).json


async def encrypting(provider: Provider, alg: str, enc: str | None) -> Client:
    await provider.keys.ensure(provider.store, alg, CAUSE)
    options = ClientOptions(
        jwks=KEYS.jwks, request_object_encryption_alg=alg, request_object_encryption_enc=enc
    )
    return await provider.client(options=options)


@pytest.mark.parametrize(
    ("alg", "enc"),
    [("ECDH-ES", None), ("ECDH-ES+A256KW", "A256GCM"), ("RSA-OAEP-256", "A256CBC-HS512")],
)
async def test_an_object_may_be_encrypted_to_us(
    provider: Provider, alg: str, enc: str | None
) -> None:
    """R017: to a published key for encryption; it is signed within."""
    client = await encrypting(provider, alg, enc)
    jwks = await our_keys(provider)
    assert [jwk["use"] for jwk in jwks["keys"]] == ["sig", "sig", "enc", "enc"]
    assert all("d" not in jwk for jwk in jwks["keys"])
    text = encrypt_for(jwks, alg, enc, object_of(provider, client, KEYS))
    assert "/signin?" in (await provider.authorize(with_object(client, text))).location
    plain = object_of(provider, client, KEYS)  # encryption is the client's choice (§2)
    assert "/signin?" in (await provider.authorize(with_object(client, plain))).location


async def test_an_encrypted_object_is_no_less_signed(provider: Provider) -> None:
    """A099, A111: not unsigned, twice encrypted, compressed, or by what was not registered."""
    client = await encrypting(provider, "ECDH-ES", "A256GCM")
    jwks = await our_keys(provider)
    claims, right = claims_of(provider, client), object_of(provider, client, KEYS)
    nested = encrypt_for(jwks, "ECDH-ES", "A256GCM", right)
    elsewhere = {"keys": [dict(DecryptionKey.generate("ECDH-ES").jwk)]}
    wrong = [
        encrypt_for(jwks, "ECDH-ES", "A256GCM", unsigned(claims, "none")),
        encrypt_for(jwks, "ECDH-ES", "A256GCM", json.dumps(claims)),
        encrypt_for(jwks, "ECDH-ES", "A256GCM", OTHERS.token(claims)),
        encrypt_for(jwks, "ECDH-ES", "A256GCM", nested),
        encrypt_for(jwks, "ECDH-ES", "A128GCM", right),
        encrypt_for(jwks, "ECDH-ES+A128KW", "A256GCM", right),
        encrypt_for(elsewhere, "ECDH-ES", "A256GCM", right),
        compressed(jwks, right),
        nested[:-3] + "AAA",
    ]
    for text in wrong:
        await refused(provider, client, text)
    unregistered = await provider.client(name="No", options=ClientOptions(jwks=KEYS.jwks))
    text = encrypt_for(jwks, "ECDH-ES", "A256GCM", object_of(provider, unregistered, KEYS))
    await refused(provider, unregistered, text)


def compressed(jwks: dict[str, Any], text: str) -> str:
    from joserfc import jwe
    from joserfc.jwk import ECKey

    jwk = next(jwk for jwk in jwks["keys"] if jwk["use"] == "enc")
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": jwk["kid"], "zip": "DEF"}
    bomb = text.encode() + b" " * 1_000_000
    algs = ["ECDH-ES", "A256GCM", "DEF"]
    return jwe.encrypt_compact(header, bomb, ECKey.import_key(jwk), algorithms=algs)


async def test_our_keys_for_encryption_rotate(provider: Provider) -> None:
    """R050: what was encrypted to the key before is still opened."""
    client = await encrypting(provider, "ECDH-ES", "A256GCM")
    jwks = await our_keys(provider)
    text = encrypt_for(jwks, "ECDH-ES", "A256GCM", object_of(provider, client, KEYS))
    await provider.keys.rotate(provider.store, CAUSE, alg="ECDH-ES", at_once=True)
    published = (await provider.keys.published(provider.store)).jwks
    assert len(json.loads(published)["keys"]) == 5
    assert "/signin?" in (await provider.authorize(with_object(client, text))).location


async def test_an_object_of_one_tenant_is_nothing_at_another(
    provider: Provider, client: Client
) -> None:
    """A077: aud names the issuer."""
    tenant: Tenant = await provider.tenants.create("acme", "Acme", CAUSE)
    acme = provider.in_tenant(tenant)
    theirs = await acme.client(options=ClientOptions(jwks=KEYS.jwks))
    text = object_of(acme, theirs, KEYS, aud=provider.tenant.issuer)
    answer = await acme.authorize(with_object(theirs, text, redirect_uri=REDIRECT))
    assert answer.query["error"] == "invalid_request_object"
