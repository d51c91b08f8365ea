"""Secrets and addresses never reach a log line (R151), and no text forges one (A129)."""

import json
import logging
import sys

import pytest

from limen.platform.telemetry.logs import ConsoleLines, JsonLines, configure, request_id
from limen.platform.telemetry.masking import MASK, mask, mask_value, visible

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
ATTACKS = (
    "x\n2026-11-22 critical limen  all users deleted",
    'x\r\n{"level":"critical"}',
    "x\x1b[2Jx\x1b]0;owned\x07",
    "x\u2028forged\u2029line",
    "x\x85forged\x9b31m",
    "x\u202egnp.exe\u2066",
    "x\x00\x7f\x08",
    '","level":"critical","x":"',
    "x\ud800y",
)


def a_record(message: str, *arguments: object, **extra: object) -> logging.LogRecord:
    record = logging.makeLogRecord(
        {"name": "limen.test", "levelname": "WARNING", "msg": message, "args": arguments}
    )
    vars(record).update(extra)
    return record


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {JWT}",
        f"authorization: DPoP {JWT}",
        "Authorization: Basic Y2xpZW50OmNhbmFyeS1jYW5hcnk=",
        f"the token {JWT} was refused",
        "Cookie: __Host-limen=canary; other=canary",
        "set-cookie: a=canary; Path=/",
        "password=canary&x=1",
        '{"client_secret": "canary", "x": 1}',
        "GET /cb?code=canary&state=canary",
        "refresh_token: canary",
        "presented kQ3v9Xz_Lw7RtY2uB8nM4cD6fG1hJ5sA0pE-oI7WcZk twice",
        "-----BEGIN PRIVATE KEY-----\nMIGHcanary\n-----END PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\nMIGHcanary",
        "code_verifier=canary",
    ],
)
def test_a_secret_in_a_text_is_masked(text: str) -> None:
    """R151, A128: whatever form it comes in."""
    shown = mask(text)
    assert "canary" not in shown
    assert JWT not in shown
    assert "Y2xp" not in shown
    assert "kQ3v" not in shown
    assert MASK in shown


def test_addresses_of_people_are_masked() -> None:
    """R151: no raw personal data."""
    assert mask("mail to Ada.Love+x@Example.co.uk failed") == "mail to [email] failed"


def test_ordinary_text_stays_as_it_is() -> None:
    text = "token.issue took 12 ms for client 0198c1f0-9d6a-7c3e-8d1b-0242ac120002 (invalid_grant)"
    assert mask(text) == text


@pytest.mark.parametrize(
    "name",
    ["password", "client_secret", "access_token", "cookie", "Authorization", "code_verifier",
     "otp", "seed", "private_key", "browser", "csrf", "api_key", "state"],
)  # fmt: skip
def test_a_value_under_a_secret_name_is_masked(name: str) -> None:
    """R151: also deep inside, and whatever it is."""
    for value in ("canary", b"canary", ["canary"], {"x": "canary"}):
        assert "canary" not in str(mask_value(name, value))
        assert "canary" not in str(mask_value("outer", {"inner": [{name: value}]}))


def test_names_that_only_sound_secret_are_shown() -> None:
    assert mask_value("token_type", "Bearer") == "Bearer"
    assert mask_value("code", "invalid_grant") == "invalid_grant"
    assert mask_value("code", "SplxlOBeZQQYbYS6WxSbIA") == MASK
    assert mask_value("code", "482913") == MASK
    assert mask_value("count", 3) == 3


@pytest.mark.parametrize("text", ATTACKS)
def test_no_text_forges_a_line(text: str) -> None:
    """A129: CR, LF, ANSI, U+2028, C1 controls and JSON in any place stay in their one line."""
    record = a_record("agent %s", text, user_agent=text, nested={"k\n" + text: text})
    line = JsonLines().format(record)
    assert len(line.splitlines()) == 1
    assert line.isascii() and line.isprintable()
    assert json.loads(line)["level"] == "warning"
    shown = ConsoleLines().format(record)
    assert len(shown.splitlines()) == 1
    assert "\x1b" not in shown and "\u202e" not in shown


def test_an_exception_cannot_forge_a_line_either() -> None:
    """A129, R151: its text is masked, and each of its lines is marked as such."""
    try:
        int("x\n12:00:00 error limen  forged")
    except ValueError as error:
        error.args = ("x\n12:00:00 error limen  forged\npassword=canary",)
        record = a_record("fault", exc_info=sys.exc_info())
    assert "canary" not in (shown := ConsoleLines().format(record))
    assert all(part.startswith("    | ") for part in shown.split("\n")[1:])
    assert "canary" not in (line := JsonLines().format(record))
    assert "ValueError" in json.loads(line)["exception"]


def test_the_request_id_is_in_every_line() -> None:
    token = request_id.set("abc123")
    try:
        line = json.loads(JsonLines().format(a_record("x", status=500)))
    finally:
        request_id.reset(token)
    assert line["request_id"] == "abc123"
    assert line["status"] == 500
    assert line["at"].endswith("Z")


def test_arguments_that_do_not_fit_lose_no_line() -> None:
    assert "hello" in JsonLines().format(a_record("hello %s %s", "one"))


def test_visible_spells_out_controls() -> None:
    assert visible("a\tb\u2028c") == "a\\u0009b\\u2028c"


def test_configuring_sends_everything_through_the_masks(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    try:
        configure("json", stream=sys.stderr)
        logging.getLogger("some.library").warning("token=canary")
    finally:
        root.handlers[:], root.level = before
    line = json.loads(capsys.readouterr().err)
    assert line["logger"] == "some.library"
    assert "canary" not in line["event"]
