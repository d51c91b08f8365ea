"""The master key: the root of everything sealed, kept outside the store."""

import os
import stat
from base64 import b64encode
from binascii import Error, a2b_base64
from collections.abc import Mapping
from pathlib import Path
from secrets import token_bytes

from limen.kernel.errors import StartRefused
from limen.platform.crypto.envelope import KEY_SIZE, SealingKey

VARIABLE = "LIMEN_MASTER_KEY"


class MasterKeyError(StartRefused):
    """The master key is missing, unreadable or the wrong one; the text says the mend."""


class MasterKey(SealingKey):
    """The key that wraps the tenants' keys."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """Return eight hex digits that tell master keys apart in messages; they are public."""
        return self.commitment[:4].hex()


def find_master_key(
    environment: Mapping[str, str], path: Path | None, *, variable: str = VARIABLE
) -> MasterKey | None:
    """Return the master key of the environment, else of the file, else None.

    Raises MasterKeyError for one that is there and unusable.
    """
    text = environment.get(variable)
    if text:
        return parse_master_key(text, f"${variable}")
    if path is None or not path.exists():
        return None
    return read_master_key_file(path)


def read_master_key_file(path: Path) -> MasterKey:
    """Raises MasterKeyError for a file that others may read, or that holds no key."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            mode = os.fstat(descriptor).st_mode
            text = os.read(descriptor, 1024).decode("ascii", "replace")
        finally:
            os.close(descriptor)
    except OSError as error:
        raise MasterKeyError(f"The master key file {path} cannot be read: {error}") from error
    if not stat.S_ISREG(mode):
        raise MasterKeyError(f"The master key file {path} is no regular file.")
    if mode & 0o077:
        raise MasterKeyError(
            f"The master key file {path} can be read by others"
            f" (mode {stat.S_IMODE(mode):04o}). Mend it with: chmod 600 {path}"
        )
    return parse_master_key(text, str(path))


def create_master_key_file(path: Path, *, wrapped_keys_exist: bool) -> MasterKey:
    """Make a new master key in a new file of mode 0600; it is on the disk when this returns.

    Raises MasterKeyError where the file exists, and where the store holds keys that another
    master key wrapped: a new one would lock them away for good.
    """
    if wrapped_keys_exist:
        raise MasterKeyError(
            f"The store holds keys wrapped by a master key, and none was found at {path}."
            f" Put that file back, or set {VARIABLE}; a new key could not open them."
        )
    key = token_bytes(KEY_SIZE)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{token_bytes(6).hex()}")
    try:
        _write(draft, b64encode(key) + b"\n")
        path.hardlink_to(draft)  # whole or not at all, and never over another
    except OSError as error:
        raise MasterKeyError(f"The master key file {path} cannot be made: {error}") from error
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return MasterKey(key)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def parse_master_key(text: str, where: str) -> MasterKey:
    """Read a key in base64; `where` it stood is for the message.  Raises MasterKeyError."""
    try:
        key = a2b_base64(text.strip(), strict_mode=True)
    except (Error, ValueError) as error:
        raise MasterKeyError(f"The master key in {where} is not base64.") from error
    if len(key) != KEY_SIZE:
        raise MasterKeyError(f"The master key in {where} has {len(key)} bytes, not {KEY_SIZE}.")
    return MasterKey(key)
