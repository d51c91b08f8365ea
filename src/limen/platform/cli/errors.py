"""How a command fails: one clear line and an exit code that scripts can rely on."""

from enum import IntEnum


class Exit(IntEnum):
    OK = 0
    FAILURE = 1
    USAGE = 2
    AUTH = 3
    NOT_FOUND = 4
    CONFLICT = 5
    CHECK_FAILED = 6


class CliError(Exception):
    """The command could not do it; the text says why and what to do."""

    def __init__(self, text: str, exit_code: int = Exit.FAILURE) -> None:
        super().__init__(text)
        self.exit_code = int(exit_code)


def exit_of(status: int) -> Exit:
    """Return the exit code for an answer's HTTP status."""
    if status in {401, 403}:
        return Exit.AUTH
    if status == 404:
        return Exit.NOT_FOUND
    if status in {409, 412}:
        return Exit.CONFLICT
    return Exit.FAILURE
