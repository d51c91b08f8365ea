"""What is wrong with an authorization request, and where that is said.

RFC 6749 §4.1.2.1, RFC 9700 §4.1, RFC 9207.
"""

import random
from urllib.parse import urlencode

from tests.support.oauth import REDIRECT, Provider

WRONG_URIS = [
    "https://app.example/callback/..;/evil",
    "https://app.example/callback/../evil",
    "https://app.example/callback/%2e%2e/evil",
    "https://app.example/callback/%252e%252e/x",
    "https://app.example/callback\\..\\evil",
    "https://app.example/callback;x=1",
    "https://app.example/callback?x=1",
    "https://app.example/callback#x",
    "https://app.example/Callback",
    "https://app.example:443/callback",
    "https://appaexample/callback",
    "https://app.example.evil.test/callback",
    "https://evil.test",
    "http://app.example/callback",
    "javascript:alert(1)",
    "",
]


async def test_a_wrong_redirect_uri_is_a_page_and_never_a_redirect(provider: Provider) -> None:
    """R001, R003, R004, A001, A003: compared byte by byte; the page shows both in dev mode."""
    client = await provider.client()
    for uri in WRONG_URIS:
        answer = await provider.authorize(provider.authorization(client, redirect_uri=uri))
        assert (answer.status, "location" in answer.headers) == (400, False), uri
        assert answer.headers["content-type"].startswith("text/html")
        if uri:
            plain = answer.body.replace(b"<mark>", b"").replace(b"</mark>", b"")
            assert b"https://app.example/callback" in plain


ERRORS: list[dict[str, str | None]] = [
    {"response_type": "token"},
    {"response_type": None},
    {"scope": "unknown"},
    {"scope": None},
    {"prompt": "none"},
    {"prompt": "nonsense"},
    {"code_challenge": None},
    {"code_challenge_method": "plain"},
    {"request": "e30.e30."},
    {"request_uri": "https://evil.test/r"},
    {"claims": "{"},
    {"max_age": "-1"},
    {"id_token_hint": "nonsense"},
    {"resource": "https://unknown.example"},
    {"response_mode": "nonsense"},
    {"authorization_details": "[]"},
]


async def test_no_error_leads_to_an_unregistered_address(provider: Provider) -> None:
    """A007: each possible error with a redirect URI of somebody else is a page."""
    client = await provider.client()
    for wrong in ERRORS:
        changes = {**wrong, "redirect_uri": "https://evil.test/x"}
        answer = await provider.authorize(provider.authorization(client, **changes))
        assert (answer.status, "location" in answer.headers) == (400, False), wrong


EXPECTED: list[tuple[dict[str, str | None], str]] = [
    ({"response_type": None}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code token"}, "unsupported_response_type"),
    ({"response_type": "code code"}, "unsupported_response_type"),
    ({"response_mode": "nonsense"}, "invalid_request"),
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge": "short"}, "invalid_request"),
    ({"code_challenge": "=" * 43}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"scope": None}, "invalid_scope"),
    ({"scope": "openid unknown"}, "invalid_scope"),
    ({"scope": "openid openid"}, "invalid_scope"),
    ({"scope": 'openid "x'}, "invalid_scope"),
    ({"scope": " ".join(f"s{i}" for i in range(65))}, "invalid_scope"),
    ({"scope": "openid users:read"}, "invalid_scope"),
    ({"resource": "https://unknown.example"}, "invalid_target"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"prompt": "create login"}, "invalid_request"),
    ({"prompt": "none"}, "login_required"),
    ({"max_age": "soon"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"claims": "[]"}, "invalid_request"),
    ({"claims": "{"}, "invalid_request"),
    ({"claims": '{"id_token":{"acr":{"essential":true,"values":["urn:x"]}}}'},
     "unmet_authentication_requirements"),
    ({"id_token_hint": "nonsense"}, "invalid_request"),
    ({"nonce": "n" * 1025}, "invalid_request"),
    ({"request": "x.y.z"}, "invalid_request_object"),
    ({"request_uri": "urn:x"}, "invalid_request_uri"),
    ({"request": "x.y.z", "request_uri": "urn:x"}, "invalid_request"),
    ({"authorization_details": "{}"}, "invalid_authorization_details"),
    ({"registration": "{}"}, "registration_not_supported"),
]  # fmt: skip


async def test_every_other_error_goes_to_the_client_with_state_and_iss(
    provider: Provider,
) -> None:
    """R008, R015, R021, R022, A013, A015, A017: in the form of RFC 6749 §4.1.2.1."""
    client = await provider.client()
    for change, error in EXPECTED:
        answer = await provider.authorize(provider.authorization(client, **change))
        assert answer.status == 303, change
        assert answer.location.startswith(REDIRECT + "?")
        assert answer.query["error"] == error, change
        assert answer.query["state"] == "the-state"
        assert answer.query["iss"] == provider.tenant.issuer
        assert "code" not in answer.query
    assert len(await provider.reasons("authorization.refused")) == min(30, len(EXPECTED))


NAMES = ("client_id", "redirect_uri", "state", "scope", "response_type", "code_challenge", "nonce")


async def test_a_repeated_parameter_is_a_page(provider: Provider) -> None:
    """R007, A005: twice in the query, or once in the query and once in the body."""
    client = await provider.client()
    fields = provider.authorization(client, unknown="x")
    body = urlencode(fields).encode()
    kind = ("content-type", "application/x-www-form-urlencoded")
    for name in (*NAMES, "unknown"):
        query = urlencode([*fields.items(), (name, "other")])
        twice = await provider.authorize(query)
        assert (twice.status, "location" in twice.headers) == (400, False), name
        query = urlencode({name: "other"})
        both = await provider.send(
            "POST", "/oauth2/authorize", query=query, body=body, headers=[kind]
        )
        assert (both.status, "location" in both.headers) == (400, False), name


async def test_a_huge_scope_costs_nothing(provider: Provider) -> None:
    """A015: 64 KB and more are refused before anything looks at them."""
    client = await provider.client()
    answer = await provider.authorize(provider.authorization(client, scope="a " * 40_000))
    assert answer.status == 400


async def test_an_unknown_client_is_a_page(provider: Provider) -> None:
    """R003: whoever asks is not known, so that nothing is redirected."""
    client = await provider.client()
    for client_id in (
        "",
        "unknown",
        "0198c1f0-0000-7000-8000-000000000001",
        client.client_id.upper(),
    ):
        answer = await provider.authorize(provider.authorization(client, client_id=client_id))
        assert (answer.status, "location" in answer.headers) == (400, False), client_id


async def test_a_client_of_machines_has_no_redirect_uri_to_learn(provider: Provider) -> None:
    """A001: an empty list matches nothing."""
    client = await provider.client("m2m")
    answer = await provider.authorize(provider.authorization(client))
    assert (answer.status, "location" in answer.headers) == (400, False)


async def test_a_form_goes_round_by_get_with_the_same_parameters(provider: Provider) -> None:
    """R005: 303, never 307; the body's line breaks cannot reach the header."""
    client = await provider.client()
    fields = provider.authorization(client, state="a\r\nset-cookie: x=y")
    answer = await provider.form("/oauth2/authorize", fields)
    assert answer.status == 303
    assert answer.location.startswith("/oauth2/authorize?")
    assert "\r" not in answer.location
    assert answer.query["state"] == "a\r\nset-cookie: x=y"
    assert answer.cookies == ()


async def test_no_other_origin_may_read_the_endpoint(provider: Provider) -> None:
    """R006: the authorization endpoint has no CORS."""
    client = await provider.client("spa", origins=["https://app.example"])
    answer = await provider.send(
        "GET", "/oauth2/authorize", query=urlencode(provider.authorization(client)),
        headers=[("origin", "https://app.example"), await provider.cookies()],
    )  # fmt: skip
    assert "access-control-allow-origin" not in answer.headers


async def test_markup_in_parameters_comes_back_escaped(provider: Provider) -> None:
    """A115: in the page of form_post, and on error pages."""
    client = await provider.client()
    evil = '"><svg onload=alert(1)>'
    fields = provider.authorization(client, response_mode="form_post", state=evil, prompt="none")
    answer = await provider.authorize(fields)
    assert answer.status == 200
    assert b"<svg onload" not in answer.body
    assert b"&lt;svg onload" in answer.body
    assert b"form-action https://app.example" in answer.headers["content-security-policy"].encode()
    page = await provider.authorize(provider.authorization(client, redirect_uri=evil, state=evil))
    assert b"<svg onload" not in page.body


async def test_wherever_it_leads_it_was_registered(provider: Provider) -> None:
    """A007: the host of every Location is ours or registered, for 300 requests put together."""
    client = await provider.client(redirect_uris=[REDIRECT, "https://app.example/other?x=1"])
    secret, _ = await provider.sign_in(await provider.person())
    draw = random.Random(7)
    values = {
        "client_id": [client.client_id, "x", None],
        "redirect_uri": [*client.redirect_uris, *client.redirect_uris, *WRONG_URIS, None],
        "response_type": ["code", "code", "token", "id_token token", None],
        "response_mode": ["query", "form_post", "fragment", None],
        "scope": ["openid", "openid email", "x", '"', None],
        "state": ["s", "https://evil.test", "//evil.test", None],
        "prompt": ["consent", "none", "login", "x", None],
        "code_challenge": ["c" * 43, "x", None],
        "code_challenge_method": ["S256", "plain", None],
        "id_token_hint": [None, "x"],
        "request_uri": [None, "https://evil.test/r"],
        "post_logout_redirect_uri": ["https://evil.test", None],
        "next": ["//evil.test", None],
    }
    led = set()
    for _ in range(300):
        fields = {  # mostly right, so that every way is taken
            name: choices[0] if draw.random() < 0.8 else draw.choice(choices)
            for name, choices in values.items()
        }
        query = {name: value for name, value in fields.items() if value is not None}
        answer = await provider.authorize(query, draw.choice([secret, None]))
        assert answer.status in (200, 303, 400)
        if answer.location:
            assert answer.location.startswith(("/signin", "/consent", *client.redirect_uris))
            led.add(answer.location.split("?")[0])
        if answer.status == 200:
            assert b"evil" not in answer.body.split(b'method="post"')[1].split(b">")[0]
    assert len(led) >= 3
