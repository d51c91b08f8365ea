"""self_signed_tls_client_auth: exactly a certificate that the client registered (RFC 8705 §2.2)."""

from limen.oauth.client_auth.none import only_named
from limen.oauth.client_auth.presented import BackChannel, MethodServices, Presented
from limen.oauth.directory import ClientRecord
from limen.oauth.errors import InvalidClient
from limen.oauth.keysets import KeySource, source_of
from limen.oauth.model.certificates import (
    UnusableCertificate,
    check_valid,
    is_registered,
    parse_certificate,
)
from limen.platform.jose.verify import InvalidToken


class SelfSignedTlsClientAuth:
    def __init__(self, services: MethodServices) -> None:
        is_on = services.mtls.is_on
        self.names = frozenset({"self_signed_tls_client_auth"} if is_on else ())
        self._clock, self._keysets = services.clock, services.keysets

    def find(self, asked: BackChannel) -> Presented | None:
        if not self.names or asked.certificate is None:
            return None
        return only_named(asked)

    async def proves(self, presented: Presented, record: ClientRecord, asked: BackChannel) -> bool:
        """True, or raises InvalidClient with the reason: nothing was guessed."""
        del presented
        client, der = record.client, asked.certificate or b""
        if not client.enabled:  # before anything is fetched for it
            raise InvalidClient("disabled", reason="client_disabled")
        try:
            check_valid(parse_certificate(der), self._clock.now())
            if not await self._is_registered(der, source_of(client)):
                raise InvalidClient("not registered", reason="client_certificate_unknown")
        except UnusableCertificate as error:
            raise InvalidClient(str(error), reason=f"client_certificate_{error}") from error
        except InvalidToken as error:
            raise InvalidClient(error.reason, reason="client_certificate_keys") from error
        return True

    async def _is_registered(self, der: bytes, source: KeySource) -> bool:
        """A certificate that is not in the set may be newer than what we have of it."""
        jwks = await self._keysets.document(source)
        if is_registered(der, jwks):
            return True
        newer = await self._keysets.document(source, newer_than=jwks)
        return newer is not jwks and is_registered(der, newer)


method = SelfSignedTlsClientAuth
