"""The claims of an access token, and what it rests on (RFC 9068 §2.2)."""

from functools import cached_property
from typing import Any, cast
from uuid import UUID

import msgspec

from limen.kernel.standing import Principal
from limen.oauth.model.client_ids import id_of
from limen.oauth.model.confirmation import Confirmation
from limen.oauth.model.own import Own
from limen.oauth.model.rests import Rest


class AccessClaims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """What an access token says (RFC 9068 §2.2).

    Beside the standard's claims, `gid` is the grant and `fid` the refresh-token family that it
    rests on, so that it ends with them; `uic` are claims asked of userinfo by name.  A machine
    has neither; a token of an offline family has no `sid`, since it outlives the session.
    `cnf` is the key that must be proven beside it; `act` who acts for the subject, and
    `may_act` who may (RFC 8693 §4); `authorization_details` as granted (RFC 9396 §9.1).
    An exchanged token says in `via` what else it rests on, and in `mac` that its subject is a
    machine though another client holds it.  `own` is what a token with a pairwise subject rests
    on, sealed.
    What is derived is computed once: verified tokens are remembered.
    """

    iss: str
    sub: str
    aud: str | tuple[str, ...]
    exp: int
    iat: int
    jti: UUID
    client_id: str
    scope: str
    auth_time: int | None = None
    acr: str | None = None
    amr: tuple[str, ...] = ()
    sid: UUID | None = None
    gid: UUID | None = None
    fid: UUID | None = None
    uic: tuple[str, ...] = ()
    cnf: Confirmation | None = None
    act: dict[str, Any] | None = None
    may_act: dict[str, Any] | None = None
    authorization_details: tuple[dict[str, Any], ...] = ()
    via: tuple[Rest, ...] = ()
    mac: bool = False
    own: str | None = None
    status: dict[str, Any] | None = None

    @cached_property
    def audiences(self) -> frozenset[str]:
        return frozenset((self.aud,) if isinstance(self.aud, str) else self.aud)

    @cached_property
    def scopes(self) -> frozenset[str]:
        return frozenset(self.scope.split())

    @cached_property
    def kept(self) -> Own:
        """What it rests on.  `keep` says it of a token that has it sealed."""
        is_machine = self.mac or self.sub == self.client_id
        user = None if is_machine else UUID(self.sub)
        return Own(user=user, session=self.sid, via=self.via)

    def keep(self, **known: object) -> None:
        """Remember what was derived elsewhere, by the name of its property."""
        memory: dict[str, object] = cast("Any", self).__dict__
        memory.update(known)

    @property
    def is_known(self) -> bool:
        """True once it is known what it rests on."""
        return "kept" in self.__dict__

    @cached_property
    def user(self) -> UUID | None:
        """The person, None for a machine that speaks for itself."""
        return self.kept.user

    @cached_property
    def principal(self) -> Principal:
        """All that the token rests on.  A token of the local CLI has no client."""
        return Principal(
            user=self.user,
            session=self.kept.session,
            client=id_of(self.client_id),
            grant=self.gid,
            family=self.fid,
            token=self.jti,
        )

    @cached_property
    def principals(self) -> tuple[Principal, ...]:
        """All that must stand: one for nearly every token, more for an exchanged one."""
        return (self.principal, *(rest.principal for rest in self.kept.via))

    @cached_property
    def encoded(self) -> bytes:
        return msgspec.json.encode(self)
