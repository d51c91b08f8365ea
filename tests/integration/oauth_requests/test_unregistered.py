"""Every error of the authorization endpoint × every address that is not registered: a page."""

from collections.abc import Awaitable, Callable, Iterator
from importlib import import_module
from pkgutil import walk_packages
from urllib.parse import quote, urlencode, urlsplit

import pytest
from tests.support.assertions import Keys
from tests.support.issuers import manage
from tests.support.oauth import REDIRECT, Answer, Provider
from tests.support.requests import claims_of, pushed, with_object

import limen.oauth
from limen.oauth.api import Client
from limen.oauth.errors import OAuthRefusal
from limen.oauth.options import ClientOptions

KEYS = Keys()
THEIRS = "https://other.example/callback"

PROVOKED: dict[str, dict[str, str | None]] = {
    "invalid_request": {"response_type": None},
    "unauthorized_client": {"response_type": "code id_token"},
    "unsupported_response_type": {"response_type": "token"},
    "invalid_scope": {"scope": "unheard-of"},
    "invalid_target": {"resource": "https://unknown.example"},
    "login_required": {"prompt": "none", "max_age": "0"},
    "consent_required": {"prompt": "none", "scope": "openid email"},
    "invalid_request_uri": {"request_uri": "urn:ietf:params:oauth:request_uri:unknown"},
    "invalid_request_object": {"request": "a.b.c"},
    "invalid_authorization_details": {"authorization_details": "[]x"},
    "registration_not_supported": {"registration": "{}"},
    "unmet_authentication_requirements": {
        "claims": '{"id_token":{"acr":{"essential":true,"value":"x"}}}'
    },
}
"""Error → how a signed-in person's request comes to it."""

ELSEWHERE = {
    "access_denied": "a person says so on a page, after the address was checked",
    "account_selection_required": "nobody asks for a choice with prompt=none",
    "invalid_client": "token endpoint", "invalid_grant": "token endpoint",
    "unsupported_grant_type": "token endpoint", "authorization_pending": "token endpoint",
    "slow_down": "token endpoint", "expired_token": "token endpoint",
    "use_dpop_nonce": "token endpoint", "invalid_dpop_proof": "token endpoint",
    "unsupported_token_type": "revocation", "invalid_token": "resources",
    "insufficient_scope": "resources", "token_missing": "resources",
    "invalid_redirect_uri": "registration", "invalid_client_metadata": "registration",
    "invalid_software_statement": "registration",
    "unapproved_software_statement": "registration", "unknown_user_id": "CIBA",
    "expired_login_hint_token": "CIBA", "missing_user_code": "CIBA", "invalid_user_code": "CIBA",
    "invalid_binding_message": "CIBA",
}  # fmt: skip


def unregistered() -> Iterator[str | None]:
    """Yield addresses that resemble the registered one, and that do not."""
    yield from (None, "", " ", THEIRS, "https://evil.test", "javascript:alert(1)", "data:,x", "//x")
    yield from (REDIRECT + tail for tail in (
        "/", "/x", "?x=1", "#f", "%20", "\\", "/../evil", "/%2e%2e/evil", ";x", "%00", "é",
    ))  # fmt: skip
    host = urlsplit(REDIRECT).netloc
    for other in (
        f"{host}:443", f"{host}.", f"{host}.evil.test", f"user@{host}", f"{host}@evil.test",
        f"{host}%2eevil.test", f"evil.test\\@{host}", host.upper(), f"www.{host}",
    ):  # fmt: skip
        yield REDIRECT.replace(host, other)
    yield REDIRECT.replace("https", "http")
    yield REDIRECT.upper()
    yield f"{REDIRECT} {REDIRECT}"


@pytest.fixture
async def client(provider: Provider) -> Client:
    await provider.client(name="Other", redirect_uris=[THEIRS])
    return await provider.client(options=ClientOptions(jwks=KEYS.jwks))


Fields = dict[str, str | None]
Send = Callable[[Provider, Client, Fields, str], Awaitable[Answer]]


def written(fields: Fields) -> str:
    return urlencode({k: v for k, v in fields.items() if v is not None})


async def by_get(provider: Provider, client: Client, fields: Fields, secret: str) -> Answer:
    return await provider.authorize(written(fields), secret)


async def by_post(provider: Provider, client: Client, fields: Fields, secret: str) -> Answer:
    """Go round as a browser does: the form leads to our own address, and nowhere else."""
    answer = await provider.form(
        "/oauth2/authorize", written(fields), await provider.cookies(secret)
    )
    if answer.status != 303:
        return answer
    assert answer.location.startswith("/oauth2/authorize?"), answer.location
    return await provider.authorize(answer.location.partition("?")[2], secret)


async def by_object(provider: Provider, client: Client, fields: Fields, secret: str) -> Answer:
    """Everything is in the signed object, and a registered address beside it helps nobody."""
    claims = claims_of(provider, client, **{"redirect_uri": None, **fields})
    return await provider.authorize(
        with_object(client, KEYS.token(claims), redirect_uri=REDIRECT), secret
    )


def cases(provider: Provider, client: Client) -> dict[str, Fields]:
    right: Fields = dict(provider.authorization(client))
    return {error: right | changes for error, changes in PROVOKED.items()}


@pytest.mark.parametrize("send", [by_get, by_post, by_object], ids=lambda send: send.__name__)
async def test_no_error_leads_to_an_address_that_is_not_registered(
    provider: Provider, client: Client, send: Send
) -> None:
    """R001, R003, R004, A001, A003, A005, A007, A009: the same request once is sent on, once not."""
    secret, _ = await provider.sign_in(await provider.person())
    for error, fields in cases(provider, client).items():
        if send is by_object and fields.keys() & {"request", "request_uri"}:
            continue  # no object in an object
        control = await send(provider, client, fields, secret)
        said = control.query | control.fragment
        assert said.get("error") == error, (error, control.status, control.location)
        assert control.location.startswith(REDIRECT)
        for uri in unregistered():
            answer = await send(provider, client, fields | {"redirect_uri": uri}, secret)
            shown = answer.status, "location" in answer.headers
            assert shown == (400, False), (error, uri, answer.location)
            assert answer.headers["content-type"].startswith("text/html")
            provider.clock.advance(0.1)


async def test_a_push_of_an_address_that_is_not_registered(
    provider: Provider, client: Client
) -> None:
    """R003, R016, A009: it is refused when it is pushed, so that no request_uri holds one."""
    for error, fields in cases(provider, client).items():
        for uri in unregistered():
            form = fields | {"redirect_uri": uri} | provider.credentials(client)
            answer = await provider.form("/oauth2/par", written(form))
            assert answer.status in (400, 403), (error, uri, answer.body)
            provider.clock.advance(0.5)


async def test_an_address_that_was_withdrawn_is_no_longer_one(
    provider: Provider, client: Client
) -> None:
    """R001, R003: whatever was pushed, signed or begun with it before."""
    secret, _ = await provider.sign_in(await provider.person())
    asked = await pushed(provider, client)
    claims = claims_of(provider, client)
    begun = await provider.authorize(provider.authorization(client), secret)
    await withdraw(provider, client)
    for answer in (
        await provider.authorize(asked, secret),
        await provider.authorize(with_object(client, KEYS.token(claims)), secret),
        await provider.resume(begun, secret),
    ):
        assert (answer.status, "location" in answer.headers) == (400, False), answer.location


async def withdraw(provider: Provider, client: Client) -> None:
    changed = await manage(
        provider, "PATCH", f"/api/v1/clients/{client.id}", {"redirect_uris": [THEIRS]}
    )
    assert changed.status == 200, changed.body
    await provider.snapshots.poll()


async def test_who_is_no_client_is_sent_nowhere(provider: Provider, client: Client) -> None:
    """R003: unknown, of another tenant, disabled: with an address that was right for it."""
    right = provider.authorization(client)
    for wrong in ("", "x", "019a0000-0000-7000-8000-00000000dead", client.client_id.upper(),
                  client.client_id + " ", quote("https://evil.test/client.json")):  # fmt: skip
        for prompt in (None, "none"):
            fields: Fields = {**right, "client_id": wrong, "prompt": prompt}
            answer = await provider.authorize(written(fields))
            assert (answer.status, "location" in answer.headers) == (400, False), wrong
    await manage(provider, "POST", f"/api/v1/clients/{client.id}/disable")
    await provider.snapshots.poll()
    for fields in (right, right | {"prompt": "none"}, right | {"scope": "unheard-of"}):
        answer = await provider.authorize(fields)
        assert (answer.status, "location" in answer.headers) == (400, False)


def codes(kind: type[OAuthRefusal]) -> Iterator[str]:
    for below in kind.__subclasses__():
        yield below.code
        yield from codes(below)


def test_no_error_is_without_a_row() -> None:
    """R003: a new error of the protocol must be provoked here, or be named as one of elsewhere."""
    for module in walk_packages(limen.oauth.__path__, "limen.oauth."):
        if module.name.endswith("errors"):
            import_module(module.name)
    known = PROVOKED.keys() | ELSEWHERE.keys()
    found = {code for code in codes(OAuthRefusal) if not _is_of(code, "federation")}
    assert found <= known, found - known


def _is_of(code: str, folder: str) -> bool:
    """True for an error that only the folder's own endpoints answer with."""
    errors = import_module(f"limen.oauth.{folder}.errors")
    own = (v for v in vars(errors).values() if getattr(v, "__module__", "") == errors.__name__)
    return code in {getattr(kind, "code", "") for kind in own} and code not in PROVOKED
