"""The parameters of a protocol request, read once and strictly (R007, A005).

Empty is omitted, unknown is ignored, repeated is refused, but for `resource` and `audience`,
which RFC 8707 §2 and RFC 8693 §2.1 allow several times.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from limen.oauth.errors import InvalidRequest

MAX_FIELDS: Final = 100
_LIMITS: Final[Mapping[str, int]] = {
    "state": 4096,
    "claims": 8192,
    "authorization_details": 8192,
    "id_token_hint": 8192,
    "token": 8192,
    "refresh_token": 8192,
    "subject_token": 8192,
    "actor_token": 8192,
    "assertion": 8192,
    "client_assertion": 8192,
    "request": 16384,
}
_LIMIT: Final = 2048


@dataclass(frozen=True, slots=True)
class Parameters:
    values: Mapping[str, str]
    resources: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def need(self, name: str) -> str:
        """Raises InvalidRequest naming the parameter."""
        value = self.values.get(name)
        if value is None:
            raise InvalidRequest(f"no {name}", hint=f"The parameter {name} is missing.")
        return value


def parse_parameters(*encoded: bytes) -> Parameters:
    """Read query and body together, so that one name in both counts as repeated.

    Raises InvalidRequest for what is repeated, too long, too many or no UTF-8.
    """
    values: dict[str, str] = {}
    resources: list[str] = []
    audiences: list[str] = []
    for part in encoded:
        for name, value in _pairs(part) if part else ():
            if name == "resource":
                resources.append(value)
            elif name == "audience":
                audiences.append(value)
            elif name in values:
                raise InvalidRequest("repeated", hint="A parameter was sent more than once.")
            else:
                values[name] = value
    return limited(values, resources, audiences)


def limited(
    values: Mapping[str, str], resources: Sequence[str], audiences: Sequence[str] = ()
) -> Parameters:
    """Return the parameters without the empty ones.  Raises InvalidRequest for one too long."""
    for name, value in values.items():
        if len(value) > _LIMITS.get(name, _LIMIT):
            raise InvalidRequest("too long", hint="A parameter is too long.")
    found = {name: value for name, value in values.items() if value}
    return Parameters(found, tuple(filter(None, resources)), tuple(filter(None, audiences)))


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    try:
        text = encoded.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise InvalidRequest(
            f"unreadable: {error}", hint="The parameters cannot be read."
        ) from error
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise InvalidRequest("NUL", hint="The parameters cannot be read.")
    return pairs
