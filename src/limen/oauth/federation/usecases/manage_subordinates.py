"""Take an entity into our federation, change what we say of it, let it go."""

from typing import Any, Final
from uuid import UUID

import msgspec

from limen.kernel.errors import FieldError, Invalid, NotFound, Stale
from limen.kernel.events import Recorder
from limen.kernel.ids import new_id
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.oauth.federation.api import (
    SUBORDINATE_CHANGED,
    SUBORDINATE_CREATED,
    SUBORDINATE_DELETED,
)
from limen.oauth.federation.model.entities import is_entity, is_key_set
from limen.oauth.federation.model.policies import PolicyError, merge_all
from limen.oauth.federation.model.statements import MAX_SIZE, Constraints
from limen.oauth.federation.ports import Subordinate, SubordinateSettings, SubordinateStore

_TARGET: Final = "federation_subordinate"


async def get_subordinate(
    tx: Tx, subordinate: UUID, *, subordinates: SubordinateStore
) -> Subordinate:
    """Raises NotFound."""
    found = await subordinates.find(tx, subordinate)
    if found is None:
        raise NotFound("no such subordinate")
    return found


async def add_subordinate(
    tx: Tx,
    entity: str,
    settings: SubordinateSettings,
    cause: Cause,
    *,
    own: str,
    subordinates: SubordinateStore,
    recorder: Recorder,
) -> Subordinate:
    """Raises Invalid with every wrong field, and UniqueConflict."""
    errors = wrong_fields(settings)
    if entity == own or not is_entity(entity, dev=True):
        errors.append(FieldError("entity_id", "invalid", "must be another's https address"))
    if errors:
        raise Invalid(*errors)
    subordinate = new_id()
    await subordinates.add(tx, subordinate, entity, settings)
    fact = SUBORDINATE_CREATED((_TARGET, subordinate), data={"entity_id": entity})
    await recorder.record(tx, fact, cause)
    return await get_subordinate(tx, subordinate, subordinates=subordinates)


async def change_subordinate(
    tx: Tx,
    before: Subordinate,
    settings: SubordinateSettings,
    cause: Cause,
    *,
    enabled: bool,
    subordinates: SubordinateStore,
    recorder: Recorder,
) -> Subordinate:
    """Raises Invalid, and Stale where somebody changed it after `before` was read."""
    errors = wrong_fields(settings)
    if errors:
        raise Invalid(*errors)
    if not await subordinates.change(
        tx, before.id, version=before.version, enabled=enabled, settings=settings
    ):
        raise Stale("changed meanwhile")
    data = {"entity_id": before.entity_id, "enabled": enabled}
    await recorder.record(tx, SUBORDINATE_CHANGED((_TARGET, before.id), data=data), cause)
    return await get_subordinate(tx, before.id, subordinates=subordinates)


async def remove_subordinate(
    tx: Tx,
    subordinate: UUID,
    cause: Cause,
    *,
    subordinates: SubordinateStore,
    recorder: Recorder,
) -> None:
    """Say nothing more of it: statements that it has still count to their end.  Raises NotFound."""
    before = await get_subordinate(tx, subordinate, subordinates=subordinates)
    if not await subordinates.remove(tx, subordinate):
        raise NotFound("no such subordinate")
    fact = SUBORDINATE_DELETED((_TARGET, subordinate), data={"entity_id": before.entity_id})
    await recorder.record(tx, fact, cause)


def wrong_fields(settings: SubordinateSettings) -> list[FieldError]:
    """Return what would make a statement that nobody can believe."""
    found: list[FieldError] = []
    if _is_private(settings.jwks):
        found.append(FieldError("jwks", "private", "must hold no private key"))
    elif not is_key_set(settings.jwks):
        found.append(FieldError("jwks", "invalid", "must hold public keys, each with a kid"))
    if len(settings.name) > 200:
        found.append(FieldError("name", "too_long", "at most 200 characters"))
    try:
        merge_all([(settings.metadata_policy or {}, ())])
    except PolicyError as error:
        found.append(FieldError("metadata_policy", "invalid", str(error)[:200]))
    try:
        msgspec.convert(settings.constraints or {}, Constraints)
    except msgspec.ValidationError as error:
        found.append(FieldError("constraints", "invalid", str(error)[:200]))
    if len(msgspec.json.encode(settings)) > MAX_SIZE // 4:
        found.append(FieldError("metadata", "too_long", "all together at most 16 KB"))
    return found


def _is_private(jwks: dict[str, Any]) -> bool:
    keys = jwks.get("keys")
    return isinstance(keys, list) and any(
        isinstance(key, dict) and ("d" in key or "k" in key)
        for key in keys  # pyright: ignore[reportUnknownVariableType] - looked at here
    )
