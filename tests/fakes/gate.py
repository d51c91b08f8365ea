"""A gate that refuses whom a test names."""

from typing import Any
from uuid import UUID

from limen.kernel.standing import Principal


class FixedGate:
    """`kernel.standing.Gate`: everybody may act but those refused."""

    def __init__(self) -> None:
        self._refused: dict[UUID, str] = {}

    def refuse(self, who: UUID, code: str) -> None:
        self._refused[who] = code

    async def refusal(self, reader: Any, principal: Principal) -> str | None:
        for who in (principal.user, principal.client, principal.session):
            if who in self._refused:
                return self._refused[who]
        return None
