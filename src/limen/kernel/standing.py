"""The one gate: may this principal still act?  (security.md, design rule 1)

Everything that produces or accepts a session or a token asks it.  Each context declares
what it knows as a part (`platform.db.standing`); `app.py` composes the parts into one
query, so that a check costs one read however many contexts take part.
"""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from limen.kernel.uow import Reader


@dataclass(frozen=True, slots=True)
class Principal:
    """Everything that an action rests on; None where it does not rest on such a thing.

    `issuer` is a trusted issuer of others' tokens, on whose word something was issued.
    """

    user: UUID | None = None
    session: UUID | None = None
    client: UUID | None = None
    grant: UUID | None = None
    family: UUID | None = None
    token: UUID | None = None
    issuer: UUID | None = None


class Gate(Protocol):
    async def refusal(self, reader: Reader, principal: Principal) -> str | None:
        """Return why `principal` may not act (a permanent code), or None if it may.

        An id that is unknown in the reader's tenant is a refusal too: absent = refuse.
        """
        ...
