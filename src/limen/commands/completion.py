"""Shell completion: bash, zsh, fish."""

import click

from limen.platform.cli.commands import verb


@verb("completion", example='eval "$(limen completion bash)"')
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def command(shell: str) -> None:
    """Print the completion script of SHELL."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}.")
    root = click.get_current_context().find_root().command
    click.echo(kind(root, {}, "limen", "_LIMEN_COMPLETE").source())
