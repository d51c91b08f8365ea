"""The settings that must be known before the store: addresses, keys, proxies."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from limen.kernel.settings import setting

Network = IPv4Network | IPv6Network

_STORES = ("sqlite", "postgresql", "postgres")


def is_loopback(host: str | None) -> bool:
    """Return whether `host` (a name or an address) can only mean this machine."""
    if host is None:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class CoreSettings:
    """Settings at the top of `limen.toml`, without a table of their own."""

    issuer: str = setting(
        "http://localhost:8400",
        "The public base URL. It must be https unless the host is this machine.",
    )
    data_dir: Path = setting(
        Path(".limen"), "Where the embedded store and what `limen dev` makes are kept."
    )
    database_url: str = setting(
        "sqlite:///.limen/limen.db",
        "The store: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.",
        secret=True,
    )
    redis_url: str | None = setting(
        None, "A Redis or Valkey shared by all processes (not used yet).", secret=True
    )
    broker_url: str | None = setting(
        None, "Where events are published: amqp://… or nats://… (not used yet).", secret=True
    )
    master_key: str | None = setting(
        None, "The root of encryption at rest; 32 random bytes as base64.", secret=True
    )
    previous_master_key: str | None = setting(
        None,
        "The master key before, while `limen key rewrap` brings its keys under the new one.",
        secret=True,
    )
    trusted_proxies: tuple[Network, ...] = setting(
        (), "Networks (CIDRs) whose Forwarded and X-Forwarded-* headers are believed."
    )
    api_docs: bool = setting(
        True, "Serve /api/docs and /api/v1/openapi.json; `limen openapi` prints it all the same."
    )
    dev: bool = setting(False, "What `limen dev` turns on: demo, mail inbox, plain http.")

    def __post_init__(self) -> None:
        _check_issuer(self.issuer)
        _check_url("database_url", self.database_url, _STORES)
        _check_url("redis_url", self.redis_url, ("redis", "rediss", "unix", "valkey", "valkeys"))
        _check_url("broker_url", self.broker_url, ("amqp", "amqps", "nats", "tls"))
        if any(network.prefixlen == 0 for network in self.trusted_proxies):
            raise ValueError("trusted_proxies must not hold the whole internet; name your proxies")
        if self.dev and not is_loopback(urlsplit(self.issuer).hostname):
            raise ValueError("dev works on this machine only; set issuer to http://localhost:PORT")


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    migrate_url: str | None = setting(
        None,
        "The PostgreSQL role that owns the schema and migrates; database_url without it.",
        secret=True,
    )
    backup_url: str | None = setting(
        None,
        "A PostgreSQL role that reads past row-level security, for backup and restore alone.",
        secret=True,
    )
    replica_urls: tuple[str, ...] = setting((), "Read replicas (not used yet).", secret=True)

    def __post_init__(self) -> None:
        _check_url("migrate_url", self.migrate_url, _STORES)
        _check_url("backup_url", self.backup_url, ("postgresql", "postgres"))
        for url in self.replica_urls:
            _check_url("replica_urls", url, ("postgresql",))


@dataclass(frozen=True, slots=True)
class MailSettings:
    smtp_url: str = setting(
        "inbox://",
        "How mail leaves: smtp+tls://USER:PASSWORD@HOST:587, smtps://…, or inbox:// in dev.",
        secret=True,
    )
    from_: str = setting("Limen <no-reply@localhost>", "The sender of all mail.")

    def __post_init__(self) -> None:
        _check_url("smtp_url", self.smtp_url, ("inbox", "smtp", "smtp+tls", "smtps"))
        if "@" not in self.from_ or "\n" in self.from_ or "\r" in self.from_:
            raise ValueError("from must be an address: Limen <no-reply@example.com>")


@dataclass(frozen=True, slots=True)
class AuditSettings:
    checkpoint_file: Path | None = setting(
        None, "Signed log heads are appended to this file; keep it outside the store."
    )


@dataclass(frozen=True, slots=True)
class LogSettings:
    format: Literal["auto", "console", "json"] = setting(
        "auto", "auto is console on a terminal, else json."
    )


CORE: tuple[tuple[str, type], ...] = (
    ("", CoreSettings),
    ("database", DatabaseSettings),
    ("mail", MailSettings),
    ("audit", AuditSettings),
    ("log", LogSettings),
)


def _check_issuer(issuer: str) -> None:
    parts = _split("issuer", issuer)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("issuer must be a URL like https://id.example.com")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("issuer must be https unless its host is this machine (R144)")
    if parts.query or parts.fragment or "?" in issuer or "#" in issuer:
        raise ValueError("issuer must have no query and no fragment (RFC 8414 §2)")
    if parts.username is not None or parts.password is not None:
        raise ValueError("issuer must hold no user name and no password")
    if issuer.endswith("/"):
        raise ValueError(f"issuer must not end in a slash; write {issuer.rstrip('/')}")
    if issuer != issuer.strip() or parts.netloc != parts.netloc.lower():
        raise ValueError("issuer must be written in lower case, without spaces")


def _check_url(name: str, url: str | None, schemes: tuple[str, ...]) -> None:
    if url is None:
        return
    scheme = _split(name, url).scheme
    if scheme not in schemes:
        allowed = ", ".join(f"{scheme}://" for scheme in schemes)
        raise ValueError(f"{name} must begin with one of {allowed}")


def _split(name: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no number
    except ValueError as error:
        raise ValueError(f"{name} is no URL: {error}") from error
    return parts
