"""The device's side: asking, waiting, tokens (RFC 8628 §3.1-3.5)."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.fakes.clock import FrozenClock
from tests.integration.oauth_device.conftest import GRANT_TYPE, Devices, decoded
from tests.support.oauth import API, CAUSE, build

from limen.kernel.ids import GrantId
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.oauth.api import Client
from limen.platform.db import OpenDatabase


async def test_a_device_application_works_out_of_the_box(devices: Devices) -> None:
    """R058: the grant is of those registered for it; a television keeps no secret."""
    assert devices.app.grant_types == (GRANT_TYPE, "refresh_token")
    assert devices.app.is_public
    assert "openid" in devices.app.scopes and "offline_access" in devices.app.scopes
    found = await devices.provider.send("GET", "/.well-known/openid-configuration")
    assert found.json["device_authorization_endpoint"].endswith("/oauth2/device")
    assert GRANT_TYPE in found.json["grant_types_supported"]


async def test_what_a_device_is_told(devices: Devices) -> None:
    """R037, RFC 8628 §3.2."""
    answer = await devices.ask()
    asked = answer.json
    issuer = devices.provider.tenant.issuer
    assert answer.headers["cache-control"] == "no-store"
    assert asked["verification_uri"] == f"{issuer}/device"
    assert asked["verification_uri_complete"] == f"{issuer}/device?user_code={asked['user_code']}"
    assert asked["expires_in"] == 600 and asked["interval"] == 5
    assert len(asked["device_code"]) >= 43


async def test_tokens_after_a_yes(devices: Devices) -> None:
    """R028, R035: bound to person, client, grant and session; refresh as usual."""
    asked = await devices.asked(scope="openid email offline_access")
    waiting = await devices.poll(asked["device_code"])
    assert (waiting.status, waiting.json["error"]) == (400, "authorization_pending")
    assert (await devices.decide(asked["user_code"])).status == 200
    answer = await devices.poll(asked["device_code"])
    assert answer.status == 200, answer.body
    tokens = answer.json
    claims = decoded(tokens["id_token"])
    assert claims["sub"] == str(devices.person.id) and claims["aud"] == devices.app.client_id
    assert decoded(tokens["access_token"])["gid"]
    assert (await devices.provider.userinfo(tokens["access_token"])).json["email"]
    fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    again = await devices.provider.token(fields | devices.provider.credentials(devices.app))
    assert again.status == 200


async def test_signing_out_ends_what_is_not_offline(devices: Devices) -> None:
    """R102, contract.md: without offline_access the device's tokens end with the session."""
    online = await devices.approved()
    offline = await devices.approved(scope="openid offline_access")
    of_online = (await devices.poll(online["device_code"])).json
    of_offline = (await devices.poll(offline["device_code"])).json
    sessions = devices.provider.sessions
    await devices.provider.store.transact(
        lambda tx: sessions.end(tx, devices.session.id, CAUSE, reason="test")
    )
    assert (await devices.provider.userinfo(of_online["access_token"])).status == 401
    assert (await devices.provider.userinfo(of_offline["access_token"])).status == 200


async def test_a_code_gives_tokens_once(devices: Devices) -> None:
    """R024, A019: later polls get invalid_grant, and the tokens live on: one device polls twice."""
    asked = await devices.approved()
    first = await devices.poll(asked["device_code"])
    for _ in range(2):
        again = await devices.poll(asked["device_code"])
        assert (again.status, again.json["error"]) == (400, "invalid_grant")
    assert (await devices.provider.userinfo(first.json["access_token"])).status == 200


async def test_one_of_a_hundred_polls_at_once_wins(devices: Devices) -> None:
    """R024: the store decides who was first."""
    asked = await devices.approved()
    answers = await asyncio.gather(*(devices.poll(asked["device_code"]) for _ in range(100)))
    assert sorted(a.status for a in answers) == [200] + [400] * 99
    assert {a.json["error"] for a in answers if a.status == 400} == {"invalid_grant"}


async def test_one_of_many_decisions_wins(devices: Devices) -> None:
    """R110: approve and deny at once, many times: one is taken, and it stays."""
    asked = await devices.asked()
    said = ["approve", "deny"] * 10
    answers = await asyncio.gather(*(devices.decide(asked["user_code"], one) for one in said))
    won = [a for a in answers if a.status == 200]
    assert len(won) == 1, [a.status for a in answers]
    answer = await devices.poll(asked["device_code"])
    assert (answer.status == 200) == (b"is connected" in won[0].body)
    if answer.status != 200:
        assert answer.json["error"] == "access_denied"


async def test_asking_too_often_is_slowed_down_for_good(devices: Devices) -> None:
    """RFC 8628 §3.5: each hurry adds five seconds; the store keeps them, for every process."""
    asked = await devices.asked()
    clock, code = devices.provider.clock, asked["device_code"]

    async def error() -> str:
        return (await devices.poll(code)).json["error"]

    assert await error() == "authorization_pending"
    assert await error() == "slow_down"
    clock.advance(5)
    assert await error() == "slow_down"  # ten seconds by now
    clock.advance(15)
    assert await error() == "authorization_pending"
    clock.advance(14.5)
    assert await error() == "authorization_pending"  # networks jitter
    assert await devices.provider.reasons("token.refused") == []


async def test_every_process_keeps_the_interval(
    devices: Devices, database: OpenDatabase, store: Store, clock: FrozenClock, tenant: Tenant
) -> None:
    """RFC 8628 §3.5, R024: two processes over one store, polled in turn."""
    second = replace(devices, provider=await build(database, store, clock, tenant, is_new=False))
    second.provider.secrets = devices.provider.secrets
    asked = await devices.asked()
    errors = []
    for process in (devices, second, devices, second):
        errors.append((await process.poll(asked["device_code"])).json["error"])
        clock.advance(4.5)
    assert errors == ["authorization_pending", "authorization_pending"] * 2
    clock.advance(60)
    errors = [(await p.poll(asked["device_code"])).json["error"] for p in (devices, second)]
    assert errors == ["authorization_pending", "slow_down"]
    await devices.decide(asked["user_code"])
    polls = [p.poll(asked["device_code"]) for p in (devices, second) * 20]
    assert sorted(a.status for a in await asyncio.gather(*polls)) == [200] + [400] * 39


async def test_a_code_expires(devices: Devices) -> None:
    """R058: ten minutes, waiting or approved."""
    waiting, approved = await devices.asked(), await devices.approved()
    devices.provider.clock.advance(timedelta(minutes=10, seconds=1))
    for asked in (waiting, approved):
        answer = await devices.poll(asked["device_code"])
        assert (answer.status, answer.json["error"]) == (400, "expired_token")
    late = await devices.decide(waiting["user_code"])
    assert late.status == 400 and b"is connected" not in late.body


async def test_after_a_no_there_is_no_yes(devices: Devices) -> None:
    asked = await devices.asked()
    assert b"was refused" in (await devices.decide(asked["user_code"], "deny")).body
    assert (await devices.decide(asked["user_code"])).status == 400
    answer = await devices.poll(asked["device_code"])
    assert (answer.status, answer.json["error"]) == (400, "access_denied")


async def test_codes_of_others_are_no_codes(devices: Devices) -> None:
    """A019, R023: another client's, another kind's, another tenant's, made up, the wrong one."""
    provider = devices.provider
    other = await provider.client("device", name="Other", redirect_uris=[])
    asked = await devices.approved()
    web = await provider.client("web", skip_consent=True)
    code = await provider.code(web, devices.browser)
    for wrong, app in (
        (asked["device_code"], other), (code, devices.app), ("x" * 43, devices.app),
        (asked["user_code"], devices.app), ("é" * 20, devices.app),
    ):  # fmt: skip
        answer = await devices.poll(wrong, app)
        assert (answer.status, answer.json["error"]) == (400, "invalid_grant"), wrong
    fields = provider.redemption(web, asked["device_code"])
    assert (await provider.token(fields)).json["error"] == "invalid_grant"
    assert (await devices.poll(asked["device_code"])).status == 200


@pytest.mark.parametrize("kind", ["web", "spa", "m2m"])
async def test_other_applications_may_not_ask(devices: Devices, kind: str) -> None:
    """R056, R058: off for whoever is not registered for it."""
    app = await devices.provider.client(kind, name="Other")
    answer = await devices.ask(app, scope="")
    assert (answer.status, answer.json["error"]) == (400, "unauthorized_client")
    answer = await devices.poll("x", app)
    assert (answer.status, answer.json["error"]) == (400, "unauthorized_client")


async def test_a_confidential_device_proves_itself(devices: Devices) -> None:
    """R051: at both endpoints."""
    app = await devices.provider.client(
        "device", name="Box", redirect_uris=[], auth_method="client_secret_post"
    )
    asked = await devices.ask(app)
    assert asked.status == 200
    wrong = {"client_secret": "x" * 43}
    assert (await devices.ask(app, **wrong)).json["error"] == "invalid_client"
    bare = {"grant_type": GRANT_TYPE, "device_code": asked.json["device_code"]}
    answer = await devices.provider.token(bare | {"client_id": app.client_id})
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    pending = await devices.poll(asked.json["device_code"], app)
    assert pending.json["error"] == "authorization_pending"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "openid orders:admin"}, "invalid_scope"),
        ({"scope": "openid openid"}, "invalid_scope"),
        ({"scope": "x" * 2049}, "invalid_request"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"client_id": "nobody"}, "invalid_client"),
    ],
)
async def test_a_wrong_request_is_refused(
    devices: Devices, changes: dict[str, str], error: str
) -> None:
    """R007, R056: in RFC 6749's form, and nothing is kept."""
    answer = await devices.ask(**changes)
    assert answer.json["error"] == error
    assert answer.headers["cache-control"] == "no-store"


async def test_a_request_is_a_form_without_repetition(devices: Devices) -> None:
    """R007, R054."""
    send, app = devices.provider.form, devices.app.client_id
    twice = await send("/oauth2/device", f"client_id={app}&scope=openid&scope=email")
    assert twice.json["error"] == "invalid_request"
    asked = await devices.asked()
    both = (
        f"grant_type={GRANT_TYPE}&client_id={app}&device_code={asked['device_code']}&device_code=x"
    )
    assert (await devices.provider.token(both)).json["error"] == "invalid_request"
    none = await devices.provider.token({"grant_type": GRANT_TYPE, "client_id": app})
    assert none.json["error"] == "invalid_request"


async def test_a_token_is_for_the_resource_that_was_allowed(devices: Devices) -> None:
    """R034, R056: narrowed at token time, never widened."""
    provider = devices.provider
    await provider.api()
    app = await provider.client(
        "device", name="Box", redirect_uris=[], scopes=["openid", "orders:read"]
    )
    asked = (await devices.ask(app, scope="openid orders:read", resource=API)).json
    await devices.decide(asked["user_code"])
    wider = await devices.poll(asked["device_code"], app, resource=provider.tenant.issuer)
    assert wider.json["error"] == "invalid_target"
    tokens = (await devices.poll(asked["device_code"], app)).json
    assert decoded(tokens["access_token"])["aud"] == [API, provider.tenant.issuer]


async def _suspend(devices: Devices, app: Client) -> None:
    users = devices.provider.users
    await devices.provider.store.transact(
        lambda tx: users.change_status(tx, devices.person.id, "suspended", CAUSE, reason="x")
    )


async def _end_session(devices: Devices, app: Client) -> None:
    sessions = devices.provider.sessions
    await devices.provider.store.transact(
        lambda tx: sessions.end(tx, devices.session.id, CAUSE, reason="x")
    )


async def _revoke_grant(devices: Devices, app: Client) -> None:
    grants = devices.provider.oauth.grants
    held = await grants.list_of(devices.provider.store, devices.person.id)
    for one in held:
        await devices.provider.store.transact(
            lambda tx, one=one: grants.revoke(tx, GrantId(one.grant), CAUSE, user=devices.person.id)
        )


@pytest.mark.parametrize("end", [_suspend, _end_session, _revoke_grant])
async def test_what_ended_meanwhile_gives_no_tokens(devices: Devices, end: object) -> None:
    """A033, R102, R103: asked at the poll, whatever was approved before."""
    asked = await devices.approved()
    await end(devices, devices.app)  # type: ignore[operator]
    answer = await devices.poll(asked["device_code"])
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("end", [_suspend, _end_session])
async def test_who_may_not_act_approves_nothing(devices: Devices, end: object) -> None:
    """A033: they are sent to sign in, and the device waits on."""
    asked = await devices.asked()
    await end(devices, devices.app)  # type: ignore[operator]
    answer = await devices.decide(asked["user_code"])
    assert answer.status == 303 and answer.location.startswith("/signin?next=/device")
    assert (await devices.poll(asked["device_code"])).json["error"] == "authorization_pending"


async def test_a_disabled_application_is_neither_shown_nor_served(devices: Devices) -> None:
    """A033: at approval and at the poll."""
    provider = devices.provider
    admin = await provider.person("root@example.com")
    from limen.access.api import Subject

    await provider.store.transact(
        lambda tx: provider.roles.assign(
            tx, Subject("user", admin.id), "administrator", CAUSE, by=None
        )
    )
    token = await provider.oauth.admin_tokens.mint(
        provider.store, provider.tenant, user=admin, client=None, scopes=(), cause=CAUSE
    )
    waiting, approved = await devices.asked(), await devices.approved()
    path = f"/api/v1/clients/{devices.app.id}/disable"
    assert (await provider.api_call(token, "POST", path)).status == 200
    assert (await devices.decide(waiting["user_code"])).status in (400, 403)
    assert (await devices.poll(approved["device_code"])).json["error"] == "invalid_client"


async def test_what_ended_leaves_the_store(devices: Devices) -> None:
    """A135: an hour after its end, and only then."""
    import sqlalchemy as sa

    from limen.oauth.device.store import device_authorizations as table
    from limen.platform.db import Query, mine

    count = Query(sa.select(sa.func.count()).select_from(table).where(mine(table)), int)
    for _ in range(3):
        await devices.asked()
    task = next(t for t in devices.provider.tasks if t.name == "oauth.device.retention")
    devices.provider.clock.advance(timedelta(minutes=30))
    await task.run()
    assert await devices.provider.store.one(count) == 3
    devices.provider.clock.advance(timedelta(hours=1))
    await task.run()
    assert await devices.provider.store.one(count) == 0
