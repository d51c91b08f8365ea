"""tls_client_auth: a certificate from an authority that we know (RFC 8705 §2.1)."""

from pathlib import Path

from cryptography import x509

from limen.kernel.errors import StartRefused
from limen.oauth.client_auth.none import only_named
from limen.oauth.client_auth.presented import BackChannel, MethodServices, Presented
from limen.oauth.directory import ClientRecord
from limen.oauth.errors import InvalidClient
from limen.oauth.model.certificates import (
    UnusableCertificate,
    check_issued,
    is_subject,
    parse_certificate,
)


class NoAuthorities(StartRefused):
    """The file of authorities for tls_client_auth holds none."""


class TlsClientAuth:
    """Only where authorities are named: without any, nobody could be told from anybody."""

    def __init__(self, services: MethodServices) -> None:
        file = services.mtls.client_ca_file
        self._authorities = [] if file is None else _authorities(file)
        is_on = services.mtls.is_on and bool(self._authorities)
        self.names = frozenset({"tls_client_auth"} if is_on else ())
        self._clock = services.clock

    def find(self, asked: BackChannel) -> Presented | None:
        if not self.names or asked.certificate is None:
            return None
        return only_named(asked)

    async def proves(self, presented: Presented, record: ClientRecord, asked: BackChannel) -> bool:
        """True, or raises InvalidClient with the reason: nothing was guessed."""
        del presented
        try:
            certificate = parse_certificate(asked.certificate or b"")
            chain = [parse_certificate(der) for der in asked.chain]
            check_issued(certificate, chain, self._authorities, self._clock.now())
        except UnusableCertificate as error:
            raise InvalidClient(str(error), reason=f"client_certificate_{error}") from error
        if not is_subject(certificate, record.client.options):
            raise InvalidClient("another subject", reason="client_certificate_subject")
        return True


def _authorities(file: Path) -> list[x509.Certificate]:
    try:
        found = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as error:
        raise NoAuthorities(f"mtls.client_ca_file {file}: no PEM certificates there") from error
    return found


method = TlsClientAuth
