"""Signature vectors, in the manner of Wycheproof, and those of the RFCs.

RFC 7515, RFC 7518, RFC 8037.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from limen.platform.jose.algorithms import ALGORITHMS
from limen.platform.jose.base64url import decode
from limen.platform.jose.keys import VerifyingKey

VECTORS = Path(__file__).parents[2] / "vectors" / "jose"


def accepts(key: VerifyingKey, signature: bytes, message: bytes) -> bool:
    try:
        ALGORITHMS[key.alg].verify(key.public, signature, message)
    except InvalidSignature:
        return False
    return True


def vectors() -> Iterator[Any]:
    for name in ("es256", "rs256", "ps256", "eddsa"):
        group = json.loads((VECTORS / f"{name}.json").read_text())
        for number, case in enumerate(group["cases"]):
            what = f"{name}-{number}-{case['comment']}"
            yield pytest.param(group, case["signature"], case["valid"], id=what)


@pytest.mark.parametrize(("group", "signature", "valid"), list(vectors()))
def test_only_right_signatures_are_accepted(
    group: dict[str, Any], signature: str, valid: bool
) -> None:
    """A103: r = s = 0, r and s beyond n, DER, other lengths, other paddings, single bits.

    A high s is accepted on purpose: JWS does not forbid it, and nothing of ours takes the
    bytes of a signature for a name.
    """
    key = VerifyingKey.from_jwk(group["jwk"])
    assert accepts(key, bytes.fromhex(signature), group["message"].encode()) == valid


@pytest.mark.parametrize("vector", json.loads((VECTORS / "rfc.json").read_text()))
def test_the_examples_of_the_standards_verify(vector: dict[str, Any]) -> None:
    """A103"""
    key = VerifyingKey.from_jwk(vector["jwk"])
    message, _, signature = vector["token"].encode().rpartition(b".")
    assert accepts(key, decode(signature), message)
    assert not accepts(key, decode(signature), message + b"A")
