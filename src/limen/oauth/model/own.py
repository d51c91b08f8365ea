"""What an access token rests on, as we know it ourselves."""

from uuid import UUID

import msgspec

from limen.oauth.model.rests import Rest


class Own(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The person, None for a machine that speaks for itself; their session; and what came before.

    A token with a pairwise subject carries it sealed: none of it may be read by the client.
    """

    user: UUID | None
    session: UUID | None = None
    via: tuple[Rest, ...] = ()
