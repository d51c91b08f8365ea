"""What a client is called: the text of its id, or the URL of its metadata document.

The id of the latter is made of the URL, so that whoever holds one of the two names knows the
other kind without asking: a token says the URL, and the gate asks for the id.
"""

from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from limen.kernel.ids import parse_id


def is_url(client_id: str) -> bool:
    return client_id.startswith(("https://", "http://"))  # the latter in dev mode alone


def id_of_url(url: str) -> UUID:
    """Return the id of the client with this URL: a UUIDv8 of its SHA-256 (RFC 9562 §5.8)."""
    digest = int.from_bytes(sha256(url.encode()).digest()[:16], "big")
    versioned = digest & ~(0xF << 76) | 0x8 << 76
    return UUID(int=versioned & ~(0b11 << 62) | 0b10 << 62)


@lru_cache(maxsize=4096)
def id_of(client_id: str) -> UUID | None:
    """Return the id of the client that is called so, None for what is no client's name."""
    return id_of_url(client_id) if is_url(client_id) else parse_id(client_id)
