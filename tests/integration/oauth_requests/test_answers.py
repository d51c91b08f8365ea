"""How the answer of an authorization request travels: response types, modes, JARM.

Multiple Response Types §5, Form Post Response Mode, JARM §2.
"""

import base64
import re
from hashlib import sha256
from typing import Any

import pytest
from tests.support.oauth import CAUSE, REDIRECT, Provider, decoded, header_of
from tests.support.requests import pushed

from limen.oauth.api import Client
from limen.oauth.options import ClientOptions
from limen.platform.jose.algorithms import ALGORITHMS
from limen.platform.jose.encryption import DecryptionKey, decrypt

HYBRID = ("code", "code id_token")


def half(text: str) -> str:
    return base64.urlsafe_b64encode(sha256(text.encode()).digest()[:16]).rstrip(b"=").decode()


async def hybrid(provider: Provider, **changes: Any) -> Client:
    options = ClientOptions(response_types=HYBRID, **changes)
    return await provider.client(options=options, skip_consent=True)


async def believed(provider: Provider, token: str) -> dict[str, Any]:
    """Return the claims of a token that one of our published keys has signed."""
    keys = (await provider.keys.published(provider.store)).keys
    key = keys[header_of(token)["kid"]]
    message, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    ALGORITHMS[key.alg].verify(key.public, raw, message.encode())
    return decoded(token)


async def test_a_code_comes_with_an_id_token(provider: Provider) -> None:
    """R045, R046: in the fragment, bound to nonce, code and state, with no token to use."""
    client, person = await hybrid(provider), await provider.person()
    secret, session = await provider.sign_in(person)
    for name in ("code id_token", "id_token code"):
        asked = provider.authorization(client, response_type=name, scope="openid email")
        answer = await provider.authorize(asked, secret)
        assert answer.status == 303
        assert "?" not in answer.location
        given = answer.fragment
        assert given.keys() == {"code", "id_token", "state", "iss"}
        said = await believed(provider, given["id_token"])
        assert said["nonce"] == "the-nonce"
        assert said["c_hash"] == half(given["code"])
        assert said["s_hash"] == half("the-state")
        assert (said["aud"], said["azp"]) == (client.client_id, client.client_id)
        assert (said["sub"], said["sid"]) == (str(person.id), str(session.id))
        assert {"at_hash", "email"}.isdisjoint(said)
        tokens = (await provider.token(provider.redemption(client, given["code"]))).json
        again = decoded(tokens["id_token"])
        assert (again["iss"], again["sub"]) == (said["iss"], said["sub"])
        assert (await provider.userinfo(given["id_token"])).status == 401


TOKENS = ("token", "id_token", "id_token token", "code token", "code id_token token", "none",
          "code  id_token", "code code", "CODE")  # fmt: skip


@pytest.mark.parametrize("name", TOKENS)
async def test_no_access_token_ever_comes_that_way(provider: Provider, name: str) -> None:
    """R015, R046, A013: whoever asks, and however it was registered before."""
    client = await hybrid(provider)
    secret, _ = await provider.sign_in(await provider.person())
    for mode in (None, "query", "fragment", "form_post", "jwt"):
        asked = provider.authorization(client, response_type=name, response_mode=mode)
        answer = await provider.authorize(asked, secret)
        assert b"access_token" not in answer.body
        assert "access_token" not in answer.location
        said = answer.query | answer.fragment
        if mode in (None, "query", "fragment"):
            assert said["error"] == "unsupported_response_type", (name, mode)
            assert {"code", "id_token"}.isdisjoint(said)


async def test_hybrid_is_for_clients_that_are_registered_for_it(provider: Provider) -> None:
    """R015: and asks openid and a nonce of them."""
    client, plain = await hybrid(provider), await provider.client(name="Plain")
    asked = provider.authorization(plain, response_type="code id_token")
    assert (await provider.authorize(asked)).fragment["error"] == "unauthorized_client"
    only = await provider.client(options=ClientOptions(response_types=("code id_token",)))
    assert (await provider.authorize(provider.authorization(only))).query["error"] == (
        "unauthorized_client"
    )
    for changes in ({"nonce": None}, {"scope": "email"}):
        asked = provider.authorization(client, response_type="code id_token", **changes)
        assert (await provider.authorize(asked)).fragment["error"] == "invalid_request"


MODES = [
    ("code", None, "query"), ("code", "query", "query"), ("code", "fragment", "fragment"),
    ("code", "form_post", "page"), ("code", "jwt", "query"), ("code", "query.jwt", "query"),
    ("code", "fragment.jwt", "fragment"), ("code", "form_post.jwt", "page"),
    ("code id_token", None, "fragment"), ("code id_token", "fragment", "fragment"),
    ("code id_token", "form_post", "page"), ("code id_token", "jwt", "fragment"),
    ("code id_token", "fragment.jwt", "fragment"), ("code id_token", "form_post.jwt", "page"),
    ("code id_token", "query", None), ("code id_token", "query.jwt", None),
    ("code", "web_message", None), ("code id_token", "web_message", None), ("code", "QUERY", None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "mode", "carrier"), MODES)
async def test_each_mode_carries_what_it_may(
    provider: Provider, kind: str, mode: str | None, carrier: str | None
) -> None:
    """R015, R008: an ID token is never in a query; successes and errors go the same way."""
    client = await hybrid(provider)
    secret, _ = await provider.sign_in(await provider.person())
    for fails in (False, True):
        asked = provider.authorization(client, response_type=kind, response_mode=mode)
        if fails:
            asked["prompt"] = "nonsense"
        answer = await provider.authorize(asked, secret)
        carried = fields_of(answer.body) if carrier == "page" else answer.query | answer.fragment
        if "response" in carried:
            assert (mode or "").endswith("jwt")
            assert carried.keys() == {"response"}
            carried = await believed(provider, carried["response"])
            assert carried["aud"] == client.client_id
            assert 0 < carried["exp"] - provider.clock.now().timestamp() <= 60
        assert carried["iss"] == provider.tenant.issuer
        assert carried["state"] == "the-state"
        if carrier is None:
            assert carried["error"] == "invalid_request"
        else:
            assert ("error" in carried) == fails
            assert ("id_token" in carried) == (kind != "code" and not fails)
            where = (("query", answer.query), ("fragment", answer.fragment))
            assert [name for name, found in where if found] == (
                [] if carrier == "page" else [carrier]
            )
        assert "id_token" not in answer.query


def fields_of(body: bytes) -> dict[str, str]:
    found = re.findall(rb'<input type="hidden" name="(\w+)" value="([^"]*)">', body)
    return {name.decode(): value.decode() for name, value in found}


async def test_the_page_of_a_form_works_without_scripts(provider: Provider) -> None:
    """R009, R010, A115: a button, one form with one target, and nothing of others."""
    client = await hybrid(provider)
    secret, _ = await provider.sign_in(await provider.person())
    asked = provider.authorization(client, response_mode="form_post")
    answer = await provider.authorize(asked, secret)
    text = answer.body.decode()
    assert answer.status == 200
    assert text.count("<form") == text.count("</form") == 1
    assert f'<form method="post" action="{REDIRECT}">' in text
    assert text.count('<button class="button primary" type="submit"') == 1
    assert "Back to Shop" in text
    policy = answer.headers["content-security-policy"]
    assert "form-action https://app.example" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http://" not in text.replace(provider.tenant.issuer, "").replace(
        "http://www.w3.org/2000/svg", ""
    )
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("alg", ["ES256", "PS256", "EdDSA"])
async def test_an_answer_is_signed_as_the_client_wants_it(provider: Provider, alg: str) -> None:
    """R038: authorization_signed_response_alg; without it, that of the ID tokens."""
    await provider.keys.ensure(provider.store, alg, CAUSE)
    client = await hybrid(provider, authorization_signed_response_alg=alg)
    asked = provider.authorization(client, response_mode="jwt", prompt="none")
    answer = await provider.authorize(asked)
    assert header_of(answer.query["response"])["alg"] == alg
    assert (await believed(provider, answer.query["response"]))["error"] == "login_required"


async def test_an_answer_is_no_token_of_another_kind(provider: Provider) -> None:
    """R041: neither a hint of a person, nor for userinfo."""
    client = await hybrid(provider)
    secret, _ = await provider.sign_in(await provider.person())
    asked = provider.authorization(client, response_mode="jwt")
    response = (await provider.authorize(asked, secret)).query["response"]
    assert (await provider.userinfo(response)).status == 401
    hinted = provider.authorization(client, id_token_hint=response)
    assert (await provider.authorize(hinted, secret)).query["error"] == "invalid_request"


async def test_an_answer_is_encrypted_to_the_client(provider: Provider) -> None:
    """JARM §2.2: signed within; without a key that fits it is never sent readable."""
    key = DecryptionKey.generate("ECDH-ES")
    jwks = {"keys": [dict(key.jwk)]}
    client = await hybrid(
        provider, jwks=jwks, authorization_encrypted_response_alg="ECDH-ES",
        authorization_encrypted_response_enc="A256GCM",
    )  # fmt: skip
    secret, _ = await provider.sign_in(await provider.person())
    asked = provider.authorization(client, response_type="code id_token", response_mode="jwt")
    answer = await provider.authorize(asked, secret)
    inner = decrypt(answer.fragment["response"], {key.kid: key})
    said = await believed(provider, inner)
    assert {"code", "id_token", "iss", "aud", "exp", "state"} == said.keys()
    wrong = await hybrid(provider, jwks=jwks, authorization_encrypted_response_alg="RSA-OAEP-256")
    asked = provider.authorization(wrong, response_mode="jwt")
    refused = await provider.authorize(asked, secret)
    assert (refused.status, "location" in refused.headers) == (400, False)


async def test_an_id_token_of_the_front_channel_is_the_clients_own(provider: Provider) -> None:
    """R043: pairwise and encrypted as at the token endpoint; without a key there is no code."""
    key = DecryptionKey.generate("ECDH-ES")
    options: dict[str, Any] = {
        "jwks": {"keys": [dict(key.jwk)]}, "id_token_encrypted_response_enc": "A256GCM",
        "subject_type": "pairwise",
    }  # fmt: skip
    client = await hybrid(provider, id_token_encrypted_response_alg="ECDH-ES", **options)
    person = await provider.person()
    secret, _ = await provider.sign_in(person)
    asked = provider.authorization(client, response_type="code id_token")
    given = (await provider.authorize(asked, secret)).fragment
    said = await believed(provider, decrypt(given["id_token"], {key.kid: key}))
    assert said["sub"] != str(person.id)
    tokens = (await provider.token(provider.redemption(client, given["code"]))).json
    again = await believed(provider, decrypt(tokens["id_token"], {key.kid: key}))
    assert again["sub"] == said["sub"]
    none = await hybrid(provider, id_token_encrypted_response_alg="RSA-OAEP-256", **options)
    before = len(await provider.data("code.issued"))
    asked = provider.authorization(none, response_type="code id_token")
    assert (await provider.authorize(asked, secret)).fragment["error"] == "invalid_request"
    assert len(await provider.data("code.issued")) == before


async def test_pushed_requests_answer_alike(provider: Provider) -> None:
    """A009: the mode of what was pushed, not one beside it."""
    client = await hybrid(provider)
    secret, _ = await provider.sign_in(await provider.person())
    asked = await pushed(provider, client, response_type="code id_token")
    answer = await provider.authorize({**asked, "response_mode": "query"}, secret)
    assert answer.query == {}
    assert {"code", "id_token"} <= answer.fragment.keys()


async def test_a_request_that_waited_answers_as_it_asked(provider: Provider) -> None:
    """A013: type and mode are kept on the server."""
    client = await provider.client(options=ClientOptions(response_types=HYBRID))
    secret, _ = await provider.sign_in(await provider.person())
    asked = provider.authorization(
        client, response_type="code id_token", response_mode="fragment.jwt"
    )
    waits = await provider.authorize(asked, secret)
    await provider.approve(waits, secret)
    done = await provider.resume(waits, secret)
    assert (await believed(provider, done.fragment["response"])).keys() >= {"code", "id_token"}
