"""A subject is one person, for good."""

from tests.support.apps import Running


async def test_an_address_that_comes_back_is_another_subject(limen: Running) -> None:
    """R043: ids are never given again, though the address of a deleted account is free."""
    first = await limen.person("again@example.org")
    admin = await limen.person("admin@example.org", admin=True)
    token = await limen.token(admin, "users:read", "users:write")
    gone = await limen.api("DELETE", f"/api/v1/users/{first.id}", token)
    assert gone.status_code == 204
    second = await limen.person("again@example.org")
    assert second.id != first.id
    assert (await limen.api("GET", f"/api/v1/users/{first.id}", token)).status_code == 404


async def test_the_log_names_who_asked_not_who_carried_it_out(limen: Running) -> None:
    """R117: a person's token acts for the person; the command line is named as such."""
    admin = await limen.person("admin@example.org", admin=True)
    token = await limen.token(admin, "users:read", "users:write", "audit:read")
    body = {"email": "new@example.org"}
    made = await limen.api("POST", "/api/v1/users", token, json=body)
    assert made.status_code == 201, made.text
    await limen.app.contexts.audit.sealing.turn()
    facts = (await limen.api("GET", "/api/v1/audit/facts?name=user.created", token)).json()["data"]
    actors = [(fact["actor"]["kind"], fact["actor"]["id"]) for fact in facts]
    assert ("user", str(admin.id)) in actors
    assert ("local-cli", None) in actors
