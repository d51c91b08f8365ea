"""Events that are pushed to us (RFC 8935): believed strictly, acted on once, as policy says."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from tests.support.assertions import Keys, by_secret
from tests.support.listening import COMPROMISED, DISABLED, EMAIL, ISSUER, Listening
from tests.support.oauth import CAUSE, Provider


async def test_a_revoked_session_ends_here(listening: Listening) -> None:
    answer = await listening.push(listening.token())
    assert (answer.status, answer.body) == (202, b"")
    assert not await listening.is_signed_in()
    assert await listening.status() == "active"
    (fact,) = await listening.provider.data("signal.received")
    assert fact == {"events": ["caep:session-revoked"], "known": True}


async def test_an_account_is_suspended_once(listening: Listening) -> None:
    for _ in range(2):
        token = listening.token(listening.claims(DISABLED))
        assert (await listening.push(token)).status == 202
        assert await listening.status() == "suspended"
    assert len(await listening.provider.data("user.suspended")) == 1


async def test_a_new_password_is_demanded(listening: Listening) -> None:
    """R075: what is known to others opens nothing; whoever used it is signed out."""
    asked: list[Any] = []

    async def demand(store: Any, *, user: Any, cause: Any) -> None:
        asked.append(user)

    listening.provider.oauth.password_demands.append(demand)
    await listening.push(listening.token(listening.claims(COMPROMISED)))
    assert asked == [listening.ada.id]
    assert not await listening.is_signed_in()


async def test_a_repeat_does_nothing_and_is_thanked_for(listening: Listening) -> None:
    """R052: the jti counts once, however many race; a repeat is no error (RFC 8935 §2)."""
    token = listening.token()
    answers = await asyncio.gather(*(listening.push(token) for _ in range(5)))
    assert {answer.status for answer in answers} == {202}
    assert len(await listening.provider.data("signal.received")) == 1
    await listening.provider.sign_in(listening.ada)
    assert (await listening.push(token)).status == 202
    assert await listening.is_signed_in()


def wrong(name: str, err: str, /, **changes: Any) -> Any:
    return pytest.param(changes, err, id=name)


@pytest.mark.parametrize(
    ("changes", "err"),
    [
        wrong("iss", "invalid_issuer", iss="https://other.example"),
        wrong("no iss", "invalid_issuer", iss=None),
        wrong("iss with a slash", "invalid_issuer", iss=ISSUER + "/"),
        wrong("aud", "invalid_audience", aud="https://other.example"),
        wrong("no aud", "invalid_audience", aud=None),
        wrong("no jti", "invalid_request", jti=None),
        wrong("a long jti", "invalid_request", jti="x" * 300),
        wrong("no iat", "invalid_request", iat=None),
        wrong("iat as text", "invalid_request", iat="1"),
        wrong("iat long ago", "invalid_request", iat=1),
        wrong("iat to come", "invalid_request", iat=9_999_999_999),
        wrong("an exp", "invalid_request", exp=9_999_999_999),
        wrong("a sub", "invalid_request", sub="ada"),
        wrong("no events", "invalid_request", events=None),
        wrong("empty events", "invalid_request", events={}),
        wrong("events as a list", "invalid_request", events=["x"]),
        wrong("an event as text", "invalid_request", events={"https://x.example": "x"}),
        wrong("many events", "invalid_request", events={f"https://x.example/{n}": {} for n in range(11)}),
        wrong("no subject", "invalid_request", sub_id=None),
        wrong("a subject without format", "invalid_request", sub_id={"email": "ada@example.com"}),
    ],
)  # fmt: skip
async def test_wrong_claims(listening: Listening, changes: dict[str, Any], err: str) -> None:
    """R039, RFC 8935 §2.4: each has its code, and nothing happens."""
    claims = {k: v for k, v in {**listening.claims(), **changes}.items() if v is not None}
    answer = await listening.push(listening.token(claims))
    assert (answer.status, answer.json["err"]) == (400, err), answer.body
    assert await listening.is_signed_in()
    assert await listening.provider.reasons("signal.rejected") == [err]


async def test_forged_tokens(listening: Listening) -> None:
    """R039, A095, A097: other keys, other algorithms, keys of the token's own, other kinds."""
    claims = listening.claims()
    other = Keys(kid="k1")
    forged = {
        "another key": other.token(claims, typ="secevent+jwt"),
        "another kid": listening.token(claims, kid="k9"),
        "its own key": other.token(claims, typ="secevent+jwt", jwk=other.jwk),
        "its own address": other.token(claims, typ="secevent+jwt", jku="https://evil.example"),
        "none": listening.token(claims, alg="none"),
        "the public key as secret": by_secret(
            json.dumps(listening.keys.jwk), claims, typ="secevent+jwt"
        ),
        "an ID token": listening.token(claims, typ="JWT"),
        "a logout token": listening.token(claims, typ="logout+jwt"),
        "no kind": listening.token(claims, typ=None),
        "crit": listening.token(claims, crit=["x"]),
        "cut": listening.token(claims)[:-4],
        "nothing": "",
        "no token": "a.b.c",
        "too large": "x" * 40_000,
    }
    for name, token in forged.items():
        answer = await listening.push(token)
        assert answer.status == 400, name
        assert answer.json["err"] in ("invalid_key", "invalid_request"), name
    assert (await listening.push(b"\xff\xfe")).status == 400
    assert (await listening.push(listening.token(), kind="application/json")).status == 400
    assert await listening.is_signed_in()


async def test_who_may_push(listening: Listening) -> None:
    """R114: a wrong secret, no secret, a disabled source and none at all are answered alike."""
    token, id_ = listening.token(), listening.source["id"]
    answers = [
        await listening.push(token, secret="wrong"),
        await listening.push(token, secret=""),
        await listening.push(token, path="/ssf/sources/x/events"),
        await listening.push(token, path=f"/ssf/sources/{listening.ada.id}/events"),
    ]
    await listening.api("PATCH", f"/{id_}", {"enabled": False})
    answers.append(await listening.push(token))
    assert {(a.status, a.body) for a in answers} == {(401, answers[0].body)}
    assert answers[0].json["err"] == "authentication_failed"
    assert await listening.is_signed_in()


async def test_another_tenants_source(provider: Provider, listening: Listening) -> None:
    """R042, R118: a source, its secret and its events are one tenant's; so are the ids it names."""
    acme = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    await provider.snapshots.poll()
    bob = await acme.person("ada@example.com")
    _, __ = await acme.sign_in(bob)
    there = Listening(acme, source=listening.source, keys=listening.keys)
    assert (await there.push(listening.token())).status == 401
    other = listening.token(listening.claims(aud=acme.tenant.issuer))
    assert (await listening.push(other)).json["err"] == "invalid_audience"
    assert await acme.sessions.list_of(acme.store, bob.id)
    await listening.push(listening.token())
    assert await acme.sessions.list_of(acme.store, bob.id)


async def test_whom_a_source_may_name(listening: Listening) -> None:
    """R063, A063: only as its policy says; unknown people are answered as known ones are."""
    provider, id_ = listening.provider, listening.source["id"]
    own = {"format": "iss_sub", "iss": provider.tenant.issuer, "sub": str(listening.ada.id)}
    linked = {"format": "iss_sub", "iss": ISSUER, "sub": "2482"}
    foreign = {"format": "iss_sub", "iss": "https://other.example", "sub": "2482"}
    unknown = {"format": "email", "email": "nobody@example.com"}
    await listening.api("PATCH", f"/{id_}", {"match_email": False})
    for subject in (own, linked, foreign, unknown, EMAIL, {"format": "opaque", "id": "x"}):
        answer = await listening.push(listening.token(listening.claims(subject=subject)))
        assert (answer.status, answer.body) == (202, b""), subject
        assert await listening.is_signed_in(), subject
    issuer = {"name": "IdP", "issuer": ISSUER, "jwks": listening.keys.jwks}
    path = "/api/v1/trusted-issuers"
    made = await provider.api_call(listening.root, "POST", path, issuer)
    link = {"subject": "2482", "user": str(listening.ada.id)}
    links = f"{path}/{made.json['data']['id']}/subjects"
    assert (await provider.api_call(listening.root, "POST", links, link)).status == 201
    await listening.push(listening.token(listening.claims(subject=foreign)))
    assert await listening.is_signed_in()
    complex_ = {"format": "complex", "user": linked, "session": {"format": "opaque", "id": "x"}}
    await listening.push(listening.token(listening.claims(subject=complex_)))
    assert not await listening.is_signed_in()


async def test_our_own_subjects_where_the_source_may_name_them(listening: Listening) -> None:
    await listening.api("PATCH", f"/{listening.source['id']}", {"own_subjects": True})
    issuer = listening.provider.tenant.issuer
    own = {"format": "iss_sub", "iss": issuer, "sub": str(listening.ada.id)}
    await listening.push(listening.token(listening.claims(subject=own)))
    assert not await listening.is_signed_in()


async def test_an_unverified_address_is_nobodys(listening: Listening) -> None:
    """R063: who only claimed an address is not the one it speaks of."""
    provider = listening.provider
    eve = await provider.person("eve@example.com")
    await provider.store.transact(
        lambda tx: provider.users.add_email(tx, eve.id, "x@example.com", CAUSE, verified=False)
    )
    await provider.sign_in(eve)
    subject = {"format": "email", "email": "x@example.com"}
    await listening.push(listening.token(listening.claims(subject=subject)))
    assert await listening.is_signed_in(eve)


async def test_a_source_does_no_more_than_its_maker_may(listening: Listening) -> None:
    """R120, A081: neither making nor changing a source is a way to more."""
    provider = listening.provider
    root = await provider.users.find_by_email(provider.store, "root@example.com")
    token = await listening.mint(root, "signals:write", "signals:read")
    body = {"name": "X", "issuer": "https://x.example", "actions": {DISABLED: ["suspend"]}}
    refused = await listening.api("POST", "", body, token)
    assert refused.status == 403
    assert refused.json["code"] == "signal_source_beyond_your_permissions"
    id_ = listening.source["id"]
    keys = {"jwks": Keys().jwks}
    assert (await listening.api("PATCH", f"/{id_}", keys, token)).status == 403
    more = ("signals:write", "users:write", "sessions:write")
    token = await listening.mint(root, *more)
    assert (await listening.api("PATCH", f"/{id_}", {"name": "Y"}, token)).status == 200
    subject = {"format": "email", "email": "root@example.com"}
    await listening.push(listening.token(listening.claims(DISABLED, subject)))
    assert await listening.status(root) == "active"
    assert await provider.reasons("signal.not_acted_on") == ["beyond_reach"]


async def test_the_last_administrator_is_not_suspended(listening: Listening) -> None:
    """R120: what nobody may do by hand, no event does."""
    provider = listening.provider
    root = await provider.users.find_by_email(provider.store, "root@example.com")
    subject = {"format": "email", "email": "root@example.com"}
    token = listening.token(listening.claims(DISABLED, subject))
    assert (await listening.push(token)).status == 202
    assert await listening.status(root) == "active"
    assert await provider.reasons("signal.not_acted_on") == ["last_administrator"]


async def test_a_flood_is_slowed(listening: Listening) -> None:
    """A135: so many events a minute, then 429 with when to come again."""
    claims = listening.claims(subject={"format": "opaque", "id": "x"})
    token = listening.token(claims)
    answers = [await listening.push(token) for _ in range(610)]
    assert answers[-1].status == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    listening.provider.clock.advance(timedelta(minutes=1))
    assert (await listening.push(listening.token())).status == 202


async def test_what_is_not_named_is_only_recorded(listening: Listening) -> None:
    await listening.api("PATCH", f"/{listening.source['id']}", {"actions": {}})
    await listening.push(listening.token())
    assert await listening.is_signed_in()
    assert len(await listening.provider.data("signal.received")) == 1


async def test_a_secret_is_shown_once(listening: Listening) -> None:
    """R151: neither the list nor the source shows a secret again."""
    secret = listening.source["push_secret"]
    shown = await listening.api("GET", f"/{listening.source['id']}")
    listed = await listening.api("GET")
    assert secret.encode() not in shown.body + listed.body
    assert shown.json["data"]["push_secret"] is None
    wrong_bodies: list[dict[str, Any]] = [
        {"issuer": "http://x.example"}, {"issuer": listening.provider.tenant.issuer},
        {"actions": {"nonsense": []}}, {"actions": {DISABLED: ["explode"]}}, {"name": ""},
        {"max_age": 1}, {"poll_url": "file:///etc/passwd"}, {"algorithms": ["none"]},
        {"token_url": "https://x.example/token"}, {"secret": "\n"},
        {"jwks_uri": "https://user@x.example"},
    ]  # fmt: skip
    for body in wrong_bodies:
        new = {"name": "X", "issuer": "https://x.example", **body}
        assert (await listening.api("POST", "", new)).status == 422, body
    gone = await listening.api("DELETE", f"/{listening.source['id']}")
    assert gone.status == 204
    assert (await listening.push(listening.token())).status == 401
