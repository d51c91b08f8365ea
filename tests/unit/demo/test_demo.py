"""The demo as a careful relying party: it shows everything and accepts nothing odd."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from tests.support.pages import HOSTILE, PAGES, a_request, check_page, location

from limen.demo.model import Visit, Visits, explained, masked
from limen.demo.pages import DemoPages, DemoUnavailable
from limen.demo.relying_party import Begun, DemoClient, RelyingParty, begin
from limen.demo.routes import ROUTES

ISSUER = "http://localhost:8400"
KEY = ECKey.generate_key("P-256", {"kid": "k1", "alg": "ES256", "use": "sig"})
OTHER = ECKey.generate_key("P-256", {"kid": "k1", "alg": "ES256", "use": "sig"})
BEGUN = Begun("the-state", "the-nonce", "the-verifier")
ANSWER = {"code": "the-authorization-code", "state": "the-state", "iss": ISSUER}


def provider(*, key: ECKey = KEY, **changes: Any) -> Callable[[httpx.Request], httpx.Response]:
    """A provider that answers rightly, but for `changes` to its claims."""
    now = int(time.time())
    claims = {
        "iss": ISSUER, "aud": "client-1", "sub": "person-1", "nonce": "the-nonce", "iat": now,
        "exp": now + 300, "name": HOSTILE, "amr": ["pwd"], **changes,
    }  # fmt: skip
    subject = claims["sub"]
    claims = {name: value for name, value in claims.items() if value is not None}

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/.well-known/openid-configuration":
            endpoints = ("authorize", "token", "userinfo", "jwks", "logout")
            a, t, u, j, e = (f"{ISSUER}/oauth2/{name}" for name in endpoints)
            return httpx.Response(200, json={
                "issuer": ISSUER, "authorization_endpoint": a, "token_endpoint": t,
                "userinfo_endpoint": u, "jwks_uri": j, "end_session_endpoint": e,
            })  # fmt: skip
        if path.endswith("token"):
            token = jwt.encode({"alg": "ES256", "kid": "k1"}, claims, key)
            return httpx.Response(
                200, json={"id_token": token, "access_token": "at", "scope": "openid"}
            )
        if path.endswith("jwks"):
            return httpx.Response(200, json={"keys": [KEY.as_dict(private=False)]})
        assert request.headers["authorization"] == "Bearer at"
        return httpx.Response(200, json={"sub": subject, "email": HOSTILE})

    return answer


def http(answer: Callable[[httpx.Request], httpx.Response]) -> Callable[[], httpx.AsyncClient]:
    return lambda: httpx.AsyncClient(transport=httpx.MockTransport(answer))


def party(answer: Callable[[httpx.Request], httpx.Response] | None = None) -> RelyingParty:
    return RelyingParty(ISSUER, DemoClient("client-1"), http(answer or provider()))


async def test_it_asks_with_state_nonce_and_pkce() -> None:
    address = await party().authorization(begin(), prompt="login")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43
    assert asked["prompt"] == "login" and asked["redirect_uri"] == f"{ISSUER}/demo/callback"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3


async def test_a_right_answer_becomes_a_visit_with_every_request_and_no_secret() -> None:
    visit = await party().complete(BEGUN, ANSWER)
    assert visit.problem is None
    assert visit.claims["sub"] == "person-1" and visit.userinfo["email"] == HOSTILE
    shown = json.dumps([(one.url, dict(one.parameters)) for one in visit.exchanges])
    assert len(visit.exchanges) == 6
    for secret in ("the-authorization-code", "the-verifier", "Bearer at"):
        assert secret not in shown


@pytest.mark.parametrize(
    "answer",
    [
        {**ANSWER, "state": "another"}, {"code": "c"}, {**ANSWER, "iss": "https://evil.example"},
        {"state": "the-state"}, {"state": "the-state", "error": "access_denied"},
        {"state": "the-state", "error": HOSTILE, "error_description": HOSTILE},
    ],
)  # fmt: skip
async def test_an_odd_answer_is_refused_before_the_code_is_used(answer: dict[str, str]) -> None:
    asked: list[str] = []

    def watched(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return provider()(request)

    visit = await party(watched).complete(BEGUN, answer)
    assert visit.problem is not None and not visit.claims
    assert "/oauth2/token" not in asked


@pytest.mark.parametrize(
    "odd",
    [
        {"key": OTHER}, {"nonce": "another"}, {"nonce": None}, {"iss": "https://evil.example"},
        {"aud": "client-2"}, {"aud": ["client-2"]}, {"exp": 1000}, {"sub": None}, {"exp": None},
    ],
)  # fmt: skip
async def test_an_odd_id_token_is_refused(odd: dict[str, Any]) -> None:
    """OpenID Connect Core §3.1.3.7"""
    visit = await party(provider(**odd)).complete(BEGUN, ANSWER)
    assert visit.problem is not None and not visit.claims


async def test_a_provider_that_is_gone_is_said() -> None:
    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    assert "does not answer" in str((await party(gone).complete(BEGUN, ANSWER)).problem)
    assert (await party(lambda _: httpx.Response(500, text="x")).complete(BEGUN, ANSWER)).problem


def pages(
    answer: Callable[[httpx.Request], httpx.Response] | None = None, *, registered: bool = True
) -> DemoPages:
    async def client(_: object) -> DemoClient | None:
        return DemoClient("client-1") if registered else None

    return DemoPages(PAGES, Visits(), client, http(answer or provider()))


def cookie_of(cookies: list[str]) -> dict[str, str]:
    pairs = [one.partition(";")[0].partition("=") for one in cookies]
    return {name: value for name, _, value in pairs if value}


async def test_the_whole_way_shows_hostile_claims_as_text() -> None:
    """A115"""
    demo = pages()
    check_page(await demo.show(a_request("/demo")))
    begun = await demo.sign_in(a_request("/demo/sign-in", query={"prompt": HOSTILE}))
    asked = parse_qs(urlsplit(location(begun)).query)
    assert "prompt" not in asked
    nonce = asked["nonce"][0]
    demo = pages(provider(nonce=nonce))
    query = {"code": "c", "state": asked["state"][0], "iss": ISSUER}
    back = await demo.callback(
        a_request("/demo/callback", query=query, cookies=cookie_of(begun.cookies))
    )
    assert location(back) == "/demo"
    page = check_page(await demo.show(a_request("/demo", cookies=cookie_of(back.cookies))))
    assert "signature verified" in page.text and "&lt;svg onload" in page.text
    form = {"a": "b"}
    left = await demo.sign_out(a_request("/x", cookies=cookie_of(back.cookies), form=form))
    assert location(left).startswith(f"{ISSUER}/oauth2/logout?id_token_hint=")


async def test_a_refused_sign_in_is_shown_with_its_requests() -> None:
    demo = pages()
    begun = await demo.sign_in(a_request("/demo/sign-in"))
    state = parse_qs(urlsplit(location(begun)).query)["state"][0]
    query = {"state": state, "iss": ISSUER, "error": "access_denied", "error_description": HOSTILE}
    back = await demo.callback(
        a_request("/demo/callback", query=query, cookies=cookie_of(begun.cookies))
    )
    page = check_page(await demo.show(a_request("/demo", cookies=cookie_of(back.cookies))))
    assert "access_denied" in page.text and page.all("div", role="alert")


async def test_an_answer_nobody_asked_for_is_dropped() -> None:
    """R110"""
    back = await pages().callback(a_request("/demo/callback", query=ANSWER))
    assert location(back) == "/demo" and not back.cookies


async def test_without_registration_or_provider_it_says_so() -> None:
    with pytest.raises(DemoUnavailable):
        await pages(registered=False).sign_in(a_request("/demo/sign-in"))
    with pytest.raises(DemoUnavailable):
        await pages(lambda _: httpx.Response(503, text="")).sign_in(a_request("/demo/sign-in"))
    assert location(await pages().sign_out(a_request("/x", form={"a": "b"}))) == "/demo"


def test_it_exists_in_dev_only() -> None:
    assert all(route.dev and route.system for route in ROUTES)


def test_memory_is_bounded() -> None:
    visits = Visits()
    secrets = [visits.add(Visit(())) for _ in range(150)]
    assert visits.find(secrets[0]) is None and visits.find(secrets[-1]) is not None
    assert visits.find(None) is None


def test_masking_and_explaining() -> None:
    assert masked({"code": "abcdefghij", "state": "abcdefghij"}) == {
        "code": "abcdef…", "state": "abcdefghij",
    }  # fmt: skip
    (claim,) = explained({"amr": ["pwd"]})
    assert claim.value == '["pwd"]' and claim.says
