"""Make and withdraw initial access tokens."""

from datetime import timedelta
from uuid import UUID

from limen.kernel.errors import FieldError, Invalid, NotFound
from limen.kernel.events import Recorder
from limen.kernel.ids import new_id
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.oauth.model.scopes import OWN_SCOPES, is_management, is_scope
from limen.oauth.registration.api import REGISTRATION_TOKEN_CREATED, REGISTRATION_TOKEN_REVOKED
from limen.oauth.registration.model.terms import TokenTerms
from limen.oauth.registration.ports import InitialToken, InitialTokenStore
from limen.platform.crypto import digest_of, new_secret

MAX_USES = 100_000
MAX_LIFETIME = timedelta(days=366)


async def create_token(
    tx: Tx,
    cause: Cause,
    *,
    name: str,
    terms: TokenTerms,
    uses: int,
    lifetime: timedelta,
    tokens: InitialTokenStore,
    recorder: Recorder,
) -> tuple[InitialToken, str]:
    """Return the token and its text, shown once.  Raises Invalid with every wrong field."""
    errors = [*_numbers(uses, lifetime), *_name(name), *_terms(terms)]
    if errors:
        raise Invalid(*errors)
    token, secret = new_id(), new_secret()
    await tokens.add(
        tx, token, digest_of(secret), name=name, terms=terms, uses=uses, lifetime=lifetime
    )
    fact = REGISTRATION_TOKEN_CREATED(
        ("registration_token", token), data={"uses": uses, "terms": terms}
    )
    await recorder.record(tx, fact, cause)
    made = await tokens.get(tx, token)
    if made is None:  # pragma: no cover - it was added in this unit
        raise LookupError(token)
    return made, secret


def _numbers(uses: int, lifetime: timedelta) -> list[FieldError]:
    errors: list[FieldError] = []
    if not 1 <= uses <= MAX_USES:
        errors.append(FieldError("uses", "out_of_range", f"must be 1 to {MAX_USES}"))
    if not timedelta(seconds=60) <= lifetime <= MAX_LIFETIME:
        errors.append(FieldError("lifetime", "out_of_range", "must be 60 seconds to 366 days"))
    return errors


def _name(name: str) -> list[FieldError]:
    if len(name) > 200 or not name.isprintable():
        return [FieldError("name", "invalid", "must be at most 200 printable characters")]
    return []


def _terms(terms: TokenTerms) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, scope in enumerate((terms.scopes or ())[:100]):
        if not is_scope(scope) or is_management(scope) or scope in OWN_SCOPES:
            message = "is no scope, or a permission of this server, which no registration gives"
            errors.append(FieldError(f"scopes[{index}]", "not_allowed", message))
    for name in ("scopes", "grant_types", "redirect_hosts"):
        values: tuple[str, ...] = getattr(terms, name) or ()
        if len(values) > 100 or any(not 0 < len(value) <= 253 for value in values):
            errors.append(FieldError(name, "invalid", "at most 100 of 1 to 253 characters"))
    return errors


async def revoke_token(
    tx: Tx, token: UUID, cause: Cause, *, tokens: InitialTokenStore, recorder: Recorder
) -> None:
    """Withdraw it; what was registered with it stays.  Raises NotFound."""
    if not await tokens.revoke(tx, token):
        raise NotFound("no such token, or withdrawn already")
    await recorder.record(tx, REGISTRATION_TOKEN_REVOKED(("registration_token", token)), cause)
