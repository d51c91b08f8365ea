"""What a token rests on beside its own subject, client, session and grant."""

from uuid import UUID

import msgspec

from limen.kernel.standing import Principal
from limen.sessions.api import Family


class Rest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of the past of an exchanged token: while any of it may not act, nor may the token.

    `u`ser, `s`ession, `c`lient, `g`rant, `f`amily, `t`oken and trusted `i`ssuer, as ids.
    """

    u: UUID | None = None
    s: UUID | None = None
    c: UUID | None = None
    g: UUID | None = None
    f: UUID | None = None
    t: UUID | None = None
    i: UUID | None = None

    @property
    def principal(self) -> Principal:
        return Principal(
            user=self.u,
            session=self.s,
            client=self.c,
            grant=self.g,
            family=self.f,
            token=self.t,
            issuer=self.i,
        )


def rest_of(principal: Principal) -> Rest:
    return Rest(
        u=principal.user,
        s=principal.session,
        c=principal.client,
        g=principal.grant,
        f=principal.family,
        t=principal.token,
        i=principal.issuer,
    )


def principal_of(family: Family) -> Principal:
    """Return what a refresh token rests on; one for offline use outlives its session."""
    return Principal(
        user=family.user,
        session=None if family.offline else family.session,
        client=family.client,
        grant=family.grant,
        family=family.id,
    )
