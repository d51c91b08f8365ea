"""`--jwks-file`: an application's public keys as they lie on a disk."""

from base64 import b64encode
from pathlib import Path
from typing import Any, cast

import click


def read_jwks(file: Path) -> dict[str, Any]:
    """Return the JWK Set of a file: a set, one key as JSON, or PEM public keys or certificates.

    Raises click.UsageError, also for private keys: they stay where they are.
    """
    text = file.read_text(encoding="utf-8")
    if "PRIVATE KEY" in text:
        raise click.UsageError(f"{file} holds a private key; give the public one.")
    keys = _from_pem(file, text) if "-----BEGIN" in text else _from_json(file, text)
    if not keys:
        raise click.UsageError(f"{file}: no public keys there (a JWK Set, or PEM).")
    return {"keys": keys}


def _from_json(file: Path, text: str) -> list[Any]:
    import msgspec

    try:
        found = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise click.UsageError(f"{file} is neither JSON nor PEM: {error}") from error
    keys = found.get("keys", [found] if "kty" in found else [])
    return cast("list[Any]", keys) if isinstance(keys, list) else []


def _from_pem(file: Path, text: str) -> list[Any]:
    """A certificate gives its key with itself as x5c (RFC 7517 §4.7)."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key

    try:
        if "BEGIN CERTIFICATE" in text:
            found = x509.load_pem_x509_certificates(text.encode())
            raw = (one.public_bytes(Encoding.DER) for one in found)
            return [
                {**_jwk(one.public_key()), "x5c": [b64encode(der).decode()]}
                for one, der in zip(found, raw, strict=True)
            ]
        return [_jwk(load_pem_public_key(text.encode()))]
    except ValueError as error:
        raise click.UsageError(f"{file}: no PEM public key or certificate.") from error


def _jwk(public: object) -> dict[str, str]:
    from limen.platform.jose.algorithms import ALGORITHMS, PublicKey
    from limen.platform.jose.keys import public_parts, thumbprint

    fits = isinstance(public, PublicKey) and any(a.fits(public) for a in ALGORITHMS.values())
    if not fits or not isinstance(public, PublicKey):
        raise click.UsageError("a key must be P-256, Ed25519, or RSA of 2048 bits or more.")
    parts = public_parts(public)
    return {**parts, "kid": thumbprint(parts), "use": "sig"}
