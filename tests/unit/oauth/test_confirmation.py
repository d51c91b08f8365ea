"""What a token is bound to, and what the settings of proofs allow.

RFC 7800 §3.1, RFC 9449 §6.1, RFC 8705 §3.1.
"""

from datetime import timedelta

import msgspec
import pytest

from limen.oauth.dpop.settings import DpopSettings
from limen.oauth.model.confirmation import Confirmation


def test_the_names_are_those_of_the_registry() -> None:
    """R029, RFC 8705 §3.1, RFC 9449 §6.1."""
    both = Confirmation(jkt="a", x5t="b")
    assert msgspec.to_builtins(both) == {"jkt": "a", "x5t#S256": "b"}
    assert msgspec.convert({"x5t#S256": "b"}, Confirmation) == Confirmation(x5t="b")


@pytest.mark.parametrize(
    ("found", "kind", "binding"),
    [
        (Confirmation(jkt="a"), "DPoP", "jkt:a"),
        (Confirmation(x5t="b"), "Bearer", "x5t:b"),
        (Confirmation(jkt="a", x5t="b"), "DPoP", "jkt:a x5t:b"),
    ],
)
def test_no_binding_is_mistaken_for_another(found: Confirmation, kind: str, binding: str) -> None:
    """R030: the text that a refresh token's family is held to names the kind of each key."""
    assert (found.token_type, found.binding) == (kind, binding)


@pytest.mark.parametrize(
    "wrong",
    [
        {"proof_lifetime": timedelta(0)},
        {"proof_lifetime": timedelta(seconds=61)},
        {"nonce_lifetime": timedelta(seconds=1)},
        {"nonce_lifetime": timedelta(hours=2)},
    ],
)
def test_a_window_that_is_too_wide_is_refused(wrong: dict[str, timedelta]) -> None:
    """R030: proofs live 60 s at most."""
    with pytest.raises(ValueError, match="must be"):
        DpopSettings(**wrong)
