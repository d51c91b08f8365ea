"""TLS on a listener of our own, for clients that have certificates (RFC 8705).

The standard library cannot do it: it refuses every certificate whose issuer it does not know,
and with it those that vouch for themselves, which RFC 8705 §2.2 and §3 are about.  Here any
certificate may be shown; the handshake proves that the other side holds its key, and no more.
OpenSSL works on memory; asyncio moves the bytes; an HTTP protocol sits on top.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

HANDSHAKE_WITHIN: Final = 10.0  # seconds
_CHUNK: Final = 64 * 1024
_CIPHERS: Final = b"ECDHE+AESGCM:ECDHE+CHACHA20"
_LONGEST_CHAIN: Final = 8

Inner = Callable[[bytes | None, tuple[bytes, ...]], asyncio.Protocol]
"""Makes the protocol on top, given the certificate (DER) that was shown and what came with it."""


def server_context(certificate_file: str, key_file: str) -> SSL.Context:
    """Return TLS 1.2 and 1.3 that asks for a certificate; sessions are never resumed.

    So each connection proves the possession of its key anew.  Raises SSL.Error.
    """
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(_CIPHERS)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.use_certificate_chain_file(certificate_file)
    context.use_privatekey_file(key_file)
    context.check_privatekey()
    context.set_verify(SSL.VERIFY_PEER, _any_issuer)
    context.set_alpn_select_callback(_http11)
    return context


def _any_issuer(*_: object) -> bool:
    """Who issued it is looked at where it matters; possession is proved all the same."""
    return True


def _http11(_: SSL.Connection, offered: list[bytes]) -> Any:
    return b"http/1.1" if b"http/1.1" in offered else SSL.NO_OVERLAPPING_PROTOCOLS


class Terminator(asyncio.Protocol):
    """One connection: TLS below, `make`'s protocol above once the handshake is through."""

    def __init__(self, context: SSL.Context, make: Inner) -> None:
        self._make = make
        self._tls = SSL.Connection(context, None)
        self._tls.set_accept_state()
        self._inner: asyncio.Protocol | None = None
        self._transport: asyncio.Transport
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # pyright: ignore[reportAttributeAccessIssue] - TCP's are both
        loop = asyncio.get_running_loop()
        self._late = loop.call_later(HANDSHAKE_WITHIN, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        try:
            self._tls.bio_write(data)
            if self._inner is None and not self._handshaken():
                return
            self._read()
        except SSL.Error:
            self._flush()  # the alert, which says what was wrong
            self._transport.close()

    def _handshaken(self) -> bool:
        try:
            self._tls.do_handshake()
        except SSL.WantReadError:
            self._flush()
            return False
        self._flush()
        self._cancel_timer()
        certificate, chain = self._shown()
        self._inner = self._make(certificate, chain)
        self._inner.connection_made(TlsTransport(self._tls, self._transport, self._flush))
        return True

    def _shown(self) -> tuple[bytes | None, tuple[bytes, ...]]:
        certificate = self._tls.get_peer_certificate(as_cryptography=True)
        if certificate is None:
            return None, ()
        chain = self._tls.get_peer_cert_chain(as_cryptography=True) or []
        ders = [one.public_bytes(Encoding.DER) for one in chain[: _LONGEST_CHAIN + 1]]
        own = certificate.public_bytes(Encoding.DER)
        return own, tuple(der for der in ders if der != own)

    def _read(self) -> None:
        while self._inner is not None and not self._transport.is_closing():
            try:
                content = self._tls.recv(_CHUNK)
            except SSL.WantReadError:
                break
            except SSL.ZeroReturnError:
                self._transport.close()
                return
            self._inner.data_received(content)
        self._flush()

    def _flush(self) -> None:
        """Send what OpenSSL has ready."""
        while not self._transport.is_closing():
            try:
                self._transport.write(self._tls.bio_read(_CHUNK))
            except SSL.WantReadError:
                return

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timer()
        inner, self._inner = self._inner, None
        if inner is not None:
            inner.connection_lost(exc)

    def pause_writing(self) -> None:
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        if self._inner is not None:
            self._inner.resume_writing()

    def _cancel_timer(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class TlsTransport(asyncio.Transport):
    """What the protocol on top writes to."""

    def __init__(
        self, tls: SSL.Connection, below: asyncio.Transport, flush: Callable[[], None]
    ) -> None:
        super().__init__()
        self._tls, self._below, self._flush = tls, below, flush

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name == "sslcontext":
            return self._tls.get_context()  # that there is one says https
        return self._below.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if data and not self._below.is_closing():
            self._tls.sendall(bytes(data))
            self._flush()

    def close(self) -> None:
        if not self._below.is_closing():
            with contextlib.suppress(SSL.Error):
                self._tls.shutdown()
            self._flush()
            self._below.close()

    def abort(self) -> None:
        self._below.abort()

    def is_closing(self) -> bool:
        return self._below.is_closing()

    def pause_reading(self) -> None:
        self._below.pause_reading()

    def resume_reading(self) -> None:
        self._below.resume_reading()

    def is_reading(self) -> bool:
        return self._below.is_reading()

    def get_write_buffer_size(self) -> int:
        return self._below.get_write_buffer_size()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._below.set_write_buffer_limits(high, low)
