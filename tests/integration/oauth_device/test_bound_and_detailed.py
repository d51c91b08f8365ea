"""Bound tokens and authorization_details, for devices as for everybody (RFC 9449, RFC 9396)."""

import json
from typing import Any

from tests.integration.oauth_device.conftest import GRANT_TYPE, Devices, decoded
from tests.support.dpop import ProofKey
from tests.support.oauth import Answer

from limen.kernel.ids import new_id
from limen.kernel.uow import Tx
from limen.oauth.api import ScopeText
from limen.oauth.model.resources import ApiSettings
from limen.oauth.options import ApiOptions, ClientOptions, DetailType
from limen.oauth.store.apis import SqlApis

BANK = "https://bank.example.com"


async def poll(devices: Devices, app: Any, code: str, *headers: tuple[str, str]) -> Answer:
    fields = {"grant_type": GRANT_TYPE, "device_code": code, **devices.provider.credentials(app)}
    return await devices.provider.token(fields, *headers)


async def test_tokens_are_bound_to_the_key_that_polls(devices: Devices) -> None:
    """R029, R030: the access token, and the refresh token of a device without a secret."""
    provider, app, key = devices.provider, devices.app, ProofKey(devices.provider)
    asked = await devices.approved(scope="openid offline_access")
    answer = await poll(devices, app, asked["device_code"], key.header())
    assert answer.status == 200, answer.body
    assert answer.json["token_type"] == "DPoP"
    assert decoded(answer.json["access_token"])["cnf"]["jkt"] == key.jkt
    assert (await provider.userinfo(answer.json["access_token"])).status == 401
    fields = {
        "grant_type": "refresh_token", "refresh_token": answer.json["refresh_token"],
        **provider.credentials(app),
    }  # fmt: skip
    assert (await provider.token(fields)).status == 400
    stranger = ProofKey(provider)
    assert (await provider.token(fields, stranger.header())).status == 400
    assert (await provider.token(fields, key.header())).status == 200


async def test_who_must_be_bound_gets_nothing_without_a_proof(devices: Devices) -> None:
    """R029: and the code is not used up by the attempt."""
    options = ClientOptions(dpop_bound_access_tokens=True)
    app = await devices.provider.client("device", name="Box", redirect_uris=[], options=options)
    asked = (await devices.ask(app)).json
    await devices.decide(asked["user_code"])
    assert (await poll(devices, app, asked["device_code"])).status == 400
    proven = ProofKey(devices.provider).header()
    assert (await poll(devices, app, asked["device_code"], proven)).status == 200


async def test_details_are_shown_and_granted(devices: Devices) -> None:
    """R012, RFC 9396 §2, §3: each field of them, in the words of the API; no more than allowed."""
    provider = devices.provider
    payment = DetailType(
        type="payment", title="Pay {amount} to {creditor}",
        schema={"properties": {"amount": {"type": "string"}, "creditor": {"type": "string"}}},
        asks_always=True,
    )  # fmt: skip
    chosen = ApiSettings(
        name="Bank", scopes=(ScopeText("bank", "Bank", ""),),
        options=ApiOptions(authorization_details_types=(payment,)),
    )  # fmt: skip

    async def work(tx: Tx) -> None:
        await SqlApis().add(tx, new_id(), BANK, chosen)
        await provider.snapshots.invalidate(tx, "apis", "all")

    await provider.store.transact(work)
    app = await provider.client(
        "device", name="Till", redirect_uris=[], scopes=["openid", "bank"],
        options=ClientOptions(authorization_details_types=("payment",)),
    )  # fmt: skip
    wanted = [{"type": "payment", "amount": "12.50", "creditor": "<b>Merchant</b>"}]
    asked = (await devices.ask(app, scope="openid", authorization_details=json.dumps(wanted))).json
    page = (await devices.visitor().get("/device", f"user_code={asked['user_code']}")).body.decode()
    assert "Pay 12.50 to &lt;b&gt;Merchant&lt;/b&gt;" in page
    await devices.decide(asked["user_code"])
    answer = await poll(devices, app, asked["device_code"])
    assert answer.json["authorization_details"] == wanted
    assert decoded(answer.json["access_token"])["authorization_details"] == wanted
    for wrong in ("[{}]", "x", '[{"type":"tax"}]', '[{"type":"payment","amount":5}]'):
        refused = await devices.ask(app, scope="openid", authorization_details=wrong)
        assert refused.json["error"] == "invalid_authorization_details", wrong
    other = await devices.ask(authorization_details=json.dumps(wanted))
    assert other.json["error"] == "invalid_authorization_details"
