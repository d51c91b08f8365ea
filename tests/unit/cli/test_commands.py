"""Commands over a fake application: what they call, print and return."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.fakes.operations import Call, data, problem
from tests.unit.cli.conftest import CommandLine

from limen.kernel.routes import Route, permission

ADA = {"id": "0198c0de-0000-7000-8000-000000000001", "email": "ada@example.com", "username": None,
       "status": "active"}  # fmt: skip


def test_a_user_is_created_with_password_and_role(
    limen: CommandLine, stdin: Callable[[str], None]
) -> None:
    """R146: the password comes from standard input."""
    limen.fake.answers = {
        "users.create": data(ADA),
        "users.set_password": (204, None),
        "roles.assign": (204, None),
        "roles.list": data([{"id": "0198c0de-0000-7000-8000-0000000000aa", "name": "administrator"}]),
    }  # fmt: skip
    stdin("correct horse battery staple\n")
    result = limen("user", "create", "--email", "ada@example.com", "--verified", "--admin",
                   "--password-stdin", "--json")  # fmt: skip
    assert result.code == 0
    assert result.json()["id"] == ADA["id"]
    called = {call.operation: call for call in limen.fake.calls}
    assert called["users.create"].body["email_verified"] is True
    assert called["users.set_password"].body == {"password": "correct horse battery staple"}
    assert called["roles.assign"].body["kind"] == "user"


def test_a_user_whose_password_is_refused_is_not_left_behind(
    limen: CommandLine, stdin: Callable[[str], None]
) -> None:
    limen.fake.answers = {
        "users.create": data(ADA),
        "users.set_password": problem(
            422, "invalid", "Some fields are wrong.", password="too weak"
        ),
        "users.delete": (204, None),
    }
    stdin("123\n")
    result = limen("user", "create", "--email", "ada@example.com", "--password-stdin")
    assert result.code == 1
    assert result.err == "limen: password: too weak (invalid).\n"
    assert limen.fake.calls[-1].operation == "users.delete"


def test_an_address_is_looked_up_before_the_call(limen: CommandLine) -> None:
    limen.fake.answers = {"users.list": data([ADA]), "users.get": data(ADA)}
    assert limen("users", "show", "ada@example.com", "--json").json() == ADA
    assert limen.fake.calls[0].query["email"] == "ada@example.com"
    assert limen.fake.calls[1].params == {"id": ADA["id"]}


def test_what_is_not_there_ends_with_4(limen: CommandLine) -> None:
    limen.fake.answers = {"users.list": data([])}
    result = limen("user", "show", "nobody@example.com")
    assert result.code == 4
    assert result.err == "limen: there is no user 'nobody@example.com' in this tenant.\n"
    assert result.out == ""


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, 3), (403, 3), (404, 4), (409, 5), (412, 5), (422, 1), (429, 1), (503, 1)],
)
def test_refusals_have_their_exit_code(limen: CommandLine, status: int, code: int) -> None:
    limen.fake.answers = {"users.list": problem(status, "some_code", "No.")}
    result = limen("user", "list")
    assert (result.code, result.err) == (code, "limen: No (some_code).\n")


def test_lists_follow_their_cursors_to_the_limit(limen: CommandLine) -> None:
    def answer(call: Call) -> tuple[int, object]:
        first = "cursor" not in call.query
        return data([{"id": "1"}] * int(call.query["limit"]), "more" if first else None)

    limen.fake.answers = {"users.list": answer}
    assert len(limen("user", "list", "--limit", "250", "--json").json()) == 250
    assert [call.query["limit"] for call in limen.fake.calls] == ["200", "50"]


def test_a_list_that_is_piped_is_a_json_line_each(limen: CommandLine) -> None:
    limen.fake.answers = {"users.list": data([ADA, ADA])}
    lines = limen("user", "list").out.splitlines()
    assert [json.loads(line) for line in lines] == [ADA, ADA]


def test_the_tenant_is_chosen_anywhere(limen: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    limen.fake.answers = {"users.list": data([])}
    limen("user", "list")
    limen("--tenant", "acme", "user", "list")
    limen("user", "list", "--tenant", "acme")
    monkeypatch.setenv("LIMEN_TENANT", "globex")
    limen("user", "list")
    limen("user", "list", "--tenant", "acme")
    tenants = [call.tenant for call in limen.fake.calls]
    assert tenants == ["default", "acme", "acme", "globex", "acme"]


def test_an_app_shows_its_secret_once(limen: CommandLine) -> None:
    limen.fake.answers = {
        "clients.create": data({"client_id": "a", "client_secret": "s", "id": "a"})
    }
    result = limen("app", "create", "--name", "Shop", "--type", "web", "--redirect-uri", "https://a/b",
                   "--redirect-uri", "https://a/c", "--json")  # fmt: skip
    assert result.json()["client_secret"] == "s"
    body = limen.fake.calls[0].body
    assert body == {"name": "Shop", "type": "web", "redirect_uris": ("https://a/b", "https://a/c")}
    assert "not shown again" in result.err


def test_a_public_app_has_no_secret(limen: CommandLine) -> None:
    limen.fake.answers = {"clients.create": data({"client_id": "a"})}
    result = limen("app", "create", "--name", "Shop", "--type", "spa", "--json")
    assert result.json() == {"client_id": "a", "client_secret": None}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("usr", "list"), "no such command: usr. Did you mean user?"),
        (("user", "lst"), "no such command: user lst. Did you mean list?"),
        (("user", "create"), "give --email, --username, or both."),
        (("token", "create"), "give either --for or --app."),
        (("session", "revoke"), "give either a session's id or --user."),
        (("app", "create", "--name", "x"), "Missing option '--type'"),
    ],
)
def test_wrong_usage_ends_with_2_and_one_line(
    limen: CommandLine, arguments: tuple[str, ...], said: str
) -> None:
    result = limen(*arguments)
    assert result.code == 2
    assert said in result.err
    assert result.out == ""


def test_nothing_is_made_where_there_is_no_store(
    limen: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """contract: a second store is never made in silence."""
    elsewhere = tmp_path / "elsewhere" / ".limen"
    elsewhere.mkdir(parents=True)
    monkeypatch.chdir(elsewhere.parent)
    result = limen("user", "list")
    assert result.code == 1
    assert "there is no store at" in result.err
    assert not list(elsewhere.iterdir())


def test_a_wrong_setting_is_told_in_one_line(
    limen: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R145."""
    monkeypatch.setenv("LIMEN_ISSUR", "x")
    result = limen("user", "list")
    assert result.code == 1
    assert result.err == (
        "limen: LIMEN_ISSUR (environment): no such setting; did you mean LIMEN_ISSUER?\n"
    )


def test_a_fault_of_ours_is_one_line_too(limen: CommandLine) -> None:
    result = limen("user", "list")  # the fake knows no such operation
    assert result.code == 1
    assert result.err.startswith("limen: this is a fault of ours: KeyError")


def test_dangerous_things_are_asked_first(limen: CommandLine, stdin: Callable[[str], None]) -> None:
    stdin("n\n")
    assert limen("user", "delete", "ada@example.com").code == 130
    assert limen.fake.calls == []


def test_control_characters_of_others_do_not_reach_the_terminal(limen: CommandLine) -> None:
    """A129: what people wrote is shown, never obeyed."""
    limen.fake.answers = {"users.get": data({**ADA, "username": "a\x1b[2Jb\u2028"})}
    assert "\x1b" not in limen("user", "show", ADA["id"] or "").out


def test_a_jwt_is_decoded_from_standard_input(
    limen: CommandLine, stdin: Callable[[str], None]
) -> None:
    stdin("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln\n")
    assert limen("token", "decode", "--json").json() == {
        "header": {"alg": "ES256"},
        "claims": {"sub": "a"},
    }
    stdin("nonsense\n")
    assert limen("token", "decode").code == 1


def test_accounts_are_imported_line_by_line(limen: CommandLine, tmp_path: Path) -> None:
    def answer(call: Call) -> tuple[int, object]:
        taken = call.body["email"] == "b@example.com"
        return problem(409, "already_exists", "Taken.") if taken else data(ADA)

    limen.fake.answers = {"users.create": answer}
    file = tmp_path / "people.jsonl"
    file.write_text('{"email":"a@example.com"}\n\n{"email":"b@example.com"}\n')
    result = limen("user", "import", str(file), "--json")
    assert result.json() == {"created": 1, "refused": 1}
    assert "line 3: Taken (already_exists)." in result.err
    assert result.code == 1


def test_a_tenants_settings_are_changed_and_reset(limen: CommandLine) -> None:
    limen.fake.answers = {
        "tenants.list": data([{"id": "0198c0de-0000-7000-8000-0000000000bb"}]),
        "tenants.change_settings": data({}),
    }
    limen("tenant", "settings", "acme", "sign_up=closed", "length=12", "locale=")
    assert limen.fake.calls[-1].body == {"sign_up": "closed", "length": 12, "locale": None}


def test_over_http_the_route_of_the_operation_is_called(
    limen: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    import httpx

    seen: list[httpx.Request] = []

    def request(method: str, url: str, **options: object) -> httpx.Response:
        built = httpx.Request(method, url, params=options["params"], headers=options["headers"])
        seen.append(built)
        return httpx.Response(200, json={"data": ADA}, request=built)

    limen.fake.known_routes = (
        Route(method="GET", path="/api/v1/users/{id}", operation="users.get", summary="Read.",
              access=permission("users:read"), answer="api", rate="read", csrf="none",
              cache="no-store"),
    )  # fmt: skip
    monkeypatch.setattr(httpx, "request", request)
    monkeypatch.setenv("LIMEN_URL", "https://id.example.com/")
    assert limen("user", "show", ADA["id"] or "").code == 3  # no token
    monkeypatch.setenv("LIMEN_TOKEN", "t0ken")
    assert limen("user", "show", ADA["id"] or "", "--tenant", "acme", "--json").json() == ADA
    assert str(seen[0].url) == f"https://id.example.com/t/acme/api/v1/users/{ADA['id']}"
    assert seen[0].headers["authorization"] == "Bearer t0ken"
