"""What a client's certificate says, against what was registered (RFC 8705 §2): pure rules."""

from base64 import b64decode
from binascii import Error
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from ipaddress import ip_address
from typing import Any, Final, cast

from cryptography import x509
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from limen.oauth.options import ClientOptions
from limen.platform.jose import base64url

_NAMES: Final = {"emailAddress": NameOID.EMAIL_ADDRESS, "serialNumber": NameOID.SERIAL_NUMBER}
_MAX_DEPTH: Final = 4
SUBJECTS: Final = ("subject_dn", "san_dns", "san_uri", "san_ip", "san_email")


class UnusableCertificate(Exception):  # noqa: N818 - says what is wrong
    """Not a certificate that proves this client; the text is for the log."""


def parse_certificate(der: bytes) -> x509.Certificate:
    """Raises UnusableCertificate."""
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError as error:
        raise UnusableCertificate("malformed") from error


def check_issued(
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    authorities: Sequence[x509.Certificate],
    now: datetime,
) -> None:
    """Raise UnusableCertificate unless one of `authorities` issued it, for a client, for now.

    The path is built anew here, so that nothing rests on what a proxy has looked at.
    """
    policy = (
        verification.PolicyBuilder()
        .store(verification.Store(list(authorities)))
        .time(now)
        .max_chain_depth(_MAX_DEPTH)
        .extension_policies(
            ca_policy=verification.ExtensionPolicy.webpki_defaults_ca(), ee_policy=_of_clients()
        )
    )
    try:
        policy.build_client_verifier().verify(certificate, list(chain))
    except (verification.VerificationError, ValueError) as error:
        raise UnusableCertificate("issuer") from error


def _of_clients() -> verification.ExtensionPolicy:
    agnostic = verification.Criticality.AGNOSTIC
    every = verification.ExtensionPolicy.permit_all()
    usage = every.may_be_present(x509.ExtendedKeyUsage, agnostic, _check_usage)
    return usage.may_be_present(x509.BasicConstraints, agnostic, _check_leaf)


def _check_usage(
    policy: verification.Policy, certificate: x509.Certificate, usage: x509.ExtendedKeyUsage | None
) -> None:
    del policy, certificate
    allowed = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)
    if usage is not None and not any(one in usage for one in allowed):
        raise ValueError("not for clients")


def _check_leaf(
    policy: verification.Policy,
    certificate: x509.Certificate,
    constraints: x509.BasicConstraints | None,
) -> None:
    del policy, certificate
    if constraints is not None and constraints.ca:
        raise ValueError("an authority's own")


def is_subject(certificate: x509.Certificate, options: ClientOptions) -> bool:
    """True if the certificate names what was registered, which is exactly one thing (§2.1.2)."""
    named = [name for name in SUBJECTS if getattr(options, f"tls_client_auth_{name}") is not None]
    if len(named) != 1:
        return False
    wanted: str = getattr(options, f"tls_client_auth_{named[0]}")
    if named[0] == "subject_dn":
        return certificate.subject == parse_dn(wanted)
    return _canonical(named[0], wanted) in _alternatives(certificate, named[0])


def parse_dn(text: str) -> x509.Name | None:
    """Return the distinguished name that `text` spells (RFC 4514), None if it spells none."""
    try:
        name = x509.Name.from_rfc4514_string(text, _NAMES)
    except ValueError:
        return None
    return name if name.rdns else None


def refusal_of_subject(name: str, value: str) -> str | None:
    """Return why `value` can be no `tls_client_auth_…` of this name, None if it can."""
    if name == "tls_client_auth_subject_dn" and parse_dn(value) is None:
        return "must be a distinguished name, such as CN=shop,O=Example,C=DE (RFC 4514)"
    if name == "tls_client_auth_san_ip" and _canonical("san_ip", value) is None:
        return "must be an IP address"
    return None


def _alternatives(certificate: x509.Certificate, kind: str) -> list[object]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return []
    found: list[str] = []
    if kind == "san_dns":
        found = names.get_values_for_type(x509.DNSName)
    elif kind == "san_uri":
        found = names.get_values_for_type(x509.UniformResourceIdentifier)
    elif kind == "san_email":
        found = names.get_values_for_type(x509.RFC822Name)
    elif kind == "san_ip":
        found = [str(ip) for ip in names.get_values_for_type(x509.IPAddress)]
    return [one for one in (_canonical(kind, text) for text in found) if one is not None]


def _canonical(kind: str, text: str) -> object:
    """Return what is compared: host names without case, addresses as such, the rest exactly."""
    if kind == "san_dns":
        return text.lower()
    if kind == "san_ip":
        try:
            return ip_address(text)
        except ValueError:
            return None
    return text


def is_registered(der: bytes, jwks: Mapping[str, Any]) -> bool:
    """True if a key of the set carries exactly this certificate (§2.2): `x5c`, or `x5t#S256`."""
    members = jwks.get("keys")
    if not isinstance(members, list):
        return False
    thumbprint = base64url.encode(sha256(der).digest()).decode()
    for member in cast("list[object]", members)[:100]:
        if isinstance(member, dict) and _carries(
            cast("Mapping[str, Any]", member), der, thumbprint
        ):
            return True
    return False


def _carries(jwk: Mapping[str, Any], der: bytes, thumbprint: str) -> bool:
    chain = jwk.get("x5c")
    if isinstance(chain, list) and chain:
        first = cast("list[object]", chain)[0]
        if not isinstance(first, str):
            return False
        try:
            return b64decode(first, validate=True) == der
        except (Error, ValueError):
            return False
    return jwk.get("x5t#S256") == thumbprint


def check_valid(certificate: x509.Certificate, now: datetime) -> None:
    """Raise UnusableCertificate outside the time that the certificate gives itself."""
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise UnusableCertificate("expired")
