"""Which certificate the other side of a request has shown, and proved to hold by its handshake.

It comes from our own listener, or from the header of a proxy that we were told to believe.
Nothing says that its issuer is known: that is for whoever relies on it.
"""

from base64 import b64decode
from binascii import Error
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from limen.platform.http.origin import Proxies
from limen.platform.mtls.settings import MtlsSettings

PEER: Final = "limen.certificate"
"""The key of the ASGI scope under which our listener puts the certificate (DER)."""
CHAIN: Final = "limen.certificate_chain"
"""And what came with it: a tuple of DER certificates, in the order of the handshake."""
_LONGEST = 16 * 1024
_BEGIN, _END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"


class Certificates:
    """Finds the certificate of a request: DER, or None where there is none to believe."""

    def __init__(self, proxies: Proxies, settings: MtlsSettings) -> None:
        self._proxies = proxies
        self._header = settings.header.lower().encode() if settings.header else None
        self._read = _from_pem if settings.header_format == "pem" else _from_rfc9440

    def of(self, scope: Mapping[str, Any]) -> bytes | None:
        """Return the certificate that a trusted proxy names, else that of our own listener."""
        if self._header is not None and self._proxies.is_trusted(scope):
            values = _values(scope, self._header)
            return self._read(values[0]) if len(values) == 1 else None  # twice is a forgery
        return scope.get(PEER)

    def chain_of(self, scope: Mapping[str, Any]) -> tuple[bytes, ...]:
        """Return what came beside the certificate (RFC 9440 §2.3: `Client-Cert-Chain`)."""
        if self._header is not None and self._proxies.is_trusted(scope):
            values = _values(scope, self._header + b"-chain")
            items = values[0].split(b",")[:8] if len(values) == 1 else []
            found = [_from_rfc9440(item.strip()) for item in items]
            return tuple(der for der in found if der is not None)
        return scope.get(CHAIN, ())


def _values(scope: Mapping[str, Any], header: bytes) -> list[bytes]:
    return [value for name, value in scope["headers"] if name == header and value]


def _from_rfc9440(value: bytes) -> bytes | None:
    """Return the bytes of a Structured Field's Byte Sequence (RFC 9440 §2.1)."""
    if len(value) > _LONGEST or len(value) < 3 or value[:1] != b":" or value[-1:] != b":":
        return None
    return _decoded(value[1:-1])


def _from_pem(value: bytes) -> bytes | None:
    """Return what a PEM certificate holds, be it percent-encoded or with its lines joined."""
    if len(value) > _LONGEST:
        return None
    text = unquote_to_bytes(value) if b"%" in value else value
    text = text.strip()
    if text.startswith(_BEGIN) and text.endswith(_END):
        text = text[len(_BEGIN) : -len(_END)]
    return _decoded(b"".join(text.split()))


def _decoded(text: bytes) -> bytes | None:
    try:
        return b64decode(text, validate=True) or None
    except Error:
        return None
