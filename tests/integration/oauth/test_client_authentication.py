"""Clients at the token endpoint: one method, the right secret, the right form.

RFC 6749 §2.3.
"""

from base64 import b64encode
from urllib.parse import quote_plus, urlencode

from tests.support.oauth import Provider

GRANT = {"grant_type": "client_credentials"}


def basic(text: str) -> tuple[str, str]:
    return "authorization", "Basic " + b64encode(text.encode()).decode()


async def test_a_secret_works_in_the_header_and_in_the_form(provider: Provider) -> None:
    """R051: client_secret_basic, form-encoded first, and client_secret_post."""
    client = await provider.client("m2m")
    secret = provider.secrets[client.id] or ""
    encoded = f"{quote_plus(client.client_id)}:{quote_plus(secret)}"
    assert (await provider.token(GRANT, basic(encoded))).status == 200
    assert (await provider.token(GRANT | provider.credentials(client))).status == 200
    both_names = await provider.token(GRANT | {"client_id": client.client_id}, basic(encoded))
    assert both_names.status == 200


async def test_a_failed_basic_is_challenged(provider: Provider) -> None:
    """RFC 6749 §5.2: 401 with WWW-Authenticate; without the header there is none."""
    client = await provider.client("m2m")
    wrong = await provider.token(GRANT, basic(f"{client.client_id}:wrong"))
    assert (wrong.status, wrong.json["error"]) == (401, "invalid_client")
    assert wrong.headers["www-authenticate"].startswith("Basic realm=")
    posted = await provider.token(GRANT | {"client_id": client.client_id, "client_secret": "wrong"})
    assert posted.status == 401
    assert "www-authenticate" not in posted.headers
    assert await provider.reasons("token.refused") == ["client_secret_wrong"] * 2


async def test_unknown_and_wrong_look_alike(provider: Provider) -> None:
    """A063: the answer does not tell whether a client exists."""
    client = await provider.client("m2m")
    wrong = await provider.token(GRANT | {"client_id": client.client_id, "client_secret": "x"})
    unknown = await provider.token(GRANT | {"client_id": "nobody", "client_secret": "x"})
    assert (wrong.status, wrong.body) == (unknown.status, unknown.body)


async def test_two_methods_are_refused(provider: Provider) -> None:
    """R051: exactly one method per request."""
    client = await provider.client("m2m")
    header = provider.basic(client)
    answer = await provider.token(GRANT | provider.credentials(client), header)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    other = await provider.token(GRANT | {"client_id": "another"}, header)
    assert (other.status, other.json["error"]) == (400, "invalid_request")


async def test_a_secret_in_the_query_is_not_looked_at(provider: Provider) -> None:
    """R054: client authentication is never in the query."""
    client = await provider.client("m2m")
    kind = ("content-type", "application/x-www-form-urlencoded")
    answer = await provider.send(
        "POST", "/oauth2/token", query=urlencode(GRANT | provider.credentials(client)),
        body=urlencode(GRANT).encode(), headers=[kind],
    )  # fmt: skip
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


MALFORMED = [
    "Basic", "Basic ", "Basic !!!", "Basic \xff", "Basic Og==", "Basic " + "A" * 9, "Bearer x",
    "Digest x", "Basic " + b64encode(b"\xff\xfe:x").decode(), "Basic " + b64encode(b"no").decode(),
    "basic", "", " ",
]  # fmt: skip


async def test_a_malformed_header_is_a_refusal(provider: Provider) -> None:
    """A125: no fault of ours, whatever the header is."""
    for header in MALFORMED:
        answer = await provider.token(GRANT, ("authorization", header))
        assert answer.status in (400, 401), header
        assert answer.json["error"] in ("invalid_client", "invalid_request")


async def test_a_public_client_cannot_pose_as_a_confidential_one(provider: Provider) -> None:
    """R051, A023: a web client must prove itself; a public one has no machine grant."""
    web, spa = await provider.client(), await provider.client("spa")
    answer = await provider.token(GRANT | {"client_id": web.client_id})
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    with_secret = await provider.token(GRANT | {"client_id": spa.client_id, "client_secret": "x"})
    assert with_secret.status == 401
    public = await provider.token(GRANT | {"client_id": spa.client_id})
    assert (public.status, public.json["error"]) == (400, "unauthorized_client")


NOT_ITS_GRANT = [
    ({}, "invalid_request"),
    ({"grant_type": ""}, "invalid_request"),
    ({"grant_type": "password", "username": "a", "password": "b"}, "unsupported_grant_type"),
    ({"grant_type": "implicit"}, "unsupported_grant_type"),
    ({"grant_type": "authorization_code"}, "unauthorized_client"),
    ({"grant_type": "refresh_token", "refresh_token": "x"}, "unauthorized_client"),
]


async def test_a_grant_that_is_not_the_clients_is_refused(provider: Provider) -> None:
    """R047, R056, A023: the allowlist of the client holds for every grant."""
    client = await provider.client("m2m")
    for fields, error in NOT_ITS_GRANT:
        answer = await provider.token(fields | provider.credentials(client))
        assert (answer.status, answer.json["error"]) == (400, error), fields


async def test_only_a_form_is_read(provider: Provider) -> None:
    """R007, A121: JSON, no type, no UTF-8, too many fields, too much."""
    client = await provider.client("m2m")
    header = provider.basic(client)
    for kind, body in [
        ("application/json", b'{"grant_type":"client_credentials"}'),
        ("", b"grant_type=client_credentials"),
        ("application/x-www-form-urlencoded", b"grant_type=%ff"),
        ("application/x-www-form-urlencoded", b"a=%00&grant_type=client_credentials"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % i for i in range(101))),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 70_000),
    ]:
        answer = await provider.send(
            "POST", "/oauth2/token", body=body, headers=[("content-type", kind), header]
        )
        assert answer.status in (400, 413), (kind, body[:40])
        assert answer.json["error"] == "invalid_request"


async def test_the_old_secret_works_on_for_a_while(provider: Provider) -> None:
    """R053: two secrets during a rotation, never three, each shown once."""
    chief = await provider.client("m2m", scopes=["clients:write", "clients:read"])
    await provider.role(chief)
    client = await provider.client("m2m")
    first = provider.secrets[client.id]
    token = (await provider.machine_token(chief))["access_token"]

    async def rotate() -> str:
        answer = await provider.api_call(token, "POST", f"/api/v1/clients/{client.id}/secret", {})
        assert answer.status == 200, answer.body
        return answer.json["data"]["client_secret"]

    async def works(secret: str | None) -> bool:
        fields = {"client_id": client.client_id, "client_secret": secret or ""}
        return (await provider.token(GRANT | fields)).status == 200

    second = await rotate()
    assert len(second) == 43
    assert (await works(first), await works(second)) == (True, True)
    third = await rotate()
    assert (await works(first), await works(second), await works(third)) == (False, True, True)
    provider.clock.advance(8 * 24 * 3600)
    await provider.snapshots.poll()
    assert (await works(second), await works(third)) == (False, True)


async def test_guessing_secrets_is_slowed_and_the_right_one_works(provider: Provider) -> None:
    """A073, R154: failures are counted by client; success is never locked out by others."""
    client = await provider.client("m2m")
    wrong = GRANT | {"client_id": client.client_id, "client_secret": "wrong"}
    statuses = [(await provider.token(wrong)).status for _ in range(60)]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    limited = await provider.token(wrong)
    assert int(limited.headers["retry-after"]) >= 1
    assert (await provider.token(GRANT | provider.credentials(client))).status == 200
