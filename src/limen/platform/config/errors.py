"""What is said when settings are wrong."""


class ConfigError(Exception):
    """One or more settings are wrong: a line each, naming the key, its origin and the mend."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
