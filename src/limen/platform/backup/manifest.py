"""What a backup says of itself."""

import hashlib
from pathlib import Path
from typing import Literal
from uuid import UUID

import msgspec

FORMAT = 1
FILE = "manifest.json"


class BackupError(Exception):
    """The copy cannot be made or put back; the text says why and the mend."""


class HeadOf(msgspec.Struct, frozen=True, kw_only=True):
    """Where a tenant's log stood in the copy (on PostgreSQL: at least there)."""

    tenant: UUID
    epoch: int
    seq: int


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What the log knows of a store."""

    store: UUID | None
    epoch: int
    heads: list[HeadOf]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Beside the copy, in the same folder."""

    format: int
    version: str
    made_at: str
    dialect: Literal["sqlite", "postgresql"]
    file: str
    size: int
    sha256: str
    state: State


def write_manifest(folder: Path, manifest: Manifest) -> None:
    content = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
    (folder / FILE).write_bytes(content)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a copy whose bytes are what it says.  Raises BackupError."""
    try:
        manifest = msgspec.json.decode((folder / FILE).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise BackupError(f"{folder} holds no backup: {error}") from error
    if manifest.format != FORMAT:
        raise BackupError(f"This backup has format {manifest.format}; this release reads {FORMAT}.")
    if Path(manifest.file).name != manifest.file:
        raise BackupError("The manifest names a file outside the backup.")
    copy = folder / manifest.file
    if not copy.is_file() or hash_of(copy) != manifest.sha256:
        raise BackupError(f"{copy} is not the file that the manifest was made with.")
    return manifest


def hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
