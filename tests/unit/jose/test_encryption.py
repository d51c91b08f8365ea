"""JWE: what we encrypt and decrypt, and what we never do.

RFC 7516, RFC 7518 §4, §5.
"""

import base64
import json
from typing import Any

import pytest

from limen.platform.jose import encryption
from limen.platform.jose.encryption import CONTENT_ALGS, DecryptionKey, decrypt, encrypt
from limen.platform.jose.keys import UnusableKey
from limen.platform.jose.verify import InvalidToken

EC = DecryptionKey.generate("ECDH-ES")
RSA = DecryptionKey.generate("RSA-OAEP-256")
OURS = {EC.kid: EC, RSA.kid: RSA}


def sealed(alg: str = "ECDH-ES", enc: str = "A256GCM", key: DecryptionKey = EC) -> str:
    recipient = encryption.find_recipient([key.jwk], alg, enc)
    assert recipient is not None
    return encrypt("a.b.c", recipient)


@pytest.mark.parametrize("enc", CONTENT_ALGS)
@pytest.mark.parametrize(
    ("alg", "key"),
    [("ECDH-ES", EC), ("ECDH-ES+A128KW", EC), ("ECDH-ES+A256KW", EC), ("RSA-OAEP-256", RSA)],
)
def test_what_is_encrypted_comes_back(alg: str, key: DecryptionKey, enc: str) -> None:
    token = sealed(alg, enc, key)
    assert decrypt(token, OURS) == "a.b.c"
    assert decrypt(token, {key.kid: DecryptionKey.from_pkcs8(key.to_pkcs8())}) == "a.b.c"


def test_only_the_agreed_algorithms_are_opened() -> None:
    """R038: by the receiver's list, not by the token's header."""
    with pytest.raises(InvalidToken):
        decrypt(sealed(), OURS, algs=["RSA-OAEP-256"])
    with pytest.raises(InvalidToken):
        decrypt(sealed(), OURS, encs=["A128GCM"])


def with_header(token: str, **changes: Any) -> str:
    first, rest = token.split(".", 1)
    header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    raw = json.dumps({**header, **changes}).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode() + "." + rest


@pytest.mark.parametrize(
    "changes",
    [
        {"zip": "DEF"}, {"crit": ["exp"]}, {"jwk": {}}, {"jku": "https://evil.test"},
        {"p2c": 10**9, "p2s": "x", "alg": "PBES2-HS256+A128KW"}, {"alg": "dir"},
        {"alg": "RSA1_5"}, {"alg": "A256KW"}, {"alg": "none"}, {"alg": ["ECDH-ES"]},
        {"enc": "none"}, {"kid": "unknown"}, {"kid": RSA.kid}, {"epk": {"kty": "EC"}},
        {"epk": {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}},
    ],
    ids="-".join,
)  # fmt: skip
def test_nothing_in_the_header_chooses_how(changes: dict[str, Any]) -> None:
    """A097, A099, A111: no compression, no password, no other key, no point off the curve."""
    with pytest.raises(InvalidToken):
        decrypt(with_header(sealed(), **changes), OURS)


def test_what_is_altered_or_endless_is_refused() -> None:
    token = sealed()
    parts = token.split(".")
    wrong = [
        "", "a.b.c", "a.b.c.d.e", token + ".x", token[:-2], "." * 4, "é" + token,
        ".".join([*parts[:3], "AAAA", parts[4]]), ".".join([*parts[:4], ""]),
        parts[0] + "." * 4, token + "A" * encryption.MAX_SIZE,
    ]  # fmt: skip
    for text in wrong:
        with pytest.raises(InvalidToken):
            decrypt(text, OURS)


def test_a_recipient_is_a_public_key_for_encryption() -> None:
    """R039: a key for signatures, a private or a symmetric one is not encrypted to."""
    jwk = dict(EC.jwk)
    for wrong in ({**jwk, "use": "sig"}, {**jwk, "d": "x"}, {**jwk, "kty": "oct", "k": "x"},
                  {**jwk, "alg": "ES256"}, {**jwk, "crv": "secp256k1"}, {}):  # fmt: skip
        assert encryption.find_recipient([wrong], "ECDH-ES", None) is None
    assert encryption.find_recipient([jwk], "RSA1_5", None) is None
    assert encryption.find_recipient([jwk], "ECDH-ES", "none") is None
    found = encryption.find_recipient([{}, jwk], "ECDH-ES", None)
    assert found is not None
    assert found.enc == "A128CBC-HS256"
    for broken in ({**jwk, "x": "A" * 43}, {**jwk, "x": 7}, {"kty": "EC", "crv": "P-256"}):
        found = encryption.find_recipient([broken], "ECDH-ES", None)
        assert found is not None
        with pytest.raises(UnusableKey):
            encrypt("a.b.c", found)


def test_a_private_key_does_not_show_itself() -> None:
    assert "PRIVATE" not in repr(EC)
    assert EC.jwk.keys() == {"kty", "crv", "x", "y", "kid", "use"}
