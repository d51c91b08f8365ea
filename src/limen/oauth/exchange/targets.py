"""Whom a new token is for and what it may hold: never wider than the old one (R031, R042, R056)."""

from limen.oauth.api import Client
from limen.oauth.errors import InvalidScope, InvalidTarget
from limen.oauth.exchange.parties import Party
from limen.oauth.grants import TokenRequest
from limen.oauth.model.resources import MAX_RESOURCES, Catalog, management_audiences
from limen.oauth.model.scopes import OFFLINE, OPENID, parse_scope


def targets(request: TokenRequest, subject: Party, catalog: Catalog) -> tuple[str, ...]:
    """Return the resources of the new token; none stands for our own endpoints.

    The client's list allows them; a token of its own may also keep the audiences that it has.
    Raises InvalidTarget.
    """
    client, issuer = request.client, request.tenant.issuer
    named = tuple(dict.fromkeys((*request.parameters.resources, *request.parameters.audiences)))
    kept = _kept(client, subject, issuer)
    wanted = named or _unasked(client, kept)
    if len(wanted) > MAX_RESOURCES:
        raise InvalidTarget(f"{len(wanted)} targets", hint="Too many resources and audiences.")
    ours = management_audiences(issuer)
    for target in wanted:
        if target not in kept and target not in client.options.token_exchange_audiences:
            raise InvalidTarget(f"{target[:200]!r} is not allowed", reason="target_not_allowed")
        if target not in ours and target not in catalog.by_identifier:
            raise InvalidTarget(f"{target[:200]!r} is no API", reason="target_unknown")
        if target in ours and _is_another_machine(client, subject):
            raise InvalidTarget("a machine's", reason="target_not_for_machines")
    return () if wanted == (issuer,) and issuer in kept else wanted


def _kept(client: Client, subject: Party, issuer: str) -> frozenset[str]:
    if subject.client_id != client.client_id:
        return frozenset()
    return subject.audiences or frozenset((issuer,))


def _unasked(client: Client, kept: frozenset[str]) -> tuple[str, ...]:
    """Return what is meant where nothing is named: what there was, or the only one allowed."""
    allowed = client.options.token_exchange_audiences
    if not kept and len(allowed) != 1:
        raise InvalidTarget("none named", hint="Name the audience or resource.",
                            reason="target_missing")  # fmt: skip
    return tuple(sorted(kept)) or allowed


def _is_another_machine(client: Client, subject: Party) -> bool:
    """Our own endpoints judge a machine by its roles: nobody borrows another's (R117)."""
    return subject.machine is not None and subject.machine != client.client_id


def scope_of(request: TokenRequest, subject: Party, resources: tuple[str, ...]) -> tuple[str, ...]:
    """Return what the subject's token holds and the client may have, or the part that is asked.

    Raises InvalidScope where more is asked.
    """
    client = request.client
    held = tuple(s for s in subject.scope if s != OFFLINE and s in client.scopes)
    if resources and request.tenant.issuer not in resources:
        held = tuple(s for s in held if s != OPENID)  # it would add our userinfo to `aud`
    text = request.parameters.get("scope")
    if text is None:
        return held
    asked = parse_scope(text)
    if not set(asked) <= set(held):
        raise InvalidScope("wider than the subject's", reason="scope_widened")
    return asked
