"""Token exchange, attacked: wider, longer, another's, forged, repeated, oversized.

RFC 8693.
"""

from typing import Any

import pytest
from tests.support.dpop import ProofKey
from tests.support.exchange import (
    EXCHANGE,
    ORDERS,
    STOCK,
    TYPE,
    chain,
    exchange,
    refusal,
    reissued,
    service,
)
from tests.support.oauth import API, CAUSE, Provider, decoded

from limen.kernel.errors import Invalid
from limen.oauth.options import ClientOptions, CrossApp

ACCESS = TYPE + "access_token"

PARAMETERS: list[tuple[dict[str, str | None], str]] = [
    ({"subject_token": None}, "invalid_request"),
    ({"subject_token": ""}, "invalid_request"),
    ({"subject_token_type": None}, "invalid_request"),
    ({"subject_token_type": "access_token"}, "invalid_request"),
    ({"subject_token_type": TYPE + "saml2"}, "invalid_request"),
    ({"subject_token_type": TYPE + "id_token"}, "invalid_request"),
    ({"subject_token_type": TYPE + "refresh_token"}, "invalid_request"),
    ({"subject_token": "nonsense"}, "invalid_request"),
    ({"subject_token": "a.b.c"}, "invalid_request"),
    ({"subject_token": "x" * 9000}, "invalid_request"),
    ({"actor_token": "x"}, "invalid_request"),
    ({"actor_token_type": ACCESS}, "invalid_request"),
    ({"actor_token": "x", "actor_token_type": ACCESS}, "invalid_request"),
    ({"actor_token": "x", "actor_token_type": TYPE + "refresh_token"}, "invalid_request"),
    ({"actor_token": "x" * 9000, "actor_token_type": ACCESS}, "invalid_request"),
    ({"requested_token_type": TYPE + "refresh_token"}, "invalid_request"),
    ({"requested_token_type": TYPE + "saml2"}, "invalid_request"),
    ({"requested_token_type": "x" * 3000}, "invalid_request"),
    ({"audience": None}, "200"),
    ({"audience": ORDERS}, "invalid_target"),
    ({"audience": "https://nowhere.example.com"}, "invalid_target"),
    ({"audience": STOCK + "/"}, "invalid_target"),
    ({"audience": STOCK.upper()}, "invalid_target"),
    ({"resource": ORDERS}, "invalid_target"),
    ({"scope": "write"}, "invalid_scope"),
    ({"scope": "admin"}, "invalid_scope"),
    ({"scope": "read write"}, "invalid_scope"),
    ({"scope": "openid"}, "invalid_scope"),
    ({"scope": "offline_access"}, "invalid_scope"),
    ({"scope": "read read"}, "invalid_scope"),
    ({"scope": "users:read"}, "invalid_scope"),
]


async def test_each_parameter_is_checked(provider: Provider) -> None:
    """R007, R031, R042, R056, A015: wrong, missing, oversized; nothing is issued."""
    case = await chain(provider)
    issued = len(await provider.reasons("token.issued"))
    for change, error in PARAMETERS:
        answer = await case.exchange(**change)
        provider.clock.advance(3)  # thirty refusals a minute are written down
        if error == "200":  # one audience is allowed: nothing else can be meant
            assert decoded(answer.json["access_token"])["aud"] == STOCK
            issued += 1
        else:
            assert refusal(answer) == (400, error), (change, answer.body)
            assert answer.headers["cache-control"] == "no-store"
    assert len(await provider.reasons("token.issued")) == issued


@pytest.mark.parametrize("name", ["subject_token", "subject_token_type", "requested_token_type"])
async def test_a_repeated_parameter_is_refused(provider: Provider, name: str) -> None:
    """R007: but for resource and audience (§2.1)."""
    from urllib.parse import urlencode

    case = await chain(provider)
    fields = {
        "grant_type": EXCHANGE, "subject_token": case.token, "subject_token_type": ACCESS,
        "requested_token_type": ACCESS, **provider.credentials(case.orders),
    }  # fmt: skip
    twice = urlencode(fields) + "&" + urlencode({name: fields[name]})
    assert refusal(await provider.token(twice)) == (400, "invalid_request")
    several = urlencode(fields) + "&" + urlencode({"audience": STOCK}) * 1
    both = f"{several}&audience={STOCK}&resource={STOCK}"
    assert decoded((await provider.token(both)).json["access_token"])["aud"] == STOCK
    assert refusal(await provider.token(f"{both}&audience={ORDERS}")) == (400, "invalid_target")


async def test_a_token_of_others_is_nothing(provider: Provider) -> None:
    """R042, R048: whom the token neither was issued to nor is for gets nothing for it."""
    case = await chain(provider)
    stranger = await service(provider, name="Stranger", audiences=[STOCK])
    assert refusal(await case.exchange(stranger)) == (400, "invalid_request")
    assert (await provider.reasons("token.refused"))[-1] == "subject_token_not_for_this_client"
    untargeted = await provider.tokens(case.shop, case.secret, scope="openid read")
    answer = await exchange(provider, case.orders, untargeted["access_token"])
    assert refusal(answer) == (400, "invalid_request")


async def test_a_token_of_another_tenant_is_nothing(provider: Provider) -> None:
    """R042, A097: the same names in another realm, another realm's keys."""
    acme = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    await provider.snapshots.poll()
    away, home = await chain(acme), await chain(provider)
    crossed = await exchange(provider, home.orders, away.token)
    assert refusal(crossed) == (400, "invalid_request")
    forged = await reissued(acme, home.token)
    assert refusal(await exchange(provider, home.orders, forged)) == (400, "invalid_request")
    actor = (await acme.machine_token(away.orders))["access_token"]
    answer = await home.exchange(actor_token=actor, actor_token_type=ACCESS)
    assert refusal(answer) == (400, "invalid_request")


async def test_an_id_token_of_another_client_is_nothing(provider: Provider) -> None:
    """R041, R062: nor is what else we sign for a client an ID token."""
    case = await chain(provider, scopes=["openid", "read"])
    kind = {"subject_token_type": TYPE + "id_token"}
    answer = await exchange(provider, case.orders, case.tokens["id_token"], **kind)
    assert refusal(answer) == (400, "invalid_request")
    mine = await reissued(provider, case.tokens["id_token"], typ="JWT", aud=case.orders.client_id)
    answer = await exchange(provider, case.orders, mine, **kind)  # azp is the shop
    assert refusal(answer) == (400, "invalid_request")
    for claim in ("azp", "jti", "sub", "exp", "iat"):
        less = await reissued(
            provider, mine, typ="JWT", **{"azp": case.orders.client_id, claim: None}
        )
        assert refusal(await exchange(provider, case.orders, less, **kind))[0] == 400, claim
    unconsented = await reissued(provider, mine, typ="JWT", azp=case.orders.client_id)
    answer = await exchange(provider, case.orders, unconsented, **kind)
    assert refusal(answer) == (400, "invalid_request")
    assert (await provider.reasons("token.refused"))[-1] == "subject_token_grant_unknown"


async def test_other_kinds_of_ours_are_no_access_tokens(provider: Provider) -> None:
    """R041, A101: typ, and every claim, are looked at before use."""
    case = await chain(provider)
    for typ in ("JWT", "logout+jwt", "oauth-id-jag+jwt", "dpop+jwt"):
        token = await reissued(provider, case.token, typ=typ)
        for kind in (ACCESS, TYPE + "jwt"):
            answer = await exchange(provider, case.orders, token, subject_token_type=kind)
            assert refusal(answer) == (400, "invalid_request"), typ
    for claim in ("exp", "iat", "jti", "sub", "aud", "iss", "client_id"):
        token = await reissued(provider, case.token, **{claim: None})
        answer = await exchange(provider, case.orders, token)
        assert refusal(answer) == (400, "invalid_request"), claim


async def test_an_expired_token_is_nothing(provider: Provider) -> None:
    """R040: and a live one's successor ends when it does, again and again."""
    case = await chain(provider)
    provider.clock.advance(880)
    answer = await case.exchange()
    assert answer.json["expires_in"] <= 20
    again = await exchange(provider, case.orders, answer.json["access_token"], audience=STOCK)
    claims = decoded(again.json["access_token"])
    assert claims["exp"] == decoded(case.token)["exp"]
    provider.clock.advance(30)
    assert refusal(await case.exchange()) == (400, "invalid_request")


async def test_a_chain_of_a_hundred_ends_at_five(provider: Provider) -> None:
    """A121: no endless act, made here or elsewhere."""
    case = await chain(provider)
    deep: Any = None
    for number in range(100):
        deep = {"sub": f"s{number}", "act": deep} if deep else {"sub": f"s{number}"}
        token = await reissued(provider, case.token, act=deep)
        answer = await exchange(provider, case.orders, token)
        if len(token) > 8192:
            break
        assert answer.status == (200 if number < 4 else 400), number
        provider.clock.advance(1)


async def test_a_long_past_is_refused(provider: Provider) -> None:
    """A121: each token of the past is asked for, so that there are at most eight."""
    case = await chain(provider, options={"token_exchange_audiences": (STOCK,)})
    token = (await case.exchange()).json["access_token"]
    statuses: list[int] = []
    for _ in range(10):
        answer = await exchange(provider, case.orders, token)
        statuses.append(answer.status)
        if answer.status != 200:
            break
        token = answer.json["access_token"]
    assert statuses.count(200) == 7
    assert statuses[-1] == 400


MAY_ACT: list[tuple[dict[str, Any], bool]] = [
    ({"sub": "orders"}, True),
    ({"sub": "another"}, False),
    ({"sub": "orders", "iss": "https://elsewhere.example"}, False),
    ({"sub": "orders", "client_id": "x"}, False),
    ({}, False),
]


@pytest.mark.parametrize(("may_act", "allowed"), MAY_ACT)
async def test_only_who_may_act_acts(
    provider: Provider, may_act: dict[str, Any], *, allowed: bool
) -> None:
    """R117: every member of may_act identifies the one who may (§4.4); empty is nobody."""
    case = await chain(provider, options={"token_exchange_impersonation": True})
    named = {k: case.orders.client_id if v == "orders" else v for k, v in may_act.items()}
    token = await reissued(provider, case.token, may_act=named)
    answer = await exchange(provider, case.orders, token)
    assert answer.status == (200 if allowed else 400)
    if not allowed:
        assert refusal(answer) == (400, "invalid_request")
        return
    assert decoded(answer.json["access_token"])["may_act"] == named


async def test_an_actor_that_is_acted_for_is_refused(provider: Provider) -> None:
    """R117: whose act it were would be unsayable."""
    case = await chain(provider)
    actor = await reissued(provider, case.token, act={"sub": "x"})
    answer = await case.exchange(actor_token=actor, actor_token_type=ACCESS)
    assert refusal(answer) == (400, "invalid_request")


async def test_a_bound_token_needs_its_key(provider: Provider) -> None:
    """R029, R030: who only saw a DPoP-bound token gets nothing for it; its holder stays bound."""
    case = await chain(provider)
    key, other = ProofKey(provider), ProofKey(provider)
    options = ClientOptions(token_exchange_audiences=(STOCK,))
    own = await provider.client(
        "m2m", name="Own", scopes=["read"], grant_types=["client_credentials", EXCHANGE],
        options=options,
    )  # fmt: skip
    fields = {"grant_type": "client_credentials", **provider.credentials(own)}
    bound = (await provider.token(fields, key.header())).json["access_token"]
    asked = {
        "grant_type": EXCHANGE, "subject_token": bound, "subject_token_type": ACCESS,
        "audience": STOCK, **provider.credentials(own),
    }  # fmt: skip
    assert refusal(await provider.token(asked)) == (400, "invalid_request")
    assert (await provider.reasons("token.refused"))[-1] == "subject_token_bound"
    assert refusal(await provider.token(asked, other.header())) == (400, "invalid_request")
    answer = await provider.token(asked, key.header())
    assert answer.json["token_type"] == "DPoP"
    assert decoded(answer.json["access_token"])["cnf"] == {"jkt": key.jkt}
    assert case.token


async def test_who_has_not_the_grant_is_refused(provider: Provider) -> None:
    """A023: the grant is per client; public clients never have it."""
    case = await chain(provider)
    assert refusal(await case.exchange(case.shop)) == (400, "unauthorized_client")
    for kind in ("spa", "native", "device"):
        with pytest.raises(Invalid):
            await provider.client(kind, grant_types=["authorization_code", EXCHANGE])


@pytest.mark.parametrize(
    "options",
    [
        ClientOptions(token_exchange_audiences=(API,)),
        ClientOptions(token_exchange_impersonation=True),
        ClientOptions(cross_app_access=(CrossApp(audience="https://x.example", client_id="x"),)),
    ],
)
async def test_options_without_the_grant_are_refused(
    provider: Provider, options: ClientOptions
) -> None:
    """R056: what means nothing is not registered."""
    with pytest.raises(Invalid):
        await provider.client("m2m", options=options)


async def test_the_client_is_authenticated(provider: Provider) -> None:
    """R051: a wrong secret, and none."""
    case = await chain(provider)
    assert refusal(await case.exchange(client_secret="x")) == (401, "invalid_client")
    assert refusal(await case.exchange(client_secret=None)) == (401, "invalid_client")


async def opaque_api(provider: Provider, identifier: str) -> None:
    from tests.support.issuers import manage

    body = {"identifier": identifier, "name": "Opaque", "scopes": [{"name": "read", "title": "R"}],
            "options": {"token_format": "opaque"}}  # fmt: skip
    assert (await manage(provider, "POST", "/api/v1/apis", body)).status == 201


async def test_opaque_tokens_are_exchanged_and_issued(provider: Provider) -> None:
    """R027, R028: the form is the API's; a JWT is never made of an opaque one's API."""
    case = await chain(provider)
    ledger = "https://ledger.example.com"
    await opaque_api(provider, ledger)
    options = {"token_exchange_audiences": (ledger, STOCK)}
    both = await service(provider, name="Both", audiences=[ORDERS, ledger], options=options)
    first = await case.exchange(both, audience=ledger)
    token = first.json["access_token"]
    assert "." not in token
    shown = await provider.introspect(both, token)
    assert (shown["active"], shown["act"]) == (True, {"sub": both.client_id})
    second = await exchange(provider, both, token)
    assert decoded(second.json["access_token"])["sub"] == str(case.person.id)
    as_jwt = await case.exchange(both, audience=ledger, requested_token_type=TYPE + "jwt")
    assert refusal(as_jwt) == (400, "invalid_request")
    assert refusal(await exchange(provider, both, token[:-1] + "x")) == (400, "invalid_request")
    other = await service(provider, name="Other", audiences=[STOCK])
    assert refusal(await exchange(provider, other, token)) == (400, "invalid_request")
