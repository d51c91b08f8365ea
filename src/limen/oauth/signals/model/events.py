"""Which security events a fact is (CAEP 1.0, RISC 1.0).  Pure: a fact goes in, signals come out."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

_SCHEMAS: Final = "https://schemas.openid.net/secevent/"
URIS: Final[Mapping[str, str]] = {
    **{
        f"caep:{name}": f"{_SCHEMAS}caep/event-type/{name}"
        for name in (
            "session-revoked", "credential-change", "token-claims-change", "assurance-level-change",
        )
    },
    **{
        f"risc:{name}": f"{_SCHEMAS}risc/event-type/{name}"
        for name in (
            "account-disabled", "account-enabled", "account-purged", "credential-compromise",
            "account-credential-change-required", "identifier-changed", "recovery-activated",
            "recovery-information-changed",
        )
    },
}  # fmt: skip
"""What a stream can ask for: our short name of an event, and its URI."""

VERIFICATION: Final = "ssf:verification"
UPDATED: Final = "ssf:stream-updated"
OWN_URIS: Final[Mapping[str, str]] = {
    VERIFICATION: f"{_SCHEMAS}ssf/event-type/verification",
    UPDATED: f"{_SCHEMAS}ssf/event-type/stream-updated",
}
"""About the stream itself: sent whatever was asked for."""

KINDS: Final = {uri: kind for kind, uri in URIS.items()}


class LoggedFact(msgspec.Struct, frozen=True):
    """A sealed fact, as the log has it."""

    seq: int
    event_id: UUID
    name: str
    at: datetime
    actor_kind: str
    actor: UUID | None
    target: str | None
    person: UUID | None
    result: str
    data: str


class Signal(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event about a person: nothing personal in it but ids and names of fields."""

    kind: str
    details: dict[str, Any]
    session: UUID | None = None


Data = Mapping[str, Any]
Derive = Callable[[LoggedFact, Data], list[Signal]]


def signals_of(fact: LoggedFact) -> list[Signal]:
    """Return what a fact means to others; most mean nothing to them."""
    derive = _DERIVED.get(fact.name)
    if derive is None or fact.person is None or fact.result != "success":
        return []
    return derive(fact, msgspec.json.decode(fact.data))


def _initiated(fact: LoggedFact) -> dict[str, Any]:
    """Return who set it going (CAEP §2)."""
    if fact.actor_kind == "user":
        return {"initiating_entity": "user" if fact.actor == fact.person else "admin"}
    if fact.actor_kind in ("client", "local-cli"):
        return {"initiating_entity": "admin"}
    return {"initiating_entity": "user" if fact.actor_kind == "anonymous" else "policy"}


def _session_ended(fact: LoggedFact, data: Data) -> list[Signal]:
    details = {**_initiated(fact), "reason": str(data.get("reason", ""))}
    return [Signal("caep:session-revoked", details, _uuid(fact.target))]


def _session_renewed(fact: LoggedFact, data: Data) -> list[Signal]:
    details = {**_initiated(fact), "current_level": str(data.get("acr", ""))}
    return [Signal("caep:assurance-level-change", details, _uuid(fact.target))]


def _password_set(fact: LoggedFact, data: Data) -> list[Signal]:
    how = "create" if data.get("how") in ("sign_up", "imported") else "update"
    details = {**_initiated(fact), "credential_type": "password", "change_type": how}
    return [Signal("caep:credential-change", details)]


def _change_demanded(_: LoggedFact, __: Data) -> list[Signal]:
    """R075: a new password is demanded where the present one is known to others."""
    return [
        Signal("risc:credential-compromise", {"credential_type": "password"}),
        Signal("risc:account-credential-change-required", {}),
    ]


def _user_changed(fact: LoggedFact, data: Data) -> list[Signal]:
    fields = [_CLAIMS.get(name, name) for name in data.get("fields", ())]
    return [Signal("caep:token-claims-change", {**_initiated(fact), "claims": fields})]


def _email_changed(fact: LoggedFact, _: Data) -> list[Signal]:
    names = {"claims": ["email", "email_verified"]}
    return [
        Signal("risc:identifier-changed", {}),
        Signal("risc:recovery-information-changed", {}),
        Signal("caep:token-claims-change", {**_initiated(fact), **names}),
    ]


def _activated(_: LoggedFact, data: Data) -> list[Signal]:
    was_off = data.get("from") in ("suspended", "inactive")
    return [Signal("risc:account-enabled", {})] if was_off else []


def _only(kind: str) -> Derive:
    def derive(_: LoggedFact, __: Data) -> list[Signal]:
        return [Signal(kind, {})]

    return derive


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


_CLAIMS: Final = {"username": "preferred_username"}
_DERIVED: Final[Mapping[str, Derive]] = {
    "session.ended": _session_ended,
    "session.renewed": _session_renewed,
    "password.set": _password_set,
    "password.change_demanded": _change_demanded,
    "password_reset.requested": _only("risc:recovery-activated"),
    "user.changed": _user_changed,
    "user.suspended": _only("risc:account-disabled"),
    "user.deactivated": _only("risc:account-disabled"),
    "user.activated": _activated,
    "user.deleted": _only("risc:account-purged"),
    "email.changed": _email_changed,
    "email.verified": _only("risc:recovery-information-changed"),
    "email.removed": _only("risc:recovery-information-changed"),
}
FACTS: Final = tuple(sorted(_DERIVED))
"""The facts that mean something to others."""
