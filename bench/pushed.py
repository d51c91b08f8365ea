"""Whole flows as FAPI clients make them: PAR, then a code that only a key's holder redeems."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

MOST = 1500  # flows a second; far more than are made


class Holder:
    """Signs DPoP proofs (RFC 9449 §4.2)."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        point = self._key.public_key().public_numbers()
        self._jwk = {
            "crv": "P-256",
            "kty": "EC",
            "x": _encoded(point.x.to_bytes(32, "big")),
            "y": _encoded(point.y.to_bytes(32, "big")),
        }

    @property
    def thumbprint(self) -> str:
        """RFC 7638."""
        text = json.dumps(self._jwk, separators=(",", ":"), sort_keys=True)
        return _encoded(hashlib.sha256(text.encode()).digest())

    def proofs(self, url: str, seconds: float) -> Iterator[str]:
        """Make proofs for POSTs to `url`, each good once and for a minute from now."""
        header = _encoded(
            json.dumps({"typ": "dpop+jwt", "alg": "ES256", "jwk": self._jwk}).encode()
        )
        for _ in range(round(MOST * seconds)):
            claims = {"jti": secrets.token_urlsafe(12), "htm": "POST", "htu": url,
                      "iat": int(time.time())}  # fmt: skip
            message = f"{header}.{_encoded(json.dumps(claims).encode())}"
            r, s = decode_dss_signature(self._key.sign(message.encode(), ec.ECDSA(SHA256())))
            yield f"{message}.{_encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
