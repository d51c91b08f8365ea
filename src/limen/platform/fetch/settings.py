"""The settings of outgoing requests (`LIMEN_FETCH__…`)."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from limen.kernel.settings import setting


@dataclass(frozen=True, slots=True)
class FetchSettings:
    allow: tuple[str, ...] = setting(
        (),
        "Hosts and networks (CIDRs) that may be asked although they are not public, over http "
        "too: for development, and for applications inside your own network.",
    )
    timeout: timedelta = setting(
        timedelta(seconds=5), "How long an outgoing request may take, all of it."
    )
    connect_timeout: timedelta = setting(
        timedelta(seconds=2), "How long an outgoing request waits for a connection."
    )
    max_concurrent: int = setting(64, "How many outgoing requests a process makes at once.")
    ca_file: Path | None = setting(
        None, "Certificate authorities (PEM) to believe beside the system's, for your own hosts."
    )

    def __post_init__(self) -> None:
        if not timedelta(0) < self.connect_timeout <= self.timeout <= timedelta(minutes=1):
            raise ValueError("timeout must be at most 1 minute, and connect_timeout at most that")
        if self.max_concurrent < 1:
            raise ValueError("max_concurrent must be at least 1")
        for entry in self.allow:
            if "/" in entry and ip_network(entry).prefixlen == 0:
                raise ValueError("allow must not hold the whole internet; name your hosts")
