"""The settings of clients' certificates (`LIMEN_MTLS__…`)."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from limen.kernel.settings import setting

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")


@dataclass(frozen=True, slots=True)
class MtlsSettings:
    header: str | None = setting(
        None,
        "The header in which trusted proxies hand on a client's certificate, such as Client-Cert; "
        "they must remove it from what comes from outside.",
    )
    header_format: Literal["rfc9440", "pem"] = setting(
        "rfc9440",
        "How that header holds it: rfc9440 is :base64:, pem is what nginx's "
        "$ssl_client_escaped_cert gives.",
    )
    client_ca_file: Path | None = setting(
        None, "Certificate authorities (PEM) whose certificates tls_client_auth accepts."
    )
    port: int | None = setting(
        None, "Listen here too, with TLS, for clients that have certificates."
    )
    host: str = setting("127.0.0.1", "The address of that listener; 0.0.0.0 is every one.")
    certificate_file: Path | None = setting(
        None, "The certificate chain (PEM) of the listener on that port."
    )
    key_file: Path | None = setting(None, "The private key (PEM) of that certificate.")
    url: str | None = setting(
        None,
        "The public base URL of the listener for certificates; discovery names its endpoints "
        "under mtls_endpoint_aliases.",
    )

    def __post_init__(self) -> None:
        if self.header is not None and not _NAME.fullmatch(self.header):
            raise ValueError("header must be the name of a header, such as Client-Cert")
        if self.port is not None and not 0 <= self.port < 1 << 16:
            raise ValueError("port must be 0 to 65535")
        if self.port is not None and not (self.certificate_file and self.key_file):
            raise ValueError("port needs certificate_file and key_file")
        if self.url is not None:
            _check_url(self.url)

    @property
    def is_on(self) -> bool:
        """Whether a request can have a certificate at all."""
        return self.port is not None or self.header is not None


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.netloc != parts.netloc.lower():
        raise ValueError("url must be like https://mtls.example.com, in lower case")
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("url must have neither path nor query; the issuer's path is added")


def mistake_of(settings: MtlsSettings, *, proxies: bool) -> tuple[str, str] | None:
    """Return what makes the settings useless, and the mend; `proxies`: whether any is trusted."""
    if settings.header is not None and not proxies:
        return "mtls.header is set, and no proxy is trusted", "Set LIMEN_TRUSTED_PROXIES."
    if settings.client_ca_file is not None and not settings.is_on:
        return "no certificate can reach us", "Set LIMEN_MTLS__PORT or LIMEN_MTLS__HEADER."
    if settings.port is not None and settings.url is None:
        return "discovery does not name the listener", "Set LIMEN_MTLS__URL."
    return None
