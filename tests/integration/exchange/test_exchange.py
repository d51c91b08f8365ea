"""Token exchange as it is meant: narrower, for another API, with who acts (RFC 8693)."""

import pytest
from tests.support.exchange import EXCHANGE, ORDERS, STOCK, TYPE, chain, exchange, refusal, service
from tests.support.oauth import Provider, decoded, header_of


async def test_a_service_acts_on_behalf_of_a_person(provider: Provider) -> None:
    """R027, R028, R117: the person stays the subject, the service is named as who acts."""
    case = await chain(provider)
    answer = await case.exchange()
    assert answer.status == 200, (answer.body, await provider.reasons("token.refused"))
    assert answer.json["issued_token_type"] == TYPE + "access_token"
    assert (answer.json["token_type"], answer.json["scope"]) == ("Bearer", "read")
    assert "refresh_token" not in answer.json
    assert "id_token" not in answer.json
    assert answer.headers["cache-control"] == "no-store"
    before, claims = decoded(case.token), decoded(answer.json["access_token"])
    assert header_of(answer.json["access_token"])["typ"] == "at+jwt"
    assert claims["sub"] == before["sub"] == str(case.person.id)
    assert (claims["client_id"], claims["aud"]) == (case.orders.client_id, STOCK)
    assert claims["act"] == {"sub": case.orders.client_id}
    assert claims["exp"] <= before["exp"]
    assert claims["sid"] == before["sid"]
    fact = (await provider.data("token.issued"))[-1]
    assert (fact["grant"], fact["actor"]) == (EXCHANGE, case.orders.client_id)


async def test_introspection_shows_who_acts(provider: Provider) -> None:
    """R048: to the client that holds it, and to the API that it is for; to nobody else."""
    case = await chain(provider)
    token = (await case.exchange()).json["access_token"]
    stock = await provider.client("m2m", name="Stock", audiences=[STOCK])
    for client in (case.orders, stock):
        shown = await provider.introspect(client, token)
        assert (shown["active"], shown["sub"]) == (True, str(case.person.id))
        assert shown["act"] == {"sub": case.orders.client_id}
    assert await provider.introspect(case.shop, token) == {"active": False}


async def test_a_chain_of_services_is_nested(provider: Provider) -> None:
    """R117: whoever acts now is outside, whoever acted before inside (§4.1)."""
    case = await chain(provider)
    first = (await case.exchange()).json["access_token"]
    third = "https://ledger.example.com"
    await provider.api(third, scopes=("read",))
    stock = await service(
        provider, name="Stock", audiences=[STOCK], options={"token_exchange_audiences": (third,)}
    )
    answer = await exchange(provider, stock, first, audience=third)
    claims = decoded(answer.json["access_token"])
    assert claims["act"] == {"sub": stock.client_id, "act": {"sub": case.orders.client_id}}
    assert (claims["aud"], claims["sub"]) == (third, str(case.person.id))
    assert (await provider.introspect(stock, answer.json["access_token"]))["active"] is True


async def test_an_actor_token_says_who_acts(provider: Provider) -> None:
    """Delegation: the actor of the token, not the client, and the shorter life of both."""
    case = await chain(provider)
    agent = await provider.person("agent@example.com")
    secret, _ = await provider.sign_in(agent)
    provider.clock.advance(60)
    acting = await provider.tokens(case.shop, secret, scope="openid", resource=ORDERS)
    answer = await case.exchange(
        actor_token=acting["access_token"], actor_token_type=TYPE + "access_token"
    )
    assert answer.status == 200, (answer.body, await provider.reasons("token.refused"))
    claims = decoded(answer.json["access_token"])
    assert claims["act"] == {"sub": str(agent.id), "client_id": case.shop.client_id}
    assert claims["sub"] == str(case.person.id)
    assert claims["exp"] == decoded(case.token)["exp"]
    machine = (await provider.machine_token(case.orders))["access_token"]
    answer = await case.exchange(actor_token=machine, actor_token_type=TYPE + "jwt")
    assert decoded(answer.json["access_token"])["act"] == {"sub": case.orders.client_id}


async def test_impersonation_is_for_who_may(provider: Provider) -> None:
    """A client that may impersonate gets the person's token as it were its own."""
    case = await chain(provider, options={"token_exchange_impersonation": True})
    claims = decoded((await case.exchange()).json["access_token"])
    assert "act" not in claims
    assert claims["sub"] == str(case.person.id)
    assert claims["client_id"] == case.orders.client_id


async def test_a_client_narrows_its_own_token(provider: Provider) -> None:
    """R027: less scope, the same audience, and nobody acts for anybody."""
    case = await chain(provider)
    options = {"token_exchange_audiences": ()}
    own = await service(provider, options=options)
    token = (await provider.machine_token(own))["access_token"]
    answer = await exchange(provider, own, token, audience=None, scope="read")
    claims = decoded(answer.json["access_token"])
    assert (claims["sub"], claims["scope"]) == (own.client_id, "read")
    assert claims["aud"] == provider.tenant.issuer
    assert "act" not in claims
    assert (await provider.introspect(own, answer.json["access_token"]))["active"] is True
    bound = (await provider.machine_token(own, resource=ORDERS))["access_token"]
    kept = decoded((await exchange(provider, own, bound, audience=None)).json["access_token"])
    assert (kept["aud"], kept["scope"]) == (ORDERS, "read write")
    wider = await exchange(provider, own, bound, audience=STOCK)
    assert refusal(wider) == (400, "invalid_target")
    assert case.token


async def test_a_machine_s_token_stays_the_machine_s(provider: Provider) -> None:
    """R117: the subject is a client that another client acts for, and never a person."""
    case = await chain(provider)
    caller = await provider.client("m2m", name="Caller", scopes=["read"])
    token = (await provider.machine_token(caller, resource=ORDERS))["access_token"]
    answer = await exchange(provider, case.orders, token)
    assert answer.status == 200, (answer.body, await provider.reasons("token.refused"))
    claims = decoded(answer.json["access_token"])
    assert (claims["sub"], claims["client_id"]) == (caller.client_id, case.orders.client_id)
    shown = await provider.introspect(case.orders, answer.json["access_token"])
    assert (shown["active"], shown["act"]) == (True, {"sub": case.orders.client_id})
    assert (await provider.userinfo(answer.json["access_token"])).status == 401


async def test_a_machine_is_not_borrowed_for_our_own_api(provider: Provider) -> None:
    """R117, A023: what its roles allow is for itself alone."""
    own = provider.tenant.issuer
    for target in (own, own + "/api/v1"):
        options = {"token_exchange_audiences": (STOCK, target)}
        case_orders = await service_with_api(provider, options)
        caller = await provider.client("m2m", name="Caller", scopes=["read"])
        token = (await provider.machine_token(caller, resource=ORDERS))["access_token"]
        answer = await exchange(provider, case_orders, token, audience=target)
        assert refusal(answer) == (400, "invalid_target")
        alone = await service_with_api(provider, {"token_exchange_audiences": (target,)})
        unsaid = await exchange(provider, alone, token, audience=None)
        assert refusal(unsaid) == (400, "invalid_target"), "the only target there is, unnamed"


async def test_the_only_audience_must_still_be_an_api(provider: Provider) -> None:
    """R042: whoever names no target gets no token for an API that was deleted meanwhile."""
    case = await chain(provider)
    gone = await service(provider, options={"token_exchange_audiences": ("https://gone.example",)})
    for audience in (None, "https://gone.example"):
        answer = await case.exchange(gone, audience=audience, **provider.credentials(gone))
        assert refusal(answer) == (400, "invalid_target")


async def service_with_api(provider: Provider, options: dict[str, object]) -> "object":
    if ORDERS not in [a.identifier for a in await all_apis(provider)]:
        for api in (ORDERS, STOCK):
            await provider.api(api, scopes=("read", "write"))
    return await service(provider, options=options)


async def all_apis(provider: Provider) -> list[object]:
    from limen.oauth.store.apis import SqlApis

    return await SqlApis().all(provider.store)


@pytest.mark.parametrize("kind", ["id_token", "jwt"])
async def test_an_id_token_is_worth_what_its_person_allowed(provider: Provider, kind: str) -> None:
    """R041: exchanged by its own client for what was consented; as a mere JWT it is nothing."""
    await provider.api(STOCK, scopes=("read", "write"))
    web = await provider.client(
        "web", name="Web", skip_consent=True, scopes=["openid", "read", "write"],
        grant_types=["authorization_code", EXCHANGE], options=options_of(STOCK),
    )  # fmt: skip
    secret, _ = await provider.sign_in(await provider.person())
    issued = await provider.tokens(web, secret, scope="openid read")
    answer = await exchange(provider, web, issued["id_token"], subject_token_type=TYPE + kind)
    if kind == "jwt":
        assert refusal(answer) == (400, "invalid_request")
        return
    claims = decoded(answer.json["access_token"])
    assert (claims["aud"], claims["scope"]) == (STOCK, "read")
    assert "act" not in claims
    wider = await exchange(
        provider, web, issued["id_token"], subject_token_type=TYPE + kind, scope="write"
    )
    assert refusal(wider) == (400, "invalid_scope")


def options_of(*audiences: str) -> object:
    from limen.oauth.options import ClientOptions

    return ClientOptions(token_exchange_audiences=audiences)


async def test_a_refresh_token_is_a_subject_while_it_is_current(provider: Provider) -> None:
    """R031, R032: its own client's, not rotated by it, and a used one is nothing."""
    await provider.api(STOCK, scopes=("read",))
    web = await provider.client(
        "web", name="Web", skip_consent=True, scopes=["openid", "offline_access", "read"],
        grant_types=["authorization_code", "refresh_token", EXCHANGE], options=options_of(STOCK),
    )  # fmt: skip
    secret, _ = await provider.sign_in(await provider.person())
    issued = await provider.tokens(web, secret, scope="openid offline_access read")
    first, kind = issued["refresh_token"], TYPE + "refresh_token"
    answer = await exchange(provider, web, first, subject_token_type=kind)
    claims = decoded(answer.json["access_token"])
    assert (claims["aud"], claims["scope"]) == (STOCK, "read")
    assert "sid" not in claims
    fields = {"grant_type": "refresh_token", "refresh_token": first, **provider.credentials(web)}
    assert (await provider.token(fields)).status == 200
    again = await exchange(provider, web, first, subject_token_type=kind)
    assert refusal(again) == (400, "invalid_request")
    assert (await provider.reasons("token.refused"))[-1] == "subject_token_unknown"


async def test_an_id_token_is_asked_for(provider: Provider) -> None:
    """R045: for the client itself, with who acts in it, no longer than the subject's token."""
    case = await chain(
        provider, scopes=["openid", "read"],
        options={"token_exchange_audiences": (STOCK, provider.tenant.issuer)},
    )  # fmt: skip
    answer = await case.exchange(requested_token_type=TYPE + "id_token", audience=None)
    assert answer.status == 200, (answer.body, await provider.reasons("token.refused"))
    assert answer.json["token_type"] == "N_A"
    assert answer.json["issued_token_type"] == TYPE + "id_token"
    claims = decoded(answer.json["access_token"])
    assert claims["aud"] == claims["azp"] == case.orders.client_id
    assert claims["act"] == {"sub": case.orders.client_id}
    assert claims["exp"] <= decoded(case.token)["exp"]
    other = await case.exchange(requested_token_type=TYPE + "id_token", audience=STOCK)
    assert refusal(other) == (400, "invalid_request")


async def test_discovery_says_what_is_exchanged(provider: Provider) -> None:
    """R020: the grant types, and the kinds that are issued for others."""
    path = "/.well-known/openid-configuration"
    document = (await provider.send("GET", path)).json
    assert EXCHANGE in document["grant_types_supported"]
    assert "urn:ietf:params:oauth:grant-type:jwt-bearer" in document["grant_types_supported"]
    jag = "urn:ietf:params:oauth:token-type:id-jag"
    assert document["identity_chaining_requested_token_types_supported"] == [jag]
    profile = "urn:ietf:params:oauth:grant-profile:id-jag"
    assert document["authorization_grant_profiles_supported"] == [profile]
    assert "federated_jwt" in document["token_endpoint_auth_methods_supported"]
