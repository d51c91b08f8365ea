"""Forms that are wrong in one parameter: unreadable ones, and the limits that there are."""

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote_plus, urlencode

LONGEST: Final = {
    "state": 4096, "claims": 8192, "authorization_details": 8192, "id_token_hint": 8192,
    "request": 16384, "refresh_token": 8192, "token": 8192, "assertion": 8192,
    "subject_token": 8192, "actor_token": 8192, "client_assertion": 8192,
}  # fmt: skip
SEVERAL: Final = ("resource", "audience")
"""What may be there several times (RFC 8707 §2, RFC 8693 §2.1)."""
UNREADABLE: Final = ("=%00", "=%FF%FE")


def spoiled(fields: Mapping[str, str], name: str) -> Iterator[str]:
    """Yield forms that cannot be read, each for this parameter."""
    right = urlencode({k: v for k, v in fields.items() if k != name})
    value = quote_plus(fields.get(name, "x"))
    if name not in SEVERAL:
        yield f"{right}&{name}={value}&{name}={value}"
        yield f"{right}&{name}={value}&{name}=other"
        yield f"{right}&{name}=" + "x" * (LONGEST.get(name, 2048) + 1)
    yield from (f"{right}&{name}{tail}" for tail in UNREADABLE)
