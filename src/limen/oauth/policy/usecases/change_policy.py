"""Change what a tenant asks of its applications."""

from collections.abc import Mapping

from limen.kernel.errors import Stale
from limen.kernel.events import Recorder
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.oauth.policy.api import OAUTH_POLICY_CHANGED
from limen.oauth.policy.model import merge
from limen.oauth.policy.ports import Invalidator, PolicyStore, StoredPolicy

SNAPSHOT = "oauth_policy"


async def change_policy(
    tx: Tx,
    change: Mapping[str, object],
    cause: Cause,
    *,
    version: int | None,
    policies: PolicyStore,
    snapshots: Invalidator,
    recorder: Recorder,
) -> StoredPolicy:
    """Merge `change` in; None goes back to a default.

    Raises Invalid and Stale, having changed nothing.
    """
    before = await policies.find(tx)
    if version not in (None, before.version):
        raise Stale(f"the policy has version {before.version}, not {version}")
    merged = merge(before.policy, change)
    if not await policies.save(tx, merged, version=before.version):
        raise Stale("changed by somebody else meanwhile")
    await snapshots.invalidate(tx, SNAPSHOT, "")
    fact = OAUTH_POLICY_CHANGED(data={"changed": sorted(change)})
    await recorder.record(tx, fact, cause)
    return StoredPolicy(merged, before.version + 1)
