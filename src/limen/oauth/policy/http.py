"""The API's handlers for the policy; the guard has asked for permission before."""

from collections.abc import Mapping
from dataclasses import dataclass

from limen.kernel.events import Recorder
from limen.kernel.uow import Tx
from limen.oauth.policy.policies import StoredPolicies
from limen.oauth.policy.ports import StoredPolicy
from limen.oauth.policy.usecases.change_policy import change_policy
from limen.oauth.policy.views import policy_view
from limen.platform.http.api import answer, expected_version
from limen.platform.http.messages import Handler, Request, Response


@dataclass(frozen=True, slots=True)
class PolicyApi:
    policies: StoredPolicies
    recorder: Recorder

    def handlers(self) -> Mapping[str, Handler]:
        return {"oauth_policy.get": self.get, "oauth_policy.update": self.update}

    async def get(self, request: Request) -> Response:
        return _answer(request, await self.policies.store.find(request.store))

    async def update(self, request: Request) -> Response:
        change = await request.json(dict[str, object])
        version = expected_version(request)

        async def work(tx: Tx) -> StoredPolicy:
            return await change_policy(
                tx, change, request.cause, version=version, policies=self.policies.store,
                snapshots=self.policies.snapshots, recorder=self.recorder,
            )  # fmt: skip

        return _answer(request, await request.store.transact(work))


def _answer(request: Request, found: StoredPolicy) -> Response:
    return answer(request, policy_view(found.policy), version=found.version)
