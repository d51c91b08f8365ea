"""Access tokens that rest on a token of somebody's: no longer, no wider, and they end with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec

from limen.kernel.ids import UserId
from limen.kernel.uow import Tx
from limen.oauth.api import TOKEN_ISSUED
from limen.oauth.errors import InvalidGrant
from limen.oauth.grants import GrantServices, TokenRequest
from limen.oauth.issuing import Begun
from limen.oauth.model.resources import Catalog
from limen.oauth.model.rests import Rest
from limen.oauth.tokens import Draft, Issue


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a token comes from.

    `machine` is the client_id of a machine that another client's token is about.  `expires_at`
    (Unix seconds) is the end of what it rests on.  `told` goes into the fact.
    """

    via: tuple[Rest, ...]
    machine: str | None = None
    expires_at: int | None = None
    told: Mapping[str, object] = field(default_factory=dict[str, object])


async def derive(
    services: GrantServices,
    tx: Tx,
    request: TokenRequest,
    issue: Issue,
    catalog: Catalog,
    origin: Origin,
) -> Begun:
    """Decide the token, check all that it rests on, and record: in one unit.

    Raises InvalidGrant, having changed nothing.
    """
    draft = _derived(services.tokens.draft(request.tenant, issue, catalog), origin)
    for principal in draft.claims.principals:
        refusal = await services.gate.refusal(tx, principal)
        if refusal is not None:
            raise InvalidGrant(refusal, reason=refusal)
    draft = await services.tokens.keep(tx, draft)
    person = issue.person
    data: dict[str, object] = {
        "grant": request.parameters.get("grant_type"), "token": str(issue.token),
        "scope": issue.scope, **origin.told,
    }  # fmt: skip
    fact = TOKEN_ISSUED(
        ("client", request.client.id), data=data, person=UserId(person.user) if person else None
    )
    await services.recorder.record(tx, fact, request.cause)
    return Begun(draft=draft)


def _derived(draft: Draft, origin: Origin) -> Draft:
    claims = draft.claims
    changes: dict[str, object] = {"via": origin.via}
    if origin.expires_at is not None:
        changes["exp"] = min(claims.exp, origin.expires_at)
    if origin.machine is not None and origin.machine != claims.client_id:
        changes |= {"sub": origin.machine, "mac": True}
    return replace(draft, claims=msgspec.structs.replace(claims, **changes))
