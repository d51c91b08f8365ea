"""An API that is deleted gets no further token, whoever was allowed what before (A033)."""

from urllib.parse import urlencode

import pytest
from tests.support import decoupled
from tests.support.exchange import EXCHANGE, exchange
from tests.support.issuers import JWT_BEARER, ForeignIssuer
from tests.support.oauth import Answer, Provider
from tests.support.world import World

from limen.oauth.api import Client
from limen.oauth.options import ClientOptions

VAULT, SHOP = "https://vault.example.com", "https://shop.example.com"
GONE = (400, "invalid_target")


async def opened(world: World, token_format: str) -> tuple[Provider, Client]:
    """Return an application that may have tokens for two APIs in every way."""
    provider = world.home.provider
    await provider.api(VAULT, ("vault:read",), token_format=token_format)
    await provider.api(SHOP, ("shop:read",))
    app = await provider.client(
        "web", name="Target", skip_consent=True, audiences=[VAULT, SHOP],
        grant_types=["authorization_code", "refresh_token", "client_credentials",
                     decoupled.DEVICE, decoupled.CIBA, EXCHANGE, JWT_BEARER],
        scopes=["openid", "offline_access", "vault:read", "shop:read"],
        options=ClientOptions(token_exchange_audiences=(VAULT,)),
    )  # fmt: skip
    return provider, app


async def delete(world: World, identifier: str) -> None:
    provider, token = world.home.provider, world.home.admin_token
    listed = await provider.api_call(token, "GET", "/api/v1/apis")
    found = next(one["id"] for one in listed.json["data"] if one["identifier"] == identifier)
    assert (await provider.api_call(token, "DELETE", f"/api/v1/apis/{found}")).status == 204


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json.get("error", "")


@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
async def test_no_grant_makes_a_token_for_a_deleted_api(world: World, token_format: str) -> None:
    """A033, R042, R056: codes, refresh tokens, approvals, tokens that were made before."""
    provider, app = await opened(world, token_format)
    browser, session = await provider.sign_in(world.home.person)
    held = await provider.tokens(app, browser, resource=VAULT, scope="openid vault:read")
    code = await provider.code(app, browser, resource=VAULT)
    device = await decoupled.device_code(provider, app, browser, session, resource=VAULT)
    backchannel = await decoupled.request_id(
        provider, app, browser, "ada@example.com", resource=VAULT
    )
    idp = ForeignIssuer(provider)
    await idp.trust(scopes=["openid", "vault:read"])
    await idp.link(world.home.person)
    api = await provider.client("m2m", name="The vault", audiences=[VAULT, SHOP])
    assert (await provider.introspect(api, held["access_token"]))["active"] is True
    await delete(world, VAULT)
    mine = provider.credentials(app)
    refresh = {"grant_type": "refresh_token", "refresh_token": held["refresh_token"], **mine}
    bearer = {"grant_type": JWT_BEARER, "assertion": idp.token(), **mine}
    machine = {"grant_type": "client_credentials", "resource": VAULT, **mine}
    answers = {
        "refresh": await provider.token(refresh),
        "refresh, named": await provider.token(refresh | {"resource": VAULT}),
        "machine": await provider.token(machine),
        "exchange": await exchange(provider, app, held["access_token"], audience=VAULT),
        "exchange, unnamed": await exchange(provider, app, held["access_token"], audience=None),
        "bearer": await provider.token(bearer | {"resource": VAULT}),
        "device": await decoupled.poll_device(provider, app, device),
        "ciba": await decoupled.poll_ciba(provider, app, backchannel),
        "code": await provider.token(provider.redemption(app, code)),
    }
    assert {name: refusal(answer) for name, answer in answers.items()} == dict.fromkeys(
        answers, GONE
    )
    told = await provider.authorize(provider.authorization(app, resource=VAULT), browser)
    assert told.query["error"] == "invalid_target"


async def test_what_is_for_nothing_else_is_inactive(world: World) -> None:
    """A033, R048: a machine's token for a deleted API; one for another API goes on."""
    provider, app = await opened(world, "jwt")
    gone = (await provider.machine_token(app, resource=VAULT))["access_token"]
    kept = (await provider.machine_token(app, resource=SHOP))["access_token"]
    api = await provider.client("m2m", name="Both", audiences=[VAULT, SHOP])
    await delete(world, VAULT)
    for asker in (app, api):
        assert await provider.introspect(asker, gone) == {"active": False}
        assert (await provider.introspect(asker, kept))["active"] is True


async def test_the_other_apis_of_a_grant_go_on(world: World) -> None:
    """R031: what was granted for two is narrowed to the one that is left, by its name."""
    provider, app = await opened(world, "jwt")
    asked = provider.authorization(app, scope="openid vault:read shop:read")
    query = f"{urlencode(asked)}&{urlencode({'resource': VAULT})}&{urlencode({'resource': SHOP})}"
    answer = await provider.authorize(query, world.home.browser)
    held = (await provider.token(provider.redemption(app, answer.query["code"]))).json
    await delete(world, VAULT)
    fields = {"grant_type": "refresh_token", "refresh_token": held["refresh_token"],
              **provider.credentials(app)}  # fmt: skip
    assert refusal(await provider.token(fields)) == GONE
    assert (await provider.token(fields | {"resource": SHOP})).status == 200
