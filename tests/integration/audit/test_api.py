"""The log through the management API of the whole application."""

import re
from typing import Any

import pytest
from tests.support.apps import Running

from limen.audit.usecases.verify_export import verify_export

_ALL = ("audit:read", "audit:export", "users:read")


@pytest.fixture
async def token(limen: Running) -> str:
    admin = await limen.person("admin@example.org", admin=True)
    return await limen.token(admin, *_ALL)


async def facts(limen: Running, token: str, query: str = "") -> list[dict[str, Any]]:
    answer = await limen.api("GET", f"/api/v1/audit/facts{query}", token)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_facts_are_listed_newest_first_and_found_by_what_is_known_of_them(
    limen: Running, token: str
) -> None:
    """R150: by name, person, target, actor, reference, request, result, time."""
    user = await limen.person("ada@example.org")
    everything = await facts(limen, token)
    assert everything[0]["name"] in {"email.added", "user.created"}
    listed = await facts(limen, token, f"?name=user.created&target={user.id}")
    assert listed[0]["target"] == {"kind": "user", "id": str(user.id)}
    assert listed[0]["actor"] == {"kind": "local-cli", "id": None}
    assert "ada@example.org" in str([fact["personal"] for fact in everything])
    one = listed[0]["id"]
    for query in (
        "name=user.created", "name=user.", f"person={user.id}", f"target={user.id}",
        "result=success", "since=2029-12-31T00:00:00Z", "until=2031-01-01T00:00:00Z",
        f"name=user.&person={user.id}&result=success",
    ):  # fmt: skip
        assert one in [fact["id"] for fact in await facts(limen, token, f"?{query}")], query
    for query in ("name=user.deleted", "result=refused", "since=2031-01-01T00:00:00Z",
                  "name=user", "actor=0198c1f0-0000-7000-8000-000000000009"):  # fmt: skip
        assert one not in [fact["id"] for fact in await facts(limen, token, f"?{query}")], query
    alone = await limen.api("GET", f"/api/v1/audit/facts/{one}", token)
    assert alone.json()["data"] == listed[0]
    missing = await limen.api("GET", f"/api/v1/audit/facts/{user.id}", token)
    assert (missing.status_code, missing.json()["code"]) == (404, "fact_unknown")


async def test_an_error_pages_reference_leads_to_its_fact(limen: Running, token: str) -> None:
    """R150, experience 3.6: `limen audit list --ref`."""
    page = await limen.http.get("/no/such/page")
    assert page.status_code == 404
    ref = re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{2}\b", page.text)
    assert ref is not None
    (fact,) = await facts(limen, token, f"?ref={ref[0]}")
    assert (fact["name"], fact["result"]) == ("request.refused", "refused")
    by_request = await facts(limen, token, f"?request_id={fact['request_id']}")
    assert by_request == [fact]


async def test_a_list_goes_on_where_it_stopped(limen: Running, token: str) -> None:
    """R137, A087."""
    for number in range(5):
        await limen.person(f"p{number}@example.org")
    whole = [fact["id"] for fact in await facts(limen, token, "?name=user.created")]
    answer = await limen.api("GET", "/api/v1/audit/facts?name=user.created&limit=4", token)
    cursor = answer.json()["pagination"]["next_cursor"]
    rest = await facts(limen, token, f"?name=user.created&limit=4&cursor={cursor}")
    first = [fact["id"] for fact in answer.json()["data"]]
    assert first + [fact["id"] for fact in rest] == whole
    other = await limen.api("GET", f"/api/v1/audit/facts?limit=4&cursor={cursor}", token)
    assert other.status_code == 400


async def test_the_log_is_read_in_its_order_from_any_place(limen: Running, token: str) -> None:
    """R156: a cursor that can be resumed."""
    await limen.person("ada@example.org")
    await limen.app.contexts.audit.sealing.turn()
    first = (await limen.api("GET", "/api/v1/audit/tail?limit=2", token)).json()["data"]
    assert [fact["seq"] for fact in first["facts"]] == [1, 2]
    following = await limen.api("GET", f"/api/v1/audit/tail?after={first['next']}", token)
    assert following.json()["data"]["facts"][0]["seq"] == 3
    end = following.json()["data"]["next"]
    nothing = await limen.api("GET", f"/api/v1/audit/tail?after={end}", token)
    assert nothing.json()["data"] == {"facts": [], "next": end}


async def test_the_log_is_proved_and_exported(limen: Running, token: str) -> None:
    """R152: with its key and its signed head."""
    assert (await limen.api("GET", "/api/v1/audit/checkpoint", token)).status_code == 409
    await limen.person("ada@example.org")
    await limen.app.contexts.audit.end()
    head = (await limen.api("GET", "/api/v1/audit/checkpoint", token)).json()["data"]
    assert head["note"].split("\n")[1] == str(head["size"])
    proof = await limen.api(
        "POST", "/api/v1/audit/verify", token, json={"known_keys": head["keys"]}
    )
    report = proof.json()["data"]
    assert report["whole"] is True, report
    assert report["signed_seq"] == head["seq"]
    wrong = await limen.api(
        "POST", "/api/v1/audit/verify", token, json={"known_keys": ["limen/x+00+AA=="]}
    )
    assert wrong.json()["data"]["whole"] is False
    taken = await limen.api("GET", "/api/v1/audit/export", token)
    assert taken.headers["content-type"] == "application/x-ndjson"
    assert b"ada@example.org" not in taken.content
    assert verify_export(taken.content.splitlines(), known_keys=head["keys"]).is_whole
    opened = await limen.api("GET", "/api/v1/audit/export?opened=true", token)
    assert b"ada@example.org" in opened.content
    names = {fact["name"] for fact in await facts(limen, token)}
    assert {"log.verified", "log.exported", "log_key.created"} <= names


async def test_the_log_shows_itself_to_nobody_without_the_permission(
    limen: Running, token: str
) -> None:
    """R113, A085: reading is not exporting; a caller far away names no file of ours."""
    user = await limen.person("ada@example.org")
    poor = await limen.token(user)
    reader = await limen.person("auditor@example.org", admin=True)
    narrow = await limen.token(reader, "audit:read")
    paths = ("facts", f"facts/{user.id}", "tail", "checkpoint", "export")
    for path in paths:
        assert (await limen.api("GET", f"/api/v1/audit/{path}", poor)).status_code == 403
        assert (await limen.api("GET", f"/api/v1/audit/{path}")).status_code == 401
    assert (await limen.api("GET", "/api/v1/audit/export", narrow)).status_code == 403
    assert (await limen.api("GET", "/api/v1/audit/facts", narrow)).status_code == 200
    named = await limen.api(
        "POST", "/api/v1/audit/verify", token, json={"checkpoint_file": "/etc/passwd"}
    )
    assert named.status_code == 422


async def test_the_logs_own_numbers_and_its_check_are_there(limen: Running, token: str) -> None:
    await limen.app.contexts.audit.end()
    text = (await limen.http.get("/metrics")).text
    assert re.search(r"^limen_log_sealed_total [1-9]", text, re.MULTILINE)
    assert "limen_log_lag_seconds 0.0" in text
    (check,) = limen.app.contexts.audit.checks
    assert (await check.run()).verdict == "ok"
