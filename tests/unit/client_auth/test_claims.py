"""What an assertion must say, claim by claim.

RFC 7523 §3.
"""

from typing import Any

import pytest

from limen.oauth.client_auth.claims import Expected, check_assertion
from limen.platform.jose.verify import InvalidToken

NOW = 1_900_000_000
ISSUER = "https://id.example"
TOKEN, PAR = f"{ISSUER}/oauth2/token", f"{ISSUER}/oauth2/par"
EXPECTED = Expected("client", (ISSUER, TOKEN, PAR), 300)
STRICT = Expected("client", (ISSUER, TOKEN, PAR), 300, strict=True)
RIGHT: dict[str, Any] = {
    "iss": "client", "sub": "client", "aud": ISSUER, "iat": NOW, "exp": NOW + 60, "jti": "x",
}  # fmt: skip

RIGHT_TOO: list[dict[str, Any]] = [
    {}, {"aud": TOKEN}, {"aud": PAR}, {"aud": [ISSUER]}, {"aud": [ISSUER, TOKEN]}, {"iat": None},
    {"nbf": NOW}, {"iat": NOW + 60}, {"exp": NOW + 360}, {"jti": "x" * 512}, {"extra": {"a": 1}},
    {"iat": NOW - 10_000},
]  # fmt: skip

WRONG: list[tuple[str, dict[str, Any]]] = [
    ("sub", {"sub": None}), ("sub", {"iss": None}), ("sub", {"sub": "other"}), ("sub", {"sub": 1}),
    ("sub", {"iss": "other"}), ("sub", {"iss": "other", "sub": "other"}), ("sub", {"sub": ["client"]}),
    ("aud", {"aud": None}), ("aud", {"aud": ""}), ("aud", {"aud": []}), ("aud", {"aud": "https://evil"}),
    ("aud", {"aud": [ISSUER, "https://evil"]}), ("aud", {"aud": ISSUER + "/"}), ("aud", {"aud": {}}),
    ("aud", {"aud": f"{ISSUER}/oauth2/other"}), ("aud", {"aud": [[ISSUER]]}), ("aud", {"aud": 1}),
    ("exp", {"exp": None}), ("exp", {"exp": str(NOW + 60)}), ("exp", {"exp": NOW + 60.5}),
    ("exp", {"exp": -1}), ("exp", {"exp": 0}), ("exp", {"exp": 1e308}), ("exp", {"exp": 1 << 40}),
    ("exp", {"exp": True}), ("expired", {"exp": NOW}), ("expired", {"exp": NOW - 1}),
    ("lifetime", {"exp": NOW + 361}), ("iat", {"iat": NOW + 61}), ("iat", {"iat": "now"}),
    ("nbf", {"nbf": NOW + 61}), ("nbf", {"nbf": None, "nbf ": 1, "exp": NOW + 60, "iat": 1.5}),
    ("jti", {"jti": None}), ("jti", {"jti": ""}), ("jti", {"jti": 7}), ("jti", {"jti": "x" * 513}),
]  # fmt: skip


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in (RIGHT | changes).items() if v is not None}


@pytest.mark.parametrize("changes", RIGHT_TOO, ids=str)
def test_what_is_right_gives_its_jti_and_end(changes: dict[str, Any]) -> None:
    """R052: the issuer, or an endpoint of ours, as audience."""
    claims = changed(changes)
    assert check_assertion(claims, EXPECTED, NOW) == (claims["jti"], claims["exp"])


@pytest.mark.parametrize(("reason", "changes"), WRONG, ids=str)
def test_what_is_wrong_or_missing_is_refused(reason: str, changes: dict[str, Any]) -> None:
    """A101, R042, R052: each claim dropped, of another type, out of its bounds."""
    with pytest.raises(InvalidToken) as refused:
        check_assertion(changed(changes), EXPECTED, NOW)
    assert refused.value.reason == reason or (reason, refused.value.reason) == ("nbf", "iat")


def test_a_strict_client_names_the_issuer_alone() -> None:
    """R052: FAPI 2.0 §5.3.2.1: a string, and the issuer."""
    assert check_assertion(RIGHT, STRICT, NOW) == ("x", NOW + 60)
    for audience in (TOKEN, PAR, [ISSUER], [ISSUER, TOKEN]):
        with pytest.raises(InvalidToken):
            check_assertion(RIGHT | {"aud": audience}, STRICT, NOW)
