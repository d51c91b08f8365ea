"""The promises of every command: help, example, `--json`, aliases."""

from collections.abc import Iterator

import click
import pytest
from tests.unit.cli.conftest import CommandLine

from limen.cli import load, root, singular, summary
from limen.platform.cli.commands import Noun, Verb
from limen.platform.cli.output import table


def leaves() -> Iterator[tuple[str, click.Command]]:
    for name in root.list_commands(click.Context(root)):
        command = load(name)
        if isinstance(command, click.Group):
            for verb, leaf in command.commands.items():
                yield f"{name} {verb}", leaf
        else:
            yield name, command


@pytest.mark.parametrize(("name", "command"), list(leaves()))
def test_every_command_has_help_an_example_and_json(name: str, command: click.Command) -> None:
    """contract: every command has `--help` with an example, and `--json`."""
    assert isinstance(command, Verb), f"{name} is not made by noun() or verb()"
    assert command.help
    assert f"limen {name}" in command.example
    assert any("--json" in parameter.opts for parameter in command.params)
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            assert parameter.help or parameter.show_default, (
                f"{name} {parameter.opts} is not explained"
            )


@pytest.mark.parametrize(("name", "command"), list(leaves()))
def test_no_command_takes_a_secret_as_an_argument(name: str, command: click.Command) -> None:
    """R146: passwords and secrets come from standard input or a prompt."""
    for parameter in command.params:
        option = isinstance(parameter, click.Option)
        is_file = isinstance(parameter.type, click.File | click.Path)  # its name is no secret
        takes_text = not (option and parameter.is_flag) and not is_file
        secret = any(word in (parameter.name or "") for word in ("password", "secret", "key_file"))
        assert not (takes_text and secret), f"{name} {parameter.opts}"


def test_every_command_is_summed_up_by_its_first_line() -> None:
    for name in root.list_commands(click.Context(root)):
        assert summary(name).endswith("."), name


def test_every_noun_has_its_plural() -> None:
    for name in root.list_commands(click.Context(root)):
        if isinstance(load(name), Noun):
            assert singular(f"{name}s") == name
    assert singular("policies") == "policies"  # there is no such noun


def test_help_names_nouns_and_verbs(limen: CommandLine) -> None:
    out = limen("--help").out
    for word in ("Commands:", "Objects:", "user", "app", "dev", "migrate"):
        assert word in out


def test_a_table_is_aligned_and_plain() -> None:
    lines = table([{"a": "x", "b": {"c": 1}}, {"a": "long", "b": None}], ("a", "b.c"))
    assert click.unstyle(lines[0]) == "A     C"
    assert lines[1:] == ["x     1", "long  -"]
