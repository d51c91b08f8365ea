"""The command as a process: what a shell sees."""

import os
import subprocess
import sys
from pathlib import Path


def limen(cwd: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LIMEN_")}
    return subprocess.run(
        [sys.executable, "-m", "limen", *arguments],
        capture_output=True, text=True, check=False, cwd=cwd, env={**clean, **environ},
    )  # fmt: skip


def test_help_is_on_standard_output(tmp_path: Path) -> None:
    done = limen(tmp_path, "--help")
    assert done.returncode == 0
    assert "Objects:" in done.stdout
    assert done.stderr == ""


def test_errors_are_on_standard_error_in_one_line(tmp_path: Path) -> None:
    done = limen(tmp_path, "user", "list")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


def test_a_wrong_setting_stops_every_command_that_reads_settings(tmp_path: Path) -> None:
    """R145."""
    done = limen(tmp_path, "config", "show", LIMEN_ISUER="http://localhost:1")
    assert done.returncode == 1
    assert "did you mean LIMEN_ISSUER?" in done.stderr


def test_config_show_masks_secrets(tmp_path: Path) -> None:
    """R151."""
    done = limen(tmp_path, "config", "show", "--origin",
                 LIMEN_DATABASE_URL="postgresql://limen:s3cret@db/limen")  # fmt: skip
    assert done.returncode == 0
    assert "s3cret" not in done.stdout
    assert "# environment" in done.stdout


def test_sqlite_refuses_what_needs_more_processes(tmp_path: Path) -> None:
    """contract: with a line that names PostgreSQL."""
    for arguments in (("serve", "--workers", "2"), ("serve", "--only", "oauth"), ("worker",)):
        done = limen(tmp_path, *arguments)
        assert done.returncode == 2, done.stderr
        assert "PostgreSQL" in done.stderr


def test_dev_stays_on_this_machine(tmp_path: Path) -> None:
    """R144."""
    done = limen(tmp_path, "dev", "--host", "0.0.0.0")
    assert done.returncode == 2
    assert "this machine only" in done.stderr
    assert not (tmp_path / ".limen").exists()


def test_completion_knows_the_commands(tmp_path: Path) -> None:
    script = limen(tmp_path, "completion", "bash")
    assert "_LIMEN_COMPLETE" in script.stdout
    done = limen(tmp_path, _LIMEN_COMPLETE="bash_complete", COMP_WORDS="limen us", COMP_CWORD="1")
    assert "plain,user" in done.stdout
