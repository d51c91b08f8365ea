"""The keys that sign a tenant's log, each endorsed by the one before it."""

from collections.abc import Collection, Sequence

import msgspec

from limen.audit.model.notes import VerifyKey


class LogKey(msgspec.Struct, frozen=True):
    """One key of the history: `endorsement` is the signature of the key before it."""

    version: int
    key: VerifyKey
    endorsement: bytes | None


def endorsed_text(version: int, key: VerifyKey) -> bytes:
    """Return what the previous key signs to hand over to `key`."""
    return f"limen-log-key\n{version}\n{key.text()}\n".encode()


def faults(history: Sequence[LogKey]) -> list[str]:
    """Return what is wrong with the order of versions and endorsements; nothing if all is well."""
    found: list[str] = []
    for number, entry in enumerate(history, start=1):
        if entry.version != number:
            return [*found, f"key {number} is missing"]
        if number == 1:
            continue
        text = endorsed_text(entry.version, entry.key)
        if not history[number - 2].key.verifies(text, entry.endorsement or b""):
            found.append(f"key {number} is not endorsed by the key before it")
    return found


def trusted_of(history: Sequence[LogKey], known: Collection[str]) -> list[VerifyKey]:
    """Return the keys to believe: the first known one and those it leads to.

    `known` holds keys in text form from elsewhere; where nothing is known, the history is
    taken at its word.
    """
    keys = [entry.key for entry in history]
    if not known:
        return keys
    for position, key in enumerate(keys):
        if key.text() in known:
            return keys[position:]
    return []
