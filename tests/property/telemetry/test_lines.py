"""Whatever is logged: one line, and no secret in it."""

import json
import logging
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from limen.platform.crypto import new_secret
from limen.platform.telemetry.logs import ConsoleLines, JsonLines
from limen.platform.telemetry.masking import mask, mask_value

CANARY = "cAnArY0123456789abcdefghijklmnopqrstuvWXYZ_-9"
NAMES = st.sampled_from(
    ["password", "client_secret", "refresh_token", "Cookie", "authorization", "code_verifier",
     "id_token_hint", "client_assertion", "private_key", "totp", "new_password", "csrf"]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def a_record(message: str, **extra: Any) -> logging.LogRecord:
    record = logging.makeLogRecord({"name": "limen.x", "levelname": "INFO", "msg": message})
    vars(record).update(extra)
    return record


@given(st.text(), VALUES)
def test_any_text_and_any_value_is_one_line(text: str, value: Any) -> None:
    """A129: nothing that anybody sends ends or forges a line."""
    record = a_record("%s", user_agent=text, value=value)
    record.args = (text,)
    line = JsonLines().format(record)
    assert line.isascii()
    assert len(line.splitlines()) == 1
    assert json.loads(line)["logger"] == "limen.x"
    shown = ConsoleLines().format(record)
    assert len(shown.splitlines()) == 1
    assert "\x1b" not in shown


@given(NAMES, st.text(max_size=30), st.text(max_size=30))
def test_a_secret_under_its_name_is_never_shown(name: str, before: str, after: str) -> None:
    """R151, A128: whatever stands around it."""
    nested = {"outer": [before, {name: CANARY + after}, {name: [CANARY]}]}
    assert CANARY not in json.dumps(mask_value("value", nested), default=str)
    record = a_record(f"{before} {name}={CANARY}", **{"request": nested, name: CANARY})
    assert CANARY not in JsonLines().format(record)
    assert CANARY not in ConsoleLines().format(record)


@given(st.text(alphabet=st.characters(blacklist_categories=["L", "N", "Pc", "Pd"]), max_size=20))
def test_a_secret_of_ours_is_masked_without_any_name(around: str) -> None:
    """R151: 256 random bits are known by their look."""
    secret = "kQ3v9Xz_Lw7RtY2uB8nM4cD6fG1hJ5sA0pE-oI7WcZk"
    assert secret not in mask(f"{around}{secret}{around}")
    assert len(new_secret()) == len(secret)
