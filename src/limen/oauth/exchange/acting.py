"""Who acts for whom in the new token (RFC 8693 §1.1, §4.1, §4.4)."""

from limen.oauth.api import Client
from limen.oauth.exchange import model
from limen.oauth.exchange.parties import Party, unacceptable


def acting(client: Client, subject: Party, actor: Party | None) -> model.Act | None:
    """Return the `act` of the new token: whoever acts now, then whoever acted before.

    Without an actor token the client itself acts, unless the token was its own already or it
    may impersonate.  Raises InvalidRequest for who may not act, and for too long a chain.
    """
    if actor is not None and actor.act is not None:
        raise unacceptable("acted_for", "actor")
    now = _now(client, subject, actor)
    who = now or {"sub": client.client_id}
    is_own = actor is None and subject.client_id == client.client_id
    if subject.may_act is not None and not is_own and not model.is_allowed(subject.may_act, who):
        raise unacceptable("may_act", "actor" if actor else "subject")
    act = subject.act if now is None else model.nested(now, subject.act)
    if model.depth(act) > model.MAX_ACTS:
        raise unacceptable("act_too_deep", "subject")
    return act


def _now(client: Client, subject: Party, actor: Party | None) -> model.Act | None:
    if actor is not None:
        return actor.actor
    if subject.client_id == client.client_id or client.options.token_exchange_impersonation:
        return None
    return {"sub": client.client_id}
