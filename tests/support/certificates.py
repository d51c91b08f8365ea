"""Certificates of tests: authorities, servers, clients, and those that vouch for themselves."""

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CLIENT = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
_SERVER = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


@dataclass(frozen=True)
class Made:
    """A certificate with its key; `issuer` is None where it vouches for itself."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    issuer: "Made | None" = None

    @cached_property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Write certificate and key; return their files."""
        files = folder / f"{name}.pem", folder / f"{name}.key"
        files[0].write_bytes(self.pem)
        files[1].write_bytes(self.key_pem)
        files[1].chmod(0o600)
        return files

    def client_context(self, folder: Path, name: str, authority: "Made") -> ssl.SSLContext:
        """Return what a client with this certificate connects with."""
        context = ssl.create_default_context(cadata=authority.pem.decode())
        context.load_cert_chain(*self.write(folder, name))
        return context


def _name(*parts: tuple[Any, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def make(
    subject: str | x509.Name,
    issuer: Made | None = None,
    *,
    names: tuple[x509.GeneralName, ...] = (),
    usage: x509.ExtendedKeyUsage | None = _CLIENT,
    is_ca: bool = False,
    days: int = 3650,
    since: datetime | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
) -> Made:
    """Make a certificate; the time of tests is 2030, so it is valid from 2020 on."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = subject if isinstance(subject, x509.Name) else _name((NameOID.COMMON_NAME, subject))
    since = since or datetime(2024, 1, 1, tzinfo=UTC)
    public = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    authority = (issuer.key if issuer else key).public_key()
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority)
    builder = builder.add_extension(identifier, critical=False)
    if is_ca:
        builder = builder.add_extension(_signs_certificates(), critical=True)
    if usage is not None and not is_ca:
        builder = builder.add_extension(usage, critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    signed = builder.sign((issuer.key if issuer else key), hashes.SHA256())
    return Made(signed, key, issuer)


def _signs_certificates() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def authority(name: str = "Tests") -> Made:
    return make(name, is_ca=True)


def server_context(authority: Made, folder: Path, host: str = "localhost") -> ssl.SSLContext:
    """Return what a server of this name listens with."""
    made = make(host, authority, names=(x509.DNSName(host),), usage=_SERVER)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*made.write(folder, f"server-{host}"))
    return context


def server_files(authority: Made, folder: Path, host: str = "localhost") -> tuple[Path, Path]:
    names = (x509.DNSName(host), x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    return make(host, authority, names=names, usage=_SERVER).write(folder, f"server-{host}")
