"""The front door as composed: hosts, tenants, methods, headers, forms, CORS, keys, faults."""

from pathlib import Path

import pytest
from tests.support.apps import Running, compose_test_app, http_client

from limen.kernel.errors import Unavailable


async def test_another_host_is_misdirected(limen: Running) -> None:
    """A071, architecture: one canonical issuer; Host decides nothing but 421."""
    for host in ("evil.example", "localhost:8401", "localhost", "LOCALHOST:8400.evil"):
        answer = await limen.http.get("/signin", headers={"host": host})
        assert answer.status_code == 421
        assert "evil" not in answer.text
    shown = await limen.http.get("/signin", headers={"host": "LocalHost:8400"})
    assert shown.status_code == 200


async def test_there_are_no_aliases_of_a_route(limen: Running) -> None:
    """A079, A119: slash, case, encoding, override and dots lead nowhere or to the same guard."""
    aliases = (
        "/api/v1/users/", "//api/v1/users", "/API/v1/users",
        "/api/v1/users;x=1", "/api/v1//users", "/api/v1/users%00",
    )  # fmt: skip
    for alias in aliases:
        answer = await limen.http.get(alias)
        assert answer.status_code == 404, alias
    for headers in ({"x-http-method-override": "GET"}, {"x-method-override": "GET"}):
        answer = await limen.http.post("/api/v1/users", headers=headers)
        assert answer.status_code == 401
    assert (await limen.http.head("/api/v1/users")).status_code == 401
    assert (await limen.http.get("/%61pi/v1/users")).status_code == 401


async def test_a_wrong_method_names_the_right_ones(limen: Running) -> None:
    answer = await limen.http.delete("/oauth2/token")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    answer = await limen.http.post("/signin/select/nothing")
    assert answer.status_code == 404


async def test_every_answer_carries_the_headers_of_its_kind(limen: Running) -> None:
    """R009, R010, R037, A137: framing, sniffing, referrers and caching are settled centrally."""
    page = await limen.http.get("/signin")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"
    token = await limen.http.post("/oauth2/token", data={"grant_type": "password"})
    assert token.headers["cache-control"] == "no-store"
    for answer in (
        page,
        token,
        await limen.http.get("/nothing"),
        await limen.http.get("/api/v1/x"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-request-id"]
        assert "server" not in answer.headers


async def test_a_request_id_is_kept_or_replaced(limen: Running) -> None:
    """A129: what is no plain id never reaches a log line or a header."""
    kept = await limen.http.get("/signin", headers={"x-request-id": "my.req-1"})
    assert kept.headers["x-request-id"] == "my.req-1"
    for forged in ("a b", 'x"y', "x" * 65, "a;b"):
        answer = await limen.http.get("/signin", headers={"x-request-id": forged})
        assert answer.headers["x-request-id"] != forged


async def test_cors_is_for_registered_origins_on_declared_routes_only(limen: Running) -> None:
    """R006: token and userinfo for registered origins, keys for all, authorize for none."""
    await limen.client(type="spa", redirect_uris=["https://app.example/cb"],
                       origins=["https://app.example"])  # fmt: skip
    ask = {"access-control-request-method": "POST"}
    for origin, expected in (("https://app.example", "https://app.example"),
                             ("https://evil.example", None), ("null", None)):  # fmt: skip
        answer = await limen.http.options("/oauth2/token", headers={"origin": origin, **ask})
        assert answer.status_code == 204
        assert answer.headers.get("access-control-allow-origin") == expected
        assert "access-control-allow-credentials" not in answer.headers
        answer = await limen.http.post("/oauth2/token", headers={"origin": origin}, data={})
        assert answer.headers.get("access-control-allow-origin") == expected
    keys = await limen.http.get("/oauth2/jwks", headers={"origin": "https://any.example"})
    assert keys.headers["access-control-allow-origin"] == "*"
    for path in ("/oauth2/authorize", "/signin", "/api/v1/users", "/oauth2/introspect"):
        answer = await limen.http.options(path, headers={"origin": "https://app.example", **ask})
        assert "access-control-allow-origin" not in answer.headers


async def test_what_is_kept_ready_answers_as_the_rest_does(limen: Running) -> None:
    """R009, R020: repeated, conditional and misdirected requests for discovery and keys."""
    for path in ("/oauth2/jwks", "/.well-known/openid-configuration"):
        first = await limen.http.get(path)
        again = await limen.http.get(path)
        assert again.content == first.content
        assert again.headers["etag"] == first.headers["etag"]
        assert again.headers["x-request-id"] != first.headers["x-request-id"]
        given = await limen.http.get(path, headers={"x-request-id": "mine"})
        assert given.headers["x-request-id"] == "mine"
        same = await limen.http.get(path, headers={"if-none-match": first.headers["etag"]})
        assert same.status_code == 304
        elsewhere = await limen.http.get(path, headers={"host": "evil.example"})
        assert elsewhere.status_code == 421
        assert (await limen.http.post(path)).status_code == 405


async def test_a_form_of_another_site_or_browser_is_refused(limen: Running) -> None:
    """R112, R110: fetch metadata, origin, and a token that is bound to this browser."""
    form = {"username": "a@b.example", "password": "x", "csrf": "made-up"}
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {},
    ):
        answer = await limen.http.post("/signin", data=form, headers=headers)
        assert answer.status_code == 403, headers
        assert "limen_session" not in answer.headers.get("set-cookie", "")


async def test_an_error_page_has_a_reference_that_the_log_knows(limen: Running) -> None:
    """R150, experience 3.6: what a person reads out leads to what happened."""
    answer = await limen.http.get("/no-such-page?x=%3Csvg%20onload%3D1%3E")
    assert answer.status_code == 404
    assert "<svg onload" not in answer.text
    await limen.app.contexts.audit.end()
    admin = await limen.person("admin@example.org", admin=True)
    token = await limen.token(admin, "audit:read")
    events = (await limen.api("GET", "/api/v1/audit/facts", token)).json()
    assert events.get("data"), events
    refs = {event["ref"] for event in events["data"] if event["name"] == "request.refused"}
    assert any(ref in answer.text for ref in refs)


async def test_problems_have_the_promised_shape(limen: Running) -> None:
    """R139: RFC 9457 with code and request id, and nothing of our insides."""
    answer = await limen.http.get("/api/v1/users")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    body = answer.json()
    assert body["code"] == "unauthenticated"
    assert body["status"] == 401
    assert body["request_id"] == answer.headers["x-request-id"]


async def test_the_same_key_and_body_answer_once(limen: Running) -> None:
    """R136: a repeat gets the first answer, another body 409, and one thing was created."""
    admin = await limen.person("admin@example.org", admin=True)
    token = await limen.token(admin, "clients:write", "clients:read")
    key = {"idempotency-key": "k-1"}
    body = {"name": "Once", "type": "m2m"}
    first = await limen.api("POST", "/api/v1/clients", token, json=body, headers=key)
    assert first.status_code == 201, first.text
    again = await limen.api("POST", "/api/v1/clients", token, json=body, headers=key)
    assert again.json()["data"] == first.json()["data"]
    other = await limen.api(
        "POST", "/api/v1/clients", token, json={**body, "name": "Two"}, headers=key
    )
    assert other.status_code == 409
    assert other.json()["code"] == "idempotency_key_reused"
    listed = (await limen.api("GET", "/api/v1/clients", token)).json()["data"]
    assert [c["name"] for c in listed] == ["Once"]
    stored = await limen.api(
        "POST", "/api/v1/clients", token, json=body, headers={"idempotency-key": ""}
    )
    assert stored.status_code in (201, 400)


async def test_huge_and_odd_requests_are_refused_cheaply(limen: Running) -> None:
    """A121, A125: bodies, fields, cookies and Authorization headers of all kinds: no 5xx."""
    big = await limen.http.post("/oauth2/token", content=b"a=" + b"x" * 200_000,
                                headers={"content-type": "application/x-www-form-urlencoded"})  # fmt: skip
    assert big.status_code == 413
    for length in ("-1", "1e9", "99999999999"):
        answer = await limen.http.post(
            "/oauth2/token", content=b"", headers={"content-length": length}
        )
        assert answer.status_code == 413
    for value in ("Bearer", "Bearer ", "bearer a b c", "Basic", "Basic ====", "Digest x",
                  "Bearer " + "a." * 5000, "\x7f"):  # fmt: skip
        for path in ("/api/v1/users", "/oauth2/userinfo", "/oauth2/introspect"):
            method = "POST" if path.endswith("introspect") else "GET"
            answer = await limen.http.request(method, path, headers={"authorization": value})
            assert 400 <= answer.status_code < 500, (path, value[:20], answer.text)
    cookies = "; ".join(f"c{n}=v" for n in range(10_000))
    answer = await limen.http.get("/account", headers={"cookie": cookies})
    assert answer.status_code == 303
    answer = await limen.http.get(
        "/account", headers={"cookie": "limen_session_x=1; limen_session_x=2"}
    )
    assert answer.status_code == 303


async def test_a_tenant_that_does_not_exist_is_nowhere(limen: Running) -> None:
    """R114: unknown, default-by-path and malformed slugs answer alike."""
    for slug in ("nope", "default", "", "a%2Fb", "x" * 300):
        for rest in ("/signin", "/.well-known/openid-configuration", "/api/v1/users"):
            answer = await limen.http.get(f"/t/{slug}{rest}")
            assert answer.status_code == 404, (slug, rest)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_machines_need_no_host(limen: Running, path: str) -> None:
    answer = await limen.http.get(path, headers={"host": "10.0.0.7:1234"})
    assert answer.status_code == 200


async def test_metrics_name_operations_and_never_paths(limen: Running) -> None:
    """M114: the label is the route's operation, so that a caller cannot grow the table."""
    for n in range(5):
        await limen.http.get(f"/api/v1/users/{n}")
    await limen.http.get("/signin")
    text = (await limen.http.get("/metrics")).text
    assert 'endpoint="sign_in.show"' in text
    assert "/api/v1/users/3" not in text


async def test_the_documents_of_the_api_can_be_closed(limen: Running, tmp_path: Path) -> None:
    """A091: what a setting closes is not there."""
    assert (await limen.http.get("/api/docs")).status_code == 200
    assert (await limen.http.get("/api/v1/openapi.json")).status_code == 200
    clock = limen.app.base.platform.clock
    closed = compose_test_app(limen.app.database, clock, tmp_path, {"LIMEN_API_DOCS": "false"})
    async with http_client(closed) as http:
        for path in ("/api/docs", "/api/v1/openapi.json"):
            assert (await http.get(path)).status_code == 404


class LostStore:
    async def by_slug(self, slug: str) -> None:
        raise Unavailable(f"no connection for {slug}", retry_after=2)


async def test_a_lost_store_is_said_in_form_before_the_tenant_is_known(limen: Running) -> None:
    """I7, F07: 503 with Retry-After and a code, on every kind of route."""
    limen.app.door.tenants = LostStore()
    for path in ("/signin", "/api/v1/users", "/oauth2/userinfo"):
        answer = await limen.http.get(path)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "2"
        assert answer.json()["code"] == "unavailable"
