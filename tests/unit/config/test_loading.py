"""One checked configuration from all sources (R145)."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from limen.kernel.settings import setting
from limen.platform.config import Config, ConfigError, load
from limen.platform.config.core import CORE


@dataclass(frozen=True, slots=True)
class SampleSettings:
    idle_timeout: timedelta = setting(timedelta(hours=12), "How long.")
    lifetime: timedelta = setting(timedelta(days=30), "How long at most.")
    token: str | None = setting(None, "A secret.", secret=True)

    def __post_init__(self) -> None:
        if self.idle_timeout > self.lifetime:
            raise ValueError("idle_timeout must not exceed lifetime")


SECTIONS = (*CORE, ("sample", SampleSettings))


def read(cwd: Path, environ: dict[str, str] | None = None, **flags: str) -> Config:
    return load(flags, environ or {}, cwd, sections=SECTIONS)


def faults(cwd: Path, environ: dict[str, str] | None = None, **flags: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as raised:
        read(cwd, environ, **flags)
    return raised.value.lines


def test_without_sources_everything_has_its_default(tmp_path: Path) -> None:
    config = read(tmp_path)
    assert config.issuer == "http://localhost:8400"
    assert config.database_file == tmp_path / ".limen/limen.db"
    assert config.section("sample", SampleSettings) == SampleSettings()


def test_the_order_is_flag_environment_dotenv_file_default(tmp_path: Path) -> None:
    """R145, M110: the stronger source wins, whichever key it is."""
    (tmp_path / "limen.toml").write_text('issuer = "http://localhost:1"\n')
    assert read(tmp_path).issuer == "http://localhost:1"
    (tmp_path / ".env").write_text("LIMEN_ISSUER=http://localhost:2\n")
    assert read(tmp_path).issuer == "http://localhost:2"
    environ = {"LIMEN_ISSUER": "http://localhost:3"}
    assert read(tmp_path, environ).issuer == "http://localhost:3"
    assert read(tmp_path, environ, issuer="http://localhost:4").issuer == "http://localhost:4"


def test_nested_keys_use_a_double_underscore_or_a_table(tmp_path: Path) -> None:
    environ = {"LIMEN_SAMPLE__IDLE_TIMEOUT": "15m"}
    sample = read(tmp_path, environ).section("sample", SampleSettings)
    assert sample.idle_timeout == timedelta(minutes=15)
    (tmp_path / "limen.toml").write_text('[sample]\nidle_timeout = "20m"\n')
    sample = read(tmp_path).section("sample", SampleSettings)
    assert sample.idle_timeout == timedelta(minutes=20)


def test_the_file_is_found_from_a_folder_below(tmp_path: Path) -> None:
    (tmp_path / "limen.toml").write_text('issuer = "http://localhost:1"\n')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    config = read(below)
    assert config.issuer == "http://localhost:1"
    assert config.database_file == tmp_path / ".limen/limen.db"


def test_a_misspelled_key_stops_the_start_with_a_suggestion(tmp_path: Path) -> None:
    """R145: in the environment and in the file alike."""
    assert faults(tmp_path, {"LIMEN_ISSUR": "x"}) == (
        "LIMEN_ISSUR (environment): no such setting; did you mean LIMEN_ISSUER?",
    )
    (tmp_path / "limen.toml").write_text('[sample]\nidle_timeut = "20m"\n')
    assert faults(tmp_path) == (
        "sample.idle_timeut (limen.toml): no such setting; did you mean sample.idle_timeout?",
    )


def test_a_key_that_comes_twice_stops_the_start(tmp_path: Path) -> None:
    """R145: in one source, in any spelling; TOML itself forbids it."""
    twice = {"LIMEN_ISSUER": "http://localhost:1", "LIMEN_issuer": "http://localhost:2"}
    assert "LIMEN_ISSUER sets the same" in faults(tmp_path, twice)[0]
    (tmp_path / "limen.toml").write_text('issuer = "http://a"\nissuer = "http://b"\n')
    assert "not readable as TOML" in faults(tmp_path)[0]
    (tmp_path / "limen.toml").unlink()
    (tmp_path / ".env").write_text("LIMEN_ISSUER=http://a\nLIMEN_ISSUER=http://b\n")
    assert "set twice" in faults(tmp_path)[0]


def test_a_wrong_value_names_key_origin_and_mend(tmp_path: Path) -> None:
    assert faults(tmp_path, {"LIMEN_SAMPLE__LIFETIME": "soon"}) == (
        "LIMEN_SAMPLE__LIFETIME (environment): 'soon' is no duration; write it like 30s, 15m, 12h or 30d.",
    )


def test_a_class_that_refuses_its_values_names_the_key(tmp_path: Path) -> None:
    assert faults(tmp_path, {"LIMEN_SAMPLE__IDLE_TIMEOUT": "60d"}) == (
        "LIMEN_SAMPLE__IDLE_TIMEOUT (environment): idle_timeout must not exceed lifetime.",
    )


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    assert len(faults(tmp_path, {"LIMEN_DEV": "maybe", "LIMEN_FOO": "1"})) == 2


@pytest.mark.parametrize(
    "issuer",
    ["http://id.example.com", "https://id.example.com/", "https://id.example.com?a=b", "ftp://x",
     "https://a:b@id.example.com", "https://ID.example.com", "https://id.example.com#x", "nothing",
     "https://id.example.com:port", "https://id.example.com?"],
)  # fmt: skip
def test_a_wrong_issuer_is_refused(tmp_path: Path, issuer: str) -> None:
    """R144: https unless the host is this machine; no slash, query, fragment or user."""
    assert faults(tmp_path, {"LIMEN_ISSUER": issuer})[0].startswith("LIMEN_ISSUER (environment): ")


@pytest.mark.parametrize(
    "issuer",
    ["https://id.example.com", "https://example.com/id", "http://127.0.0.1:9", "http://[::1]:9"],
)
def test_a_right_issuer_is_taken(tmp_path: Path, issuer: str) -> None:
    assert read(tmp_path, {"LIMEN_ISSUER": issuer}).issuer == issuer


def test_dev_refuses_an_issuer_elsewhere(tmp_path: Path) -> None:
    """R144."""
    environ = {"LIMEN_DEV": "true", "LIMEN_ISSUER": "https://id.example.com"}
    assert "this machine only" in faults(tmp_path, environ)[0]


def test_the_whole_internet_is_no_proxy(tmp_path: Path) -> None:
    """A071: headers of strangers are never believed."""
    assert "whole internet" in faults(tmp_path, {"LIMEN_TRUSTED_PROXIES": "0.0.0.0/0"})[0]


def test_a_secret_is_read_from_the_file_that_is_named(tmp_path: Path) -> None:
    """R146: no secret in the environment itself."""
    (tmp_path / "token").write_text("s3cret\n")
    environ = {"LIMEN_SAMPLE__TOKEN_FILE": str(tmp_path / "token")}
    assert read(tmp_path, environ).section("sample", SampleSettings).token == "s3cret"
    both = {**environ, "LIMEN_SAMPLE__TOKEN": "other"}
    assert "sets the same" in faults(tmp_path, both)[0]
    missing = {"LIMEN_SAMPLE__TOKEN_FILE": str(tmp_path / "none")}
    assert "No such file" in faults(tmp_path, missing)[0]


def test_a_file_with_secrets_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """R146: 0600 or refuse."""
    file = tmp_path / "limen.toml"
    file.write_text('[sample]\ntoken = "s3cret"\n')
    file.chmod(0o644)
    assert faults(tmp_path) == (
        f"{file}: holds secrets and others may read it; run chmod 600 {file}.",
    )
    file.chmod(0o600)
    assert read(tmp_path).section("sample", SampleSettings).token == "s3cret"


def test_a_public_file_without_secrets_is_fine(tmp_path: Path) -> None:
    file = tmp_path / "limen.toml"
    file.write_text('database_url = "postgresql://db.example/limen"\n')
    file.chmod(0o644)
    assert read(tmp_path).database_url == "postgresql://db.example/limen"


def test_secrets_are_masked_and_origins_told(tmp_path: Path) -> None:
    """R151: `config show` never prints a secret."""
    environ = {
        "LIMEN_SAMPLE__TOKEN": "s3cret",
        "LIMEN_DATABASE_URL": "postgresql://limen:s3cret@db.example/limen?password=s3cret",
        "LIMEN_DATABASE__REPLICA_URLS": "postgresql://limen:s3cret@a/limen,postgresql://b/limen",
    }
    rows = {row.key: row for row in read(tmp_path, environ).show()}
    assert not any("s3cret" in row.value for row in rows.values())
    assert rows["database_url"].value.startswith("postgresql://limen:••••••@db.example/limen")
    assert rows["sample.token"].origin == "environment"
    assert rows["issuer"].origin == "default"


def test_a_secret_that_is_wrong_is_not_echoed(tmp_path: Path) -> None:
    """R151."""
    (tmp_path / "limen.toml").write_text("[sample]\ntoken = 123456789\n")
    (tmp_path / "limen.toml").chmod(0o600)
    assert "123456789" not in "".join(faults(tmp_path))


def test_names_of_the_command_line_and_of_tests_are_no_settings(tmp_path: Path) -> None:
    read(tmp_path, {"LIMEN_TENANT": "a", "LIMEN_URL": "b", "LIMEN_TOKEN": "c", "LIMEN_TEST_X": "d"})


def test_other_lines_of_dotenv_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        '# comment\n\nOTHER=1\nOTHER=2\nexport LIMEN_ISSUER="http://localhost:7"\n'
    )
    assert read(tmp_path).issuer == "http://localhost:7"


def test_the_data_folder_brings_its_store_and_key(tmp_path: Path) -> None:
    """What `limen dev` made is found again by every command below its folder."""
    folder = tmp_path / ".limen"
    folder.mkdir()
    (folder / "master.key").write_text("key\n")
    (folder / "master.key").chmod(0o600)
    (folder / "dev.toml").write_text('issuer = "http://localhost:9000"\ndev = true\n')
    below = tmp_path / "deep"
    below.mkdir()
    config = read(below)
    assert config.core.master_key == "key"
    assert config.issuer == "http://localhost:9000"
    assert config.dev
    assert config.data_dir == folder


def test_another_data_folder_moves_the_store(tmp_path: Path) -> None:
    config = read(tmp_path, data_dir=str(tmp_path / "elsewhere"))
    assert config.database_url == f"sqlite:///{tmp_path}/elsewhere/limen.db"
    assert config.migrate_url == config.database_url


def test_an_undeclared_section_is_our_error(tmp_path: Path) -> None:
    with pytest.raises(LookupError):
        read(tmp_path).section("other", SampleSettings)


def test_the_settings_of_all_contexts_are_found() -> None:
    """Architecture rule 11: discovered, never listed by hand."""
    assert load({}, {}, Path("/")).show()
