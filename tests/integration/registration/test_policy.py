"""The policy of a tenant over its applications, through the management API."""

import asyncio
import json
from typing import Any

import msgspec
import pytest
from tests.support.oauth import CAUSE, Answer, Provider

from limen.kernel.errors import Invalid, Stale
from limen.kernel.uow import Tx
from limen.oauth.options import OAuthPolicy
from limen.oauth.policy.policies import StoredPolicies
from limen.oauth.policy.ports import StoredPolicy
from limen.oauth.policy.store import SqlPolicies
from limen.oauth.policy.usecases.change_policy import change_policy

PATH = "/api/v1/oauth-policy"


class NoFacts:
    async def record(self, tx: Any, fact: Any, cause: Any) -> None: ...


async def administrator(provider: Provider) -> str:
    client = await provider.client("m2m", scopes=["settings:read", "settings:write"])
    await provider.role(client)
    return (await provider.machine_token(client, scope="settings:read settings:write"))[
        "access_token"
    ]


async def change(provider: Provider, token: str, body: Any, **headers: str) -> Answer:
    return await provider.api_call(token, "PATCH", PATH, body, **headers)


async def test_a_policy_is_the_defaults_until_somebody_chooses(provider: Provider) -> None:
    """R057, R115: registration needs a token by default; every field is shown."""
    token = await administrator(provider)
    shown = await provider.api_call(token, "GET", PATH)
    assert shown.status == 200
    assert shown.headers["etag"] == '"0"'
    defaults = {name: getattr(OAuthPolicy(), name) for name in OAuthPolicy.__struct_fields__}
    assert shown.json["data"] == json.loads(msgspec.json.encode(defaults))
    assert shown.json["data"]["registration"] == "token"
    assert shown.json["data"]["client_id_metadata_documents"] is False


async def test_fields_are_merged_and_null_is_the_default(provider: Provider) -> None:
    token = await administrator(provider)
    await provider.api()
    first = await change(
        provider, token, {"registration": "open", "registration_scopes": ["orders:read"]}
    )
    assert first.status == 200, first.body
    assert first.headers["etag"] == '"1"'
    second = await change(provider, token, {"registration": None}, **{"if-match": '"1"'})
    assert second.json["data"]["registration"] == "token"
    assert second.json["data"]["registration_scopes"] == ["orders:read"]
    stale = await change(provider, token, {"registration": "open"}, **{"if-match": '"1"'})
    assert (stale.status, stale.json["code"]) == (412, "stale")
    changed = [fact["changed"] for fact in await provider.data("oauth_policy.changed")]
    assert changed == [["registration", "registration_scopes"], ["registration"]]


async def test_a_change_is_seen_at_once(provider: Provider) -> None:
    """R116: what is remembered is forgotten with the change."""
    policies = StoredPolicies(SqlPolicies(), provider.snapshots)
    assert (await policies.of(provider.store)).registration == "token"
    token = await administrator(provider)
    await change(provider, token, {"registration": "closed"})
    await provider.snapshots.poll()
    assert (await policies.of(provider.store)).registration == "closed"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"registration": "maybe"}, "registration"),
        ({"unheard_of": 1}, "unheard_of"),
        ({"registration_scopes": ["users:write"]}, "registration_scopes[0]"),
        ({"registration_scopes": ["account:write"]}, "registration_scopes[0]"),
        ({"registration_scopes": ["a b"]}, "registration_scopes[0]"),
        ({"registration_scopes": ["a", "a"]}, "registration_scopes"),
        ({"registration_scopes": ["a"] * 101}, "registration_scopes"),
        ({"registration_redirect_hosts": ["*"]}, "registration_redirect_hosts[0]"),
        ({"registration_redirect_hosts": ["*.com/x"]}, "registration_redirect_hosts[0]"),
        ({"registration_redirect_hosts": ["еxample.com"]}, "registration_redirect_hosts[0]"),
        ({"client_id_metadata_hosts": ["https://a.example"]}, "client_id_metadata_hosts[0]"),
        ({"registration_max_clients": -1}, "registration_max_clients"),
        ({"registration_unused_lifetime": 1}, "registration_unused_lifetime"),
        ({"registration_grant_types": [""]}, "registration_grant_types"),
        ({"software_statement_issuers": [{"issuer": "x"}]}, "software_statement_issuers[0]"),
        (
            {"software_statement_issuers": [{"issuer": "x", "jwks_uri": "http://10.0.0.1/"}]},
            "software_statement_issuers[0].jwks_uri",
        ),
    ],
)
async def test_what_a_policy_cannot_be(provider: Provider, body: Any, field: str) -> None:
    """R056, A023: least of all may it give permissions of this server to anybody."""
    token = await administrator(provider)
    answer = await change(provider, token, body)
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert [error["field"] for error in answer.json["errors"]] == [field]
    shown = await provider.api_call(token, "GET", PATH)
    assert shown.headers["etag"] == '"0"'


async def test_two_changes_at_once_are_two_or_one_is_stale(provider: Provider) -> None:
    async def one(number: int) -> bool:
        async def work(tx: Tx) -> StoredPolicy:
            return await change_policy(
                tx, {"registration_max_clients": number}, CAUSE, version=0,
                policies=SqlPolicies(), snapshots=provider.snapshots, recorder=NoFacts(),
            )  # fmt: skip

        try:
            await provider.store.transact(work)
        except (Stale, Invalid):
            return False
        return True

    won = await asyncio.gather(*(one(number) for number in range(8)))
    assert won.count(True) == 1
    assert (await SqlPolicies().find(provider.store)).version == 1


async def test_a_policy_is_its_tenants_own(provider: Provider) -> None:
    """R118: another tenant's policy is not changed, nor seen."""
    token = await administrator(provider)
    await change(provider, token, {"registration": "open"})
    acme = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    policies = StoredPolicies(SqlPolicies(), provider.snapshots)
    assert (await policies.of(acme.store)).registration == "token"
    assert (await policies.of(provider.store)).registration == "open"
