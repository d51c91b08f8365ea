"""Which facts become events, about whom, and for whom (CAEP 1.0, RISC 1.0, RFC 8936)."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.support.oauth import CAUSE, Provider
from tests.support.signals import CAEP, RISC, SSF, Hearing, application

from limen.oauth.options import ClientOptions
from limen.oauth.signals.settings import SignalSettings


async def test_a_session_ends_and_the_application_hears(hearing: Hearing) -> None:
    """R153: the event comes from the log of facts; the subject is what the ID token said."""
    stream = await hearing.stream()
    await hearing.end("because")
    await hearing.follow()
    (event,) = await hearing.events(stream)
    assert event["sub_id"] == {
        "format": "complex",
        "user": {
            "format": "iss_sub", "iss": hearing.provider.tenant.issuer, "sub": str(hearing.ada.id),
        },
        "session": {"format": "opaque", "id": str(hearing.session.id)},
    }  # fmt: skip
    said = event["events"][CAEP + "session-revoked"]
    assert said["initiating_entity"] == "policy"
    assert said["reason_admin"] == {"en": "because"}
    assert isinstance(said["event_timestamp"], int)
    assert await hearing.events(stream) == []


async def test_an_account_through_its_life(hearing: Hearing) -> None:
    stream = await hearing.stream()
    for status in ("suspended", "active", "deleted"):
        await hearing.move(status)
    await hearing.follow()
    assert [k for k in await hearing.kinds(stream) if k.startswith("account")] == [
        "account-disabled", "account-enabled", "account-purged",
    ]  # fmt: skip


async def test_claims_change_as_far_as_they_were_released(hearing: Hearing) -> None:
    """R056: a claim that the person did not release is not told."""
    stream = await hearing.stream()
    users, provider = hearing.provider.users, hearing.provider
    profile = msgspec.structs.replace(
        hearing.ada.profile, name="Countess", phone_number="+41446681800"
    )
    await provider.store.transact(
        lambda tx: users.change_profile(tx, hearing.ada.id, profile, CAUSE)
    )
    await hearing.follow()
    (event,) = await hearing.events(stream)
    said = event["events"][CAEP + "token-claims-change"]
    assert said["claims"] == {"name": "Countess"}


async def test_an_address_changes_and_is_forgotten_with_the_person(hearing: Hearing) -> None:
    """G03: the old address is in no backlog; with the person's key it is gone for good."""
    stream = await hearing.stream()
    users, provider = hearing.provider.users, hearing.provider

    async def work(tx: Any) -> None:
        email = await users.add_email(tx, hearing.ada.id, "new@example.com", CAUSE, verified=True)
        await users.make_primary(tx, hearing.ada.id, email.id, CAUSE)

    await provider.store.transact(work)
    await hearing.follow()
    sets = (await hearing.poll(stream))["sets"]
    events = [await hearing.verified(token) for token in sets.values()]
    changed = [e for e in events if RISC + "identifier-changed" in e["events"]]
    assert changed[0]["sub_id"] == {"format": "email", "email": "ada@example.com"}
    assert changed[0]["events"][RISC + "identifier-changed"] == {"new-value": "new@example.com"}
    await provider.store.transact(lambda tx: provider.vault.destroy_person(tx, hearing.ada.id))
    assert "identifier-changed" not in await hearing.kinds(stream)
    assert await hearing.kinds(stream) == []


async def test_only_people_that_the_application_has_to_do_with(
    provider: Provider, hearing: Hearing
) -> None:
    """R114: somebody who never used the application is none of its business; ssf.all says else."""
    stranger = await provider.person("bob@example.com")
    everyone = await application(
        provider, "Monitor", scopes=["ssf.read", "ssf.manage", "ssf.all"],
        grant_types=["client_credentials"], type_="m2m", skip_consent=False,
    )  # fmt: skip
    own, all_ = await hearing.stream(), await everyone.stream()
    await hearing.move("suspended", stranger)
    await hearing.follow()
    assert await hearing.events(own) == []
    (event,) = await everyone.events(all_)
    assert event["sub_id"]["sub"] == str(stranger.id)


async def test_each_sector_hears_its_own_subject(provider: Provider, hearing: Hearing) -> None:
    """R043: neither `sub`, `sid` nor `jti` tells two applications that they share a person."""
    other = await application(
        provider, "Other", options=ClientOptions(subject_type="pairwise"),
    )  # fmt: skip
    issued = await provider.tokens(other.client, hearing.secret)
    streams = await hearing.stream(), await other.stream()
    await hearing.end()
    await hearing.follow()
    (one,), (two,) = await hearing.events(streams[0]), await other.events(streams[1])
    from tests.support.oauth import decoded

    id_token = decoded(issued["id_token"])
    assert two["sub_id"]["user"]["sub"] == id_token["sub"] != one["sub_id"]["user"]["sub"]
    assert two["sub_id"]["session"]["id"] == id_token["sid"] != one["sub_id"]["session"]["id"]
    assert one["jti"] != two["jti"]
    assert "txn" not in one


async def test_polls(hearing: Hearing) -> None:
    """RFC 8936: what is not acknowledged comes again under its `jti`; what is refused does not."""
    stream = await hearing.stream()
    for status in ("suspended", "active", "inactive"):
        await hearing.move(status)
    await hearing.follow()
    first = await hearing.poll(stream, maxEvents=2)
    assert len(first["sets"]) == 2
    assert first["moreAvailable"] is True
    again = await hearing.poll(stream, maxEvents=2)
    assert list(again["sets"]) == list(first["sets"])
    one, two = first["sets"]
    errors = {two: {"err": "invalid_key", "description": "x"}}
    rest = await hearing.poll(stream, ack=[one, "nonsense"], setErrs=errors)
    assert not {one, two} & set(rest["sets"])
    assert rest["moreAvailable"] is False
    assert await hearing.provider.reasons("signal.refused") == ["invalid_key"]
    for wrong in ({"maxEvents": -1}, {"ack": "x"}, {"ack": ["x"] * 1001}):
        answer = await hearing.call("POST", f"/ssf/streams/{stream}/poll", wrong)
        assert answer.status == 400


async def test_no_receiver_takes_anothers_events_away(hearing: Hearing) -> None:
    """R114: an acknowledgement counts for the stream that it is sent to, and for no other."""
    streams = await hearing.stream(), await hearing.stream()
    await hearing.end()
    await hearing.follow()
    (id_,) = (await hearing.poll(streams[0]))["sets"]
    await hearing.poll(streams[1], ack=[id_], maxEvents=0)
    assert id_ in (await hearing.poll(streams[0]))["sets"]


async def test_a_paused_stream_keeps_and_a_disabled_one_drops(hearing: Hearing) -> None:
    stream = await hearing.stream()
    for status, heard in (("paused", ["account-disabled", "session-revoked"]), ("disabled", [])):
        body = {"stream_id": stream, "status": status, "reason": "mine"}
        answer = await hearing.call("POST", "/ssf/status", body)
        assert answer.json == body
        await hearing.move("suspended")
        await hearing.follow()
        assert await hearing.events(stream) == []
        await hearing.call("POST", "/ssf/status", {"stream_id": stream, "status": "enabled"})
        assert await hearing.kinds(stream) == heard
        await hearing.move("active")
        await hearing.follow()
        await hearing.events(stream)


async def test_a_full_backlog_stops_its_stream_where_all_see_it(
    provider: Provider, hearing: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A135: a receiver that never comes fills no disk, and is told once it does."""
    follow = next(task for task in provider.tasks if task.name == "signals.follow")
    monkeypatch.setattr(follow.run.__self__, "settings", SignalSettings(max_backlog=2))
    stream = await hearing.stream()
    for status in ("suspended", "active", "suspended", "active"):
        await hearing.move(status)
    await hearing.follow()
    status = (await hearing.call("GET", "/ssf/status", query=f"stream_id={stream}")).json
    assert status == {"stream_id": stream, "status": "paused", "reason": "backlog_full"}
    (event,) = await hearing.events(stream)
    assert event["events"][SSF + "stream-updated"]["reason"] == "backlog_full"
    assert await provider.reasons("signal_stream.paused") == ["backlog_full"]


async def test_subjects_are_added_and_removed(hearing: Hearing) -> None:
    """A063: the answer is the same for whom we know, whom we do not, and who is another's."""
    stream = await hearing.stream()
    issuer = hearing.provider.tenant.issuer
    subjects = [
        {"format": "iss_sub", "iss": issuer, "sub": str(hearing.ada.id)},
        {"format": "iss_sub", "iss": issuer, "sub": "019a0000-0000-7000-8000-00000000dead"},
        {"format": "email", "email": "ada@example.com"},
        {"format": "email", "email": "nobody@example.com"},
        {"format": "email", "email": "not an address"},
        {"format": "opaque", "id": "x"},
        {"format": "phone_number", "phone_number": "+44 1"},
        {"format": "complex", "user": {"format": "email", "email": "ada@example.com"}},
    ]
    answers = set()
    for path in ("remove", "add", "remove"):
        for subject in subjects:
            body = {"stream_id": stream, "subject": subject}
            answer = await hearing.call("POST", f"/ssf/subjects/{path}", body)
            answers.add((path, answer.status, answer.body))
    assert answers == {("remove", 204, b""), ("add", 200, b"")}
    await hearing.move("suspended")
    await hearing.follow()
    assert await hearing.events(stream) == []


async def test_verification(hearing: Hearing, provider: Provider) -> None:
    """SSF §8.1.4: the receiver's own state comes back; not more often than once a minute."""
    stream = await hearing.stream()
    body = {"stream_id": stream, "state": "abc"}
    assert (await hearing.call("POST", "/ssf/verify", body)).status == 204
    limited = await hearing.call("POST", "/ssf/verify", body)
    assert limited.status == 429
    (event,) = await hearing.events(stream)
    assert event["sub_id"] == {"format": "opaque", "id": stream}
    assert event["events"] == {SSF + "verification": {"state": "abc"}}
    assert timedelta(seconds=int(limited.headers["retry-after"])) <= timedelta(minutes=1)


async def test_nothing_from_before_the_stream(hearing: Hearing) -> None:
    await hearing.move("suspended")
    hearing.provider.clock.advance(1)
    stream = await hearing.stream()
    await hearing.follow()
    assert await hearing.events(stream) == []


async def test_two_processes_follow_and_each_event_comes_once(hearing: Hearing) -> None:
    """R153: cursor and effect are one unit; who is second adds nothing."""
    import asyncio

    from tests.support.signals import turn

    stream = await hearing.stream()
    for status in ("suspended", "active"):
        await hearing.move(status)
    await asyncio.gather(
        hearing.follow(), *(turn(hearing.provider, "signals.follow") for _ in "ab")
    )
    await hearing.follow()
    kinds = await hearing.kinds(stream)
    assert [k for k in kinds if k.startswith("account")] == ["account-disabled", "account-enabled"]


async def test_a_client_that_lost_its_scope_hears_nothing(
    provider: Provider, hearing: Hearing
) -> None:
    """R056: what was taken from an application is over, for streams that exist too."""
    stream = await hearing.stream()
    from tests.support.signals import turn

    root = await provider.person("root@example.com")
    from limen.access.api import Subject

    await provider.store.transact(
        lambda tx: provider.roles.assign(
            tx, Subject("user", root.id), "administrator", CAUSE, by=None
        )
    )
    token = await provider.oauth.admin_tokens.mint(
        provider.store, provider.tenant, user=root, client=None, scopes=(), cause=CAUSE
    )
    path = f"/api/v1/clients/{hearing.client.id}"
    changed = await provider.api_call(token, "PATCH", path, {"scopes": ["openid"]})
    assert changed.status == 200, changed.body
    await provider.snapshots.poll()
    await hearing.end()
    await hearing.follow()
    await turn(provider, "signals.follow")
    shown = await provider.api_call(token, "GET", f"/api/v1/signal-streams/{stream}")
    assert shown.json["data"]["waiting"] == 0
    listed = await provider.api_call(token, "GET", "/api/v1/signal-streams")
    assert [one["id"] for one in listed.json["data"]] == [stream]
    gone = await provider.api_call(token, "DELETE", f"/api/v1/signal-streams/{stream}")
    assert gone.status == 204


async def test_a_poll_waits_for_an_event(hearing: Hearing) -> None:
    """RFC 8936 §2.4: long polling; a second poll of the same stream is answered at once."""
    import asyncio

    stream = await hearing.stream()
    waiting = asyncio.create_task(hearing.poll(stream, returnImmediately=False))
    await asyncio.sleep(0.05)
    assert (await hearing.poll(stream, returnImmediately=False))["sets"] == {}
    assert not waiting.done()
    await hearing.end()
    await hearing.follow()
    assert len((await asyncio.wait_for(waiting, 10))["sets"]) == 1


async def test_a_raised_level_is_told_and_a_repeated_one_is_not(hearing: Hearing) -> None:
    """CAEP 1.0 §3.4: the levels before and after; signing in again at the same is no change."""
    stream, provider = await hearing.stream(), hearing.provider
    secret = hearing.secret
    for acr in ("aal1", "aal2"):
        browser = secret
        started = await provider.store.transact(
            lambda tx, acr=acr, browser=browser: provider.sessions.start(
                tx, hearing.ada.id, CAUSE, browser=browser, amr=("pwd",), acr=acr
            )
        )
        secret = started.secret
    await hearing.follow()
    found = [e["events"] for e in await hearing.events(stream)]
    (said,) = [e[CAEP + "assurance-level-change"] for e in found]
    assert (said["namespace"], said["previous_level"], said["current_level"]) == (
        "NIST-AAL", "aal1", "aal2",
    )  # fmt: skip
    assert said["change_direction"] == "increase"
