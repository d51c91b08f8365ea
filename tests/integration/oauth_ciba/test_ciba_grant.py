"""The application's side: asking, waiting, tokens (CIBA Core §7-11)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from tests.integration.oauth_ciba.conftest import NOTIFICATION_TOKEN, Bank
from tests.support.dpop import ProofKey
from tests.support.oauth import CAUSE, decoded

from limen.kernel.ids import GrantId
from limen.oauth.ciba.model import GRANT_TYPE


async def test_discovery_says_how_to_ask(bank: Bank) -> None:
    """CIBA Core §4."""
    found = (await bank.provider.send("GET", "/.well-known/openid-configuration")).json
    assert found["backchannel_authentication_endpoint"].endswith("/oauth2/ciba")
    assert found["backchannel_token_delivery_modes_supported"] == ["poll", "ping", "push"]
    assert found["backchannel_user_code_parameter_supported"] is True
    assert "ES256" in found["backchannel_authentication_request_signing_alg_values_supported"]
    assert GRANT_TYPE in found["grant_types_supported"]


async def test_tokens_after_a_yes(bank: Bank) -> None:
    """CIBA Core §7.3, §10.1: poll; bound to the person, their session and their grant."""
    answer = await bank.ask(scope="openid email offline_access")
    assert answer.headers["cache-control"] == "no-store"
    asked = answer.json
    assert asked["expires_in"] == 300 and asked["interval"] == 5
    assert len(asked["auth_req_id"]) >= 43
    waiting = await bank.poll(asked["auth_req_id"])
    assert (waiting.status, waiting.json["error"]) == (400, "authorization_pending")
    assert (await bank.poll(asked["auth_req_id"])).json["error"] == "slow_down"
    await bank.decide()
    tokens = (await bank.poll(asked["auth_req_id"])).json
    claims = decoded(tokens["id_token"])
    assert claims["sub"] == str(bank.person.id) and claims["aud"] == bank.app.client_id
    assert claims["acr"] == "aal1" and claims["amr"] == ["pwd"] and claims["at_hash"]
    assert (await bank.provider.userinfo(tokens["access_token"])).json["email"]
    fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    again = await bank.provider.token(fields | bank.provider.credentials(bank.app))
    assert again.status == 200


async def test_an_auth_req_id_gives_tokens_once(bank: Bank) -> None:
    """R024: one of a hundred at once."""
    asked = await bank.approved()
    answers = await asyncio.gather(*(bank.poll(asked["auth_req_id"]) for _ in range(100)))
    assert sorted(a.status for a in answers) == [200] + [400] * 99
    assert {a.json["error"] for a in answers if a.status == 400} == {"invalid_grant"}


async def test_one_of_many_decisions_wins(bank: Bank) -> None:
    """R110: yes and no at once: one is taken, and it stays."""
    asked = await bank.asked()
    [request] = await bank.waiting()
    said = ["approve", "deny"] * 10
    answers = await asyncio.gather(*(bank.decide(one, request=request) for one in said))
    won = [a for a in answers if a.status == 303]
    assert len(won) == 1 and {a.status for a in answers} == {303, 410}
    answer = await bank.poll(asked["auth_req_id"])
    assert (answer.status == 200) == ("allowed" in won[0].location)


async def test_a_no_and_the_end_of_time(bank: Bank) -> None:
    """CIBA Core §11."""
    refused = await bank.asked()
    assert (await bank.decide("deny")).location.endswith("done=refused")
    answer = await bank.poll(refused["auth_req_id"])
    assert (answer.status, answer.json["error"]) == (400, "access_denied")
    late = await bank.asked()
    [request] = await bank.waiting()
    bank.provider.clock.advance(timedelta(minutes=5, seconds=1))
    answer = await bank.poll(late["auth_req_id"])
    assert (answer.status, answer.json["error"]) == (400, "expired_token")
    assert (await bank.decide(request=request)).status == 410
    assert await bank.waiting() == []


@pytest.mark.parametrize(("wish", "given"), [("60", 60), ("1", 10), ("86400", 600)])
async def test_a_client_wishes_for_a_lifetime(bank: Bank, wish: str, given: int) -> None:
    """CIBA Core §7.1: requested_expiry, within our bounds."""
    assert (await bank.asked(requested_expiry=wish))["expires_in"] == given


@pytest.mark.parametrize("other", ["client", "kind", "made up"])
async def test_ids_of_others_are_none(bank: Bank, other: str) -> None:
    """A019: another client's, a code, a made-up one; and an auth_req_id is no code."""
    asked = await bank.approved()
    if other == "client":
        answer = await bank.poll(asked["auth_req_id"], await bank.client())
    elif other == "kind":
        web = await bank.provider.client("web", skip_consent=True)
        answer = await bank.poll(await bank.provider.code(web, bank.browser))
        fields = bank.provider.redemption(web, asked["auth_req_id"])
        assert (await bank.provider.token(fields)).json["error"] == "invalid_grant"
    else:
        answer = await bank.poll("x" * 43)
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    assert (await bank.poll(asked["auth_req_id"])).status == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "email"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "openid orders:admin"}, "invalid_scope"),
        ({"login_hint": None}, "invalid_request"),
        ({"id_token_hint": "x"}, "invalid_request"),
        ({"login_hint": None, "id_token_hint": "x.y.z"}, "invalid_request"),
        ({"login_hint": None, "login_hint_token": "x.y.z"}, "invalid_request"),
        ({"requested_expiry": "0"}, "invalid_request"),
        ({"requested_expiry": "-5"}, "invalid_request"),
        ({"requested_expiry": "soon"}, "invalid_request"),
        ({"requested_expiry": "9" * 40}, "invalid_request"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"request": "x.y.z"}, "invalid_request"),
        ({"binding_message": "a\nb"}, "invalid_binding_message"),
        ({"binding_message": "pay \u202e001 to Bob"}, "invalid_binding_message"),
        ({"binding_message": "\u2066W4SCT\u2069"}, "invalid_binding_message"),
        ({"binding_message": "two  spaces"}, "invalid_binding_message"),
        ({"binding_message": "x\u0301\u0302\u0303\u0304"}, "invalid_binding_message"),
        ({"binding_message": "x" * 101}, "invalid_binding_message"),
        ({"binding_message": "\x1b[2J"}, "invalid_binding_message"),
        ({"binding_message": "x" * 3000}, "invalid_request"),
        ({"client_secret": "x" * 43}, "invalid_client"),
    ],
)
async def test_a_wrong_request_is_refused(
    bank: Bank, changes: dict[str, str | None], error: str
) -> None:
    """R007, R051, R056, A115, CIBA Core §13: and nobody is asked."""
    answer = await bank.ask(**changes)
    assert answer.json["error"] == error
    assert answer.headers["cache-control"] == "no-store"
    assert await bank.waiting() == [] and await bank.mails() == []


async def test_nothing_is_repeated(bank: Bank) -> None:
    """R007."""
    answer = await bank.provider.form(
        "/oauth2/ciba", "scope=openid&scope=email", bank.provider.basic(bank.app)
    )
    assert answer.json["error"] == "invalid_request"


@pytest.mark.parametrize("token", [None, "short", "x" * 1025, "has spaces in it, so it is none"])
async def test_who_is_called_back_gives_a_token(bank: Bank, token: str | None) -> None:
    """CIBA Core §7.1: client_notification_token, of 128 bits at least."""
    app = await bank.client("ping")
    answer = await bank.ask(app, client_notification_token=token)
    assert answer.json["error"] == "invalid_request"


async def test_other_applications_may_not_ask(bank: Bank) -> None:
    """R056: off for whoever is not registered for it; never for public ones."""
    web = await bank.provider.client("web")
    assert (await bank.ask(web)).json["error"] == "unauthorized_client"
    assert (await bank.poll("x", web)).json["error"] == "unauthorized_client"
    spa = await bank.provider.client("spa")
    assert (await bank.ask(spa)).json["error"] == "unauthorized_client"
    pushed = await bank.client("push", options={"dpop_bound_access_tokens": True})
    assert (await bank.ask(pushed)).json["error"] == "unauthorized_client"


async def _suspend(bank: Bank) -> None:
    users = bank.provider.users
    await bank.provider.store.transact(
        lambda tx: users.change_status(tx, bank.person.id, "suspended", CAUSE, reason="x")
    )


async def _delete(bank: Bank) -> None:
    users = bank.provider.users
    await bank.provider.store.transact(
        lambda tx: users.change_status(tx, bank.person.id, "deleted", CAUSE, reason="x")
    )


async def _end_session(bank: Bank) -> None:
    sessions = bank.provider.sessions
    await bank.provider.store.transact(
        lambda tx: sessions.end(tx, bank.session.id, CAUSE, reason="x")
    )


async def _revoke_grant(bank: Bank) -> None:
    grants = bank.provider.oauth.grants
    for one in await grants.list_of(bank.provider.store, bank.person.id):
        await bank.provider.store.transact(
            lambda tx, one=one: grants.revoke(tx, GrantId(one.grant), CAUSE, user=bank.person.id)
        )


@pytest.mark.parametrize("end", [_suspend, _delete, _end_session, _revoke_grant])
async def test_what_ended_meanwhile_gives_no_tokens(bank: Bank, end: Any) -> None:
    """A033, R102, R103: asked at the poll, whatever was approved before."""
    asked = await bank.approved()
    await end(bank)
    answer = await bank.poll(asked["auth_req_id"])
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("end", [_suspend, _delete, _end_session])
async def test_who_may_not_act_approves_nothing(bank: Bank, end: Any) -> None:
    """A033: they are sent to sign in."""
    asked = await bank.asked()
    [request] = await bank.waiting()
    await end(bank)
    answer = await bank.decide(request=request)
    assert answer.status == 303 and answer.location.startswith("/signin?next=/account")
    assert (await bank.poll(asked["auth_req_id"])).json["error"] == "authorization_pending"


async def test_names_are_not_tried_out(bank: Bank) -> None:
    """A063, R087: two hundred unknown people an hour, and then nobody at all for this client."""
    answers = [await bank.ask(login_hint=f"p{n}@example.com") for n in range(200)]
    assert {a.json["error"] for a in answers} == {"unknown_user_id"}
    for hint in ("more@example.com", "ada@example.com"):
        assert (await bank.ask(login_hint=hint)).status == 429
    assert (await bank.ask(await bank.client())).status == 200
    bank.provider.clock.advance(timedelta(hours=1))
    for _ in range(3):
        await bank.asked()


@pytest.mark.parametrize("end", [_suspend, _delete, None])
async def test_nobody_and_who_may_not_act_look_alike(bank: Bank, end: Any) -> None:
    """A063, R078: unknown, suspended, deleted: one answer."""
    hint = "ada@example.com"
    if end is None:
        hint = "nobody@example.com"
    else:
        await end(bank)
    answer = await bank.ask(login_hint=hint)
    assert answer.status == 400
    assert answer.json == {
        "error": "unknown_user_id",
        "error_description": "The person whom the hint names cannot be asked.",
    }


async def test_a_hint_is_an_identifier_a_subject_or_an_id_token(bank: Bank) -> None:
    """CIBA Core §7.1: one person, named in each way; another client's ID token names nobody."""
    first = await bank.approved()
    id_token = (await bank.poll(first["auth_req_id"])).json["id_token"]
    for hint in ("ADA@example.com", "ada", str(bank.person.id)):
        await bank.approved(login_hint=hint)
    bank.provider.clock.advance(timedelta(minutes=30))  # an expired one still says who
    await bank.approved(login_hint=None, id_token_hint=id_token)
    other = await bank.client()
    answer = await bank.ask(other, login_hint=None, id_token_hint=id_token)
    assert answer.json["error"] == "invalid_request"


async def test_a_pairwise_subject_names_the_person_to_its_sector_alone(bank: Bank) -> None:
    """Core §8, A063: as login_hint and in an ID token; the real id names nobody there."""
    app = await bank.client(
        redirect_uris=["https://bank.example/cb"], options={"subject_type": "pairwise"},
        grant_types=["authorization_code", GRANT_TYPE],
    )  # fmt: skip
    asked = await bank.approved(app)
    id_token = (await bank.poll(asked["auth_req_id"], app)).json["id_token"]
    sub = decoded(id_token)["sub"]
    assert sub != str(bank.person.id)
    await bank.approved(app, login_hint=sub)
    await bank.approved(app, login_hint=None, id_token_hint=id_token)
    assert (await bank.ask(app, login_hint=str(bank.person.id))).json["error"] == "unknown_user_id"
    assert (await bank.ask(login_hint=sub)).json["error"] == "unknown_user_id"


async def test_a_login_hint_token_is_the_clients_own_word(bank: Bank) -> None:
    """CIBA Core §7.1: signed with its keys, for us, not expired."""
    app = await bank.client(options={"jwks": bank.keys.jwks})
    now = int(bank.provider.clock.now().timestamp())
    right: dict[str, Any] = {
        "iss": app.client_id, "aud": bank.provider.tenant.issuer, "exp": now + 60,
        "sub_id": {"format": "email", "email": "ada@example.com"},
    }  # fmt: skip

    async def ask(**changes: Any) -> Any:
        token = bank.keys.token(right | changes, typ="JWT")
        return (await bank.ask(app, login_hint=None, login_hint_token=token)).json

    issuer = bank.provider.tenant.issuer
    for sub_id in (
        right["sub_id"], {"format": "iss_sub", "iss": issuer, "sub": str(bank.person.id)},
    ):  # fmt: skip
        assert "auth_req_id" in await ask(sub_id=sub_id)
    assert (await ask(exp=now - 1))["error"] == "expired_login_hint_token"
    unknown = {"format": "opaque", "id": "019a0000-0000-7000-8000-00000000dead"}
    assert (await ask(sub_id=unknown))["error"] == "unknown_user_id"
    for wrong in (
        {"iss": "x"}, {"aud": "https://else.example"}, {"exp": None}, {"sub_id": "ada"},
        {"sub_id": {"format": "iss_sub", "iss": "x", "sub": "y"}},
    ):  # fmt: skip
        assert (await ask(**wrong))["error"] == "invalid_request", wrong


async def test_signed_requests(bank: Bank) -> None:
    """CIBA Core §7.1.1, R017, R030: all inside, ours, fresh, once; the unsigned are refused."""
    app = await bank.client(
        options={"jwks": bank.keys.jwks, "backchannel_authentication_request_signing_alg": "ES256"}
    )
    now = int(bank.provider.clock.now().timestamp())
    right: dict[str, Any] = {
        "iss": app.client_id, "aud": bank.provider.tenant.issuer, "exp": now + 60, "iat": now,
        "nbf": now, "jti": "one", "scope": "openid", "login_hint": "ada@example.com",
        "binding_message": "W4SCT",
    }  # fmt: skip
    credentials = bank.provider.credentials(app)

    async def ask(beside: dict[str, str] | None = None, **changes: Any) -> Any:
        claims = {k: v for k, v in (right | changes).items() if v is not None}
        token = bank.keys.token(claims, typ="JWT")
        fields = {"request": token, **credentials, **(beside or {})}
        return (await bank.provider.form("/oauth2/ciba", fields)).json

    assert "auth_req_id" in await ask()
    assert "W4SCT" in await bank.page()
    assert (await ask())["error"] == "invalid_request"  # replayed
    for number, wrong in enumerate((
        {"iss": "x"}, {"aud": "x"}, {"aud": None}, {"exp": now - 1}, {"exp": now + 7200},
        {"exp": None}, {"iat": None}, {"nbf": None}, {"nbf": now + 600}, {"jti": None},
    )):  # fmt: skip
        answer = await ask(**{"jti": f"wrong {number}", **wrong})
        assert answer["error"] == "invalid_request", wrong
    beside = await ask({"scope": "openid email"}, jti="two")
    assert beside["error"] == "invalid_request"
    unsigned = await bank.ask(app)
    assert unsigned.json["error"] == "invalid_request"
    forged = type(bank.keys)()
    token = forged.token(right | {"jti": "three"}, typ="JWT")
    answer = await bank.provider.form("/oauth2/ciba", {"request": token, **credentials})
    assert answer.json["error"] == "invalid_request"


async def test_nobody_is_worn_down(bank: Bank) -> None:
    """R087: a few at once, a few an hour, by one application and by all together."""
    for _ in range(3):
        await bank.asked()
    answer = await bank.ask()
    assert answer.status == 429 and int(answer.headers["retry-after"]) > 0
    for _ in range(3):
        await bank.decide("deny")
    for _ in range(7):
        await bank.asked()
        await bank.decide("deny")
    assert (await bank.ask()).status == 429  # ten an hour
    other = await bank.client()
    for _ in range(10):
        await bank.asked(other)
        await bank.decide("deny")
    third = await bank.client()
    assert (await bank.ask(third)).status == 429  # twenty an hour, whoever asks
    bank.provider.clock.advance(timedelta(hours=1))
    assert (await bank.ask(third)).status == 200


async def test_the_limit_holds_for_many_at_once(bank: Bank) -> None:
    """R087, A046: fifty in parallel ask no more than three times."""
    answers = await asyncio.gather(*(bank.ask() for _ in range(50)))
    assert sorted(a.status for a in answers) == [200] * 3 + [429] * 47
    assert len(await bank.waiting()) == 3


async def test_what_ended_leaves_the_store(bank: Bank) -> None:
    """A135."""
    import sqlalchemy as sa

    from limen.oauth.ciba.store import backchannel_requests as table
    from limen.platform.db import Query, mine

    count = Query(sa.select(sa.func.count()).select_from(table).where(mine(table)), int)
    await bank.asked()
    bank.provider.clock.advance(timedelta(days=1))
    await bank.run("oauth.ciba.retention")
    assert await bank.provider.store.one(count) == 1
    bank.provider.clock.advance(timedelta(days=2))
    await bank.run("oauth.ciba.retention")
    assert await bank.provider.store.one(count) == 0


def test_the_notification_token_is_long_enough() -> None:
    assert len(NOTIFICATION_TOKEN) >= 22


async def test_tokens_are_bound_to_the_key_that_polls(bank: Bank) -> None:
    """R029, R030: DPoP at the token endpoint."""
    key = ProofKey(bank.provider)
    asked = await bank.approved()
    fields = {
        "grant_type": GRANT_TYPE, "auth_req_id": asked["auth_req_id"],
        **bank.provider.credentials(bank.app),
    }  # fmt: skip
    answer = await bank.provider.token(fields, key.header())
    assert answer.json["token_type"] == "DPoP"
    assert decoded(answer.json["access_token"])["cnf"]["jkt"] == key.jkt
