"""Tokens of trusted issuers as subject and as actor."""

import asyncio
from typing import Any

from tests.support.exchange import STOCK, TYPE, chain, exchange, refusal
from tests.support.issuers import ForeignIssuer
from tests.support.oauth import Provider, decoded

JWT = TYPE + "jwt"
CONDITION = {"claim": "repository", "equals": "acme/shop"}


async def test_another_issuer_s_person_is_the_subject(provider: Provider) -> None:
    """R056, R063, R117: within what the issuer may give; as an ID token or a mere JWT; once each."""
    case = await chain(provider)
    idp = ForeignIssuer(provider)
    await idp.trust(uses=["subject_token"], scopes=["read"])
    token = idp.token()
    assert refusal(await exchange(provider, case.orders, token, subject_token_type=JWT))[0] == 400
    assert (await provider.reasons("token.refused"))[-1] == "subject_token_subject_unknown"
    await idp.link(case.person)
    for kind in ("jwt", "id_token", "access_token"):
        made = await exchange(provider, case.orders, idp.token(), subject_token_type=TYPE + kind)
        claims = decoded(made.json["access_token"])
        assert (claims["sub"], claims["aud"]) == (str(case.person.id), STOCK)
        assert claims["act"] == {"sub": case.orders.client_id}
        assert claims["scope"] == "read"
    fact = (await provider.data("token.issued"))[-1]
    assert fact["subject_issuer"] == idp.id
    wider = await exchange(
        provider, case.orders, idp.token(), subject_token_type=JWT, scope="write"
    )
    assert refusal(wider) == (400, "invalid_scope")
    as_jag = await exchange(
        provider, case.orders, idp.token(), subject_token_type=JWT,
        requested_token_type=TYPE + "id-jag",
    )  # fmt: skip
    assert refusal(as_jag) == (400, "invalid_request")


async def test_it_is_exchanged_once_and_no_longer_than_it_lives(provider: Provider) -> None:
    """R052, A021: whatever races."""
    case = await chain(provider)
    idp = ForeignIssuer(provider)
    await idp.trust(uses=["subject_token"], scopes=["read"])
    await idp.link(case.person)
    now = int(provider.clock.now().timestamp())
    token = idp.token(exp=now + 90)
    answers = await asyncio.gather(
        *(exchange(provider, case.orders, token, subject_token_type=JWT) for _ in range(30))
    )
    made = [answer for answer in answers if answer.status == 200]
    assert len(made) == 1
    assert made[0].json["expires_in"] == 90
    assert {refusal(a)[1] for a in answers if a.status != 200} == {"invalid_grant"}


async def test_it_ends_with_the_issuer(provider: Provider) -> None:
    """A033: disabled, it is neither taken nor does what was made of it stand."""
    case = await chain(provider)
    idp = ForeignIssuer(provider)
    await idp.trust(uses=["subject_token"], scopes=["read"])
    await idp.link(case.person)
    made = await exchange(provider, case.orders, idp.token(), subject_token_type=JWT)
    token = made.json["access_token"]
    assert (await provider.introspect(case.orders, token))["active"] is True
    await idp.switch("disable")
    assert await provider.introspect(case.orders, token) == {"active": False}
    again = await exchange(provider, case.orders, idp.token(), subject_token_type=JWT)
    assert refusal(again) == (400, "invalid_request")
    assert (await provider.reasons("token.refused"))[-1] == "subject_token_issuer_disabled"


async def test_a_workload_is_the_subject_or_the_actor(provider: Provider) -> None:
    """R117: named by both names where it acts; its client where it is the subject."""
    case = await chain(provider)
    ci = ForeignIssuer(provider)
    robot = await provider.client("m2m", name="Robot", scopes=["read"])
    link: dict[str, Any] = {"client": str(robot.id), "conditions": [CONDITION]}
    await ci.trust(uses=["subject_token"], links=[link])
    token = ci.token(repository="acme/shop")
    made = await exchange(provider, case.orders, token, subject_token_type=JWT)
    claims = decoded(made.json["access_token"])
    assert (claims["sub"], claims["act"]) == (robot.client_id, {"sub": case.orders.client_id})
    acting = await case.exchange(
        actor_token=ci.token(repository="acme/shop", sub="job-7"), actor_token_type=JWT
    )
    claims = decoded(acting.json["access_token"])
    assert claims["act"] == {"sub": "job-7", "iss": ci.name}
    assert claims["sub"] == str(case.person.id)


async def test_an_issuer_that_is_not_trusted_for_it_is_refused(provider: Provider) -> None:
    """R056: for assertions alone, or not at all; and its other kinds of tokens never."""
    case = await chain(provider)
    idp = ForeignIssuer(provider)
    await idp.trust(uses=["grant"], scopes=["read"])
    await idp.link(case.person)
    for token in (idp.token(), ForeignIssuer(provider, "https://x.example").token()):
        answer = await exchange(provider, case.orders, token, subject_token_type=JWT)
        assert refusal(answer) == (400, "invalid_request")
    await idp.change(uses=["subject_token"])
    for typ in ("at+jwt", "logout+jwt", "oauth-id-jag+jwt"):
        answer = await exchange(
            provider, case.orders, idp.token(typ=typ), subject_token_type=TYPE + "access_token"
        )
        assert refusal(answer) == (400, "invalid_request"), typ
