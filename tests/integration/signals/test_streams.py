"""Streams: whose they are, how many, and what may be registered (SSF 1.0 §7–8)."""

import asyncio

import pytest
from tests.support.oauth import Provider
from tests.support.signals import CAEP, POLL, PUSH, Hearing, application

HOOK = "https://hooks.example/set"


async def test_the_configuration_says_where_everything_is(provider: Provider) -> None:
    answer = await provider.send("GET", "/.well-known/ssf-configuration")
    assert answer.status == 200
    assert answer.json["issuer"] == provider.tenant.issuer
    assert answer.json["spec_version"] == "1_0"
    assert answer.json["delivery_methods_supported"] == [PUSH, POLL]
    for name, url in answer.json.items():
        if name.endswith("_endpoint"):
            path = url.removeprefix(provider.tenant.issuer)
            assert (await provider.send("POST", path)).status == 401, name


async def test_a_stream_lives_from_its_creation_to_its_deletion(hearing: Hearing) -> None:
    body = {
        "delivery": {"method": PUSH, "endpoint_url": HOOK, "authorization_header": "Bearer x"},
        "events_requested": [CAEP + "session-revoked", "https://other.example/event"],
        "description": "Mine", "iss": "ignored",
    }  # fmt: skip
    made = await hearing.call("POST", "/ssf/streams", body)
    assert made.status == 201
    stream = made.json["stream_id"]
    assert made.json["aud"] == hearing.client.client_id
    assert made.json["delivery"] == {"method": PUSH, "endpoint_url": HOOK}
    assert made.json["events_delivered"] == [CAEP + "session-revoked"]
    read = await hearing.call("GET", "/ssf/streams", query=f"stream_id={stream}")
    assert read.json == made.json
    assert (await hearing.call("GET", "/ssf/streams")).json == [made.json]
    patch = {"stream_id": stream, "description": "Other"}
    changed = await hearing.call("PATCH", "/ssf/streams", patch)
    assert changed.json == {**made.json, "description": "Other"}
    put = {"stream_id": stream, "delivery": {"method": POLL}}
    replaced = await hearing.call("PUT", "/ssf/streams", put)
    assert replaced.json["delivery"]["method"] == POLL
    assert len(replaced.json["events_delivered"]) > 8
    assert "description" not in replaced.json
    gone = await hearing.call("DELETE", "/ssf/streams", query=f"stream_id={stream}")
    assert gone.status == 204
    assert (await hearing.call("GET", "/ssf/streams")).json == []


@pytest.mark.parametrize(
    "delivery",
    [
        {"method": PUSH},
        {"method": PUSH, "endpoint_url": "http://hooks.example/set"},
        {"method": PUSH, "endpoint_url": "file:///etc/passwd"},
        {"method": PUSH, "endpoint_url": "https://user@hooks.example/"},
        {"method": PUSH, "endpoint_url": "https://2130706433/"},
        {"method": PUSH, "endpoint_url": HOOK + "#x"},
        {"method": PUSH, "endpoint_url": HOOK, "authorization_header": "x\r\ny: z"},
        {"method": "urn:other"},
        {},
        "push",
    ],
)
async def test_what_cannot_be_delivered_to_is_refused(hearing: Hearing, delivery: object) -> None:
    """A117: nothing but an https address that leaves nothing to interpret."""
    answer = await hearing.call("POST", "/ssf/streams", {"delivery": delivery})
    assert answer.status == 400
    assert answer.json["err"] == "invalid_request"
    assert (await hearing.call("GET", "/ssf/streams")).json == []


async def test_a_client_has_only_so_many_streams(hearing: Hearing) -> None:
    """The limit holds for creations at once, too."""
    answers = await asyncio.gather(*(hearing.call("POST", "/ssf/streams", {}) for _ in range(6)))
    assert sorted(answer.status for answer in answers) == [201, 201, 201, 409, 409, 409]


async def test_another_clients_stream_is_not_there(provider: Provider, hearing: Hearing) -> None:
    """R114: what is another's and what does not exist are answered alike, by each endpoint."""
    stream = await hearing.stream()
    other = await application(provider, "Other")
    missing = "019a0000-0000-7000-8000-00000000dead"
    subject = {"format": "opaque", "id": "x"}
    for id_ in (stream, missing, "nonsense"):
        calls = [
            ("GET", "/ssf/streams", None, f"stream_id={id_}"),
            ("DELETE", "/ssf/streams", None, f"stream_id={id_}"),
            ("PATCH", "/ssf/streams", {"stream_id": id_, "description": "x"}, ""),
            ("PUT", "/ssf/streams", {"stream_id": id_}, ""),
            ("GET", "/ssf/status", None, f"stream_id={id_}"),
            ("POST", "/ssf/status", {"stream_id": id_, "status": "disabled"}, ""),
            ("POST", "/ssf/subjects/add", {"stream_id": id_, "subject": subject}, ""),
            ("POST", "/ssf/subjects/remove", {"stream_id": id_, "subject": subject}, ""),
            ("POST", "/ssf/verify", {"stream_id": id_}, ""),
            ("POST", f"/ssf/streams/{id_}/poll", {}, ""),
        ]
        bodies = set()
        for method, path, body, query in calls:
            answer = await other.call(method, path, body, query=query)
            assert answer.status == 404, (method, path, answer.body)
            bodies.add(answer.body)
        assert len(bodies) == 1
    assert (await hearing.call("GET", "/ssf/status", query=f"stream_id={stream}")).json == {
        "stream_id": stream, "status": "enabled",
    }  # fmt: skip


async def test_who_may_ask(provider: Provider, hearing: Hearing) -> None:
    """R036, R042: a machine's own token with the scope, and no other, opens a stream."""
    stream = await hearing.stream()
    assert (await provider.send("GET", "/ssf/streams")).status == 401
    reader = await hearing.token("ssf.read")
    query = f"stream_id={stream}"
    assert (await hearing.call("GET", "/ssf/streams", query=query, token=reader)).status == 200
    refused = await hearing.call("DELETE", "/ssf/streams", query=query, token=reader)
    assert refused.status == 403
    assert 'scope="ssf.manage"' in refused.headers["www-authenticate"]
    persons = await provider.tokens(hearing.client, hearing.secret, scope="openid ssf.manage")
    spoken = await hearing.call("GET", "/ssf/streams", token=persons["access_token"])
    assert spoken.status == 401
    token = await hearing.token()
    await provider.form("/oauth2/revoke", {"token": token}, provider.basic(hearing.client))
    assert (await hearing.call("GET", "/ssf/streams", token=token)).status == 401


async def test_another_tenants_token_and_stream(provider: Provider, hearing: Hearing) -> None:
    """R041, R042, R118: neither a token nor a stream crosses tenants."""
    stream = await hearing.stream()
    from tests.support.oauth import CAUSE

    acme = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    await provider.snapshots.poll()
    other = await application(acme, "Other")
    query = f"stream_id={stream}"
    assert (await other.call("GET", "/ssf/streams", query=query)).status == 404
    foreign = await hearing.token()
    assert (await other.call("GET", "/ssf/streams", token=foreign)).status == 401
    own = await other.stream()
    hearing.ada and await hearing.end()
    await hearing.follow()
    assert await other.kinds(own) == []
    assert "session-revoked" in await hearing.kinds(stream)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/ssf/status", {"status": "enabled"}),
        ("/ssf/status", {"status": "asleep"}),
        ("/ssf/status", {"status": "paused", "reason": "x" * 300}),
        ("/ssf/subjects/add", {}),
        ("/ssf/subjects/add", {"subject": {}}),
        ("/ssf/subjects/add", {"subject": {"format": "email"}}),
        ("/ssf/subjects/add", {"subject": {"format": "iss_sub", "iss": "x"}}),
        ("/ssf/subjects/add", {"subject": {"format": "opaque", "id": "x" * 5000}}),
        ("/ssf/subjects/add", {"subject": "x"}),
        ("/ssf/verify", {"state": "x" * 2000}),
        ("/ssf/verify", {"state": 1}),
    ],
)
async def test_wrong_bodies(hearing: Hearing, path: str, body: dict[str, object]) -> None:
    stream = await hearing.stream()
    if body != {"status": "enabled"}:
        body = {"stream_id": stream, **body}
    assert (await hearing.call("POST", path, body)).status == 400
    assert (await hearing.call("POST", path, b"{")).status == 400


async def test_a_scope_that_was_taken_ends_it(hearing: Hearing) -> None:
    """R120: an API cannot name its scopes so, and no registration gives them."""
    from limen.oauth.model.scopes import is_reserved, powers_of
    from limen.oauth.registration.model.terms import Terms

    assert all(map(is_reserved, ("ssf.read", "ssf.manage", "ssf.all")))
    assert not Terms(("ssf.all",), (), ()).permits_scope("ssf.all")
    assert powers_of(["ssf.all"]) == {"users:read"}
