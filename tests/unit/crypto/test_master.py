"""The master key: found, made, refused."""

import os
from base64 import b64encode
from pathlib import Path

import pytest

from limen.platform.crypto.master import (
    MasterKeyError,
    create_master_key_file,
    find_master_key,
    read_master_key_file,
)

KEY = b64encode(b"m" * 32).decode()


def test_the_environment_comes_first(tmp_path: Path) -> None:
    made = create_master_key_file(tmp_path / "key", wrapped_keys_exist=False)
    found = find_master_key({"LIMEN_MASTER_KEY": KEY}, tmp_path / "key")
    assert found is not None
    assert found.name != made.name


def test_a_made_file_is_private_and_found_again(tmp_path: Path) -> None:
    """R141: 0600, and the same key afterwards."""
    path = tmp_path / "folder" / "key"
    made = create_master_key_file(path, wrapped_keys_exist=False)
    assert path.stat().st_mode & 0o777 == 0o600
    found = find_master_key({}, path)
    assert found is not None
    assert found.commitment == made.commitment
    assert list(path.parent.iterdir()) == [path]


def test_two_made_keys_differ(tmp_path: Path) -> None:
    """R140"""
    one = create_master_key_file(tmp_path / "one", wrapped_keys_exist=False)
    assert one.name != create_master_key_file(tmp_path / "two", wrapped_keys_exist=False).name


def test_an_existing_file_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "key"
    create_master_key_file(path, wrapped_keys_exist=False)
    before = path.read_bytes()
    with pytest.raises(MasterKeyError, match="cannot be made"):
        create_master_key_file(path, wrapped_keys_exist=False)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_none_is_made_where_wrapped_keys_exist(tmp_path: Path) -> None:
    """R141: a new master key would lock the old ones away."""
    with pytest.raises(MasterKeyError, match="Put that file back"):
        create_master_key_file(tmp_path / "key", wrapped_keys_exist=True)
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o666, 0o610])
def test_a_file_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    create_master_key_file(path, wrapped_keys_exist=False)
    path.chmod(mode)
    with pytest.raises(MasterKeyError, match=f"chmod 600 {path}"):
        read_master_key_file(path)


def test_a_file_of_mode_0400_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "key"
    made = create_master_key_file(path, wrapped_keys_exist=False)
    path.chmod(0o400)
    assert read_master_key_file(path).commitment == made.commitment


def test_no_file_and_no_variable_is_no_key(tmp_path: Path) -> None:
    assert find_master_key({}, None) is None
    assert find_master_key({"LIMEN_MASTER_KEY": ""}, tmp_path / "key") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not base64!", "not base64"),
        (KEY.rstrip("="), "not base64"),
        ("ключ", "not base64"),
        (b64encode(b"m" * 16).decode(), "has 16 bytes"),
        (b64encode(b"m" * 33).decode(), "has 33 bytes"),
    ],
)
def test_what_is_no_key_is_refused_without_showing_it(text: str, says: str) -> None:
    """R151"""
    with pytest.raises(MasterKeyError, match=says) as caught:
        find_master_key({"LIMEN_MASTER_KEY": text}, None)
    assert text not in str(caught.value)


def test_whitespace_around_a_key_is_forgiven() -> None:
    found = find_master_key({"LIMEN_MASTER_KEY": f" {KEY}\n"}, None)
    assert found is not None


def test_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(MasterKeyError):
            read_master_key_file(path)
