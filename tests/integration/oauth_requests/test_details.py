"""authorization_details (RFC 9396): asked, shown, remembered, given, narrowed."""

import json
from typing import Any

import pytest
from tests.support.oauth import API, Provider, decoded
from tests.support.requests import pushed

from limen.kernel.ids import new_id
from limen.kernel.uow import Tx
from limen.oauth.api import Client, ScopeText
from limen.oauth.model.details import MAX_DETAILS
from limen.oauth.model.resources import ApiSettings
from limen.oauth.options import ApiOptions, ClientOptions, DetailType
from limen.oauth.store.apis import SqlApis

BANK = "https://bank.example.com"
PAYMENT = {
    "type": "payment", "amount": {"value": 12.5, "currency": "EUR"}, "creditor": "Merchant A",
}  # fmt: skip
ACCOUNTS = {"type": "accounts", "actions": ["read", "balance"]}
TYPES = (
    DetailType(
        type="payment", title="Pay {amount.value} {amount.currency} to {creditor}",
        schema={
            "required": ["amount", "creditor"],
            "properties": {
                "amount": {
                    "type": "object", "required": ["value", "currency"],
                    "properties": {
                        "value": {"type": "number", "exclusiveMinimum": 0, "maximum": 10_000},
                        "currency": {"enum": ["EUR", "USD"]},
                    },
                },
                "creditor": {"type": "string", "minLength": 1, "maxLength": 70},
                "reference": {"type": "string", "maxLength": 140},
            },
        },
        asks_always=True,
    ),
    DetailType(type="accounts", title="See your accounts"),
    DetailType(type="tax", title="File a tax return", enrich={"person": "user.id", "mail": "user.email"}),
)  # fmt: skip


async def bank(provider: Provider) -> None:
    chosen = ApiSettings(
        name="Bank", scopes=(ScopeText("bank", "Bank", ""),),
        options=ApiOptions(authorization_details_types=TYPES),
    )  # fmt: skip

    async def work(tx: Tx) -> None:
        await SqlApis().add(tx, new_id(), BANK, chosen)
        await provider.snapshots.invalidate(tx, "apis", "all")

    await provider.store.transact(work)


@pytest.fixture
async def client(provider: Provider) -> Client:
    await bank(provider)
    options = ClientOptions(authorization_details_types=("payment", "accounts", "tax"))
    scopes = ["openid", "offline_access", "orders:read", "bank"]
    await provider.api()
    return await provider.client(options=options, scopes=scopes)


def details(*found: Any) -> str:
    return json.dumps(found)


async def given(
    provider: Provider, client: Client, secret: str, text: str, **changes: str | None
) -> dict[str, Any]:
    return await provider.tokens(client, secret, authorization_details=text, **changes)


async def test_what_was_granted_is_in_answer_token_and_introspection(
    provider: Provider, client: Client
) -> None:
    """R027: RFC 9396 §7 and §9; the token is for the API that knows the type."""
    secret, _ = await provider.sign_in(await provider.person())
    answer = await given(provider, client, secret, details(PAYMENT))
    assert answer["authorization_details"] == [PAYMENT]
    said = decoded(answer["access_token"])
    assert said["authorization_details"] == [PAYMENT]
    assert said["aud"] == [BANK, provider.tenant.issuer]
    active = await provider.introspect(client, answer["access_token"])
    assert active["authorization_details"] == [PAYMENT]


async def test_the_person_reads_it_in_plain_words(provider: Provider, client: Client) -> None:
    """R012: the title of the type with the fields filled in, and every field."""
    secret, _ = await provider.sign_in(await provider.person())
    evil = PAYMENT | {"creditor": "A\u202eB\n<b>", "reference": "x"}
    asked = await provider.authorize(
        provider.authorization(client, authorization_details=details(evil, ACCOUNTS)), secret
    )
    waiting = await provider.oauth.interactions.find(
        provider.store, provider.tenant, asked.query["flow"], browser=secret,
        binding="the-random-secret-of-one-browser",
    )  # fmt: skip
    assert waiting is not None
    assert waiting.asks_always
    shown = {detail.title: dict(detail.fields) for detail in waiting.details}
    assert shown == {
        "Pay 12.5 EUR to A B <b>": {
            "amount.value": "12.5", "amount.currency": "EUR", "creditor": "A B <b>",
            "reference": "x",
        },
        "See your accounts": {"actions": "read, balance"},
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        "", "{}", "[]", "[1]", "[{}]", "null", '[{"type":7}]', '[{"type":"unknown"}]', "[[]]",
        '[{"type":"accounts","type":"payment"}]', "[" * 3000,
        details({"type": "payment"}),
        details(PAYMENT | {"amount": {"value": 0, "currency": "EUR"}}),
        details(PAYMENT | {"amount": {"value": True, "currency": "EUR"}}),
        details(PAYMENT | {"amount": {"value": 20_000, "currency": "EUR"}}),
        details(PAYMENT | {"amount": {"value": 1, "currency": "XXX"}}),
        details(PAYMENT | {"amount": {"value": 1, "currency": "EUR", "more": 1}}),
        details(PAYMENT | {"amount": "12.50 EUR"}),
        details(PAYMENT | {"creditor": ""}), details(PAYMENT | {"creditor": "x" * 71}),
        details(PAYMENT | {"unknown": 1}),
        details(ACCOUNTS | {"actions": "read"}), details(ACCOUNTS | {"actions": []}),
        details(ACCOUNTS | {"amount": 1}), details(ACCOUNTS | {"locations": [7]}),
        details(*[ACCOUNTS | {"identifier": str(i)} for i in range(MAX_DETAILS + 1)]),
        details(PAYMENT, {"type": "unknown"}),
    ],
)  # fmt: skip
async def test_what_does_not_follow_its_type_is_refused(
    provider: Provider, client: Client, wrong: str
) -> None:
    """RFC 9396 §5: whole, with its own error; unknown fields too."""
    answer = await provider.authorize(provider.authorization(client, authorization_details=wrong))
    if not wrong:  # empty is omitted (R007)
        assert "/signin?" in answer.location
        return
    assert answer.query["error"] == "invalid_authorization_details", answer.location
    assert await provider.data("consent.given") == []


async def test_a_type_is_for_clients_that_have_it(provider: Provider, client: Client) -> None:
    """R056: and at the resource that knows it."""
    other = await provider.client(name="Other", scopes=["openid", "bank"])
    asked = provider.authorization(other, authorization_details=details(PAYMENT))
    answer = await provider.authorize(asked)
    assert answer.query["error"] == "invalid_authorization_details"
    asked = provider.authorization(client, authorization_details=details(PAYMENT), resource=API)
    answer = await provider.authorize(asked)
    assert answer.query["error"] == "invalid_authorization_details"


async def test_a_payment_is_asked_for_each_time(provider: Provider, client: Client) -> None:
    """R012: what is for once is never remembered; another thing is, and its parts are."""
    secret, _ = await provider.sign_in(await provider.person())
    for _ in range(2):
        asked = provider.authorization(client, authorization_details=details(PAYMENT))
        answer = await provider.authorize(asked, secret)
        assert "/consent?" in answer.location
        await provider.approve(answer, secret)
        assert "code" in (await provider.resume(answer, secret)).query
    for text, asks in (
        (details(ACCOUNTS), True),
        (details(ACCOUNTS), False),
        (details(ACCOUNTS | {"actions": ["read"]}), False),
        (details(ACCOUNTS | {"actions": ["read", "write"]}), True),
        (details(ACCOUNTS), False),
        (details(ACCOUNTS | {"identifier": "x"}), True),
    ):
        asked = provider.authorization(client, authorization_details=text)
        answer = await provider.authorize(asked, secret)
        assert ("/consent?" in answer.location) == asks, text
        if asks:
            await provider.approve(answer, secret)


async def test_a_token_gets_what_is_asked_for_it(provider: Provider, client: Client) -> None:
    """R031: narrowed at the token endpoint and at each refresh, never widened."""
    secret, _ = await provider.sign_in(await provider.person())
    both = details(PAYMENT, ACCOUNTS)
    code = await provider.code(client, secret, authorization_details=both)
    more = details(PAYMENT | {"creditor": "Another"})
    wrong = provider.redemption(client, code, authorization_details=more)
    refused = await provider.token(wrong)
    assert refused.json["error"] == "invalid_authorization_details"
    less = ACCOUNTS | {"actions": ["read"]}
    answer = await provider.token(
        provider.redemption(client, code, authorization_details=details(less))
    )
    assert answer.json["authorization_details"] == [less]
    refresh = {"grant_type": "refresh_token", **provider.credentials(client)}
    held = answer.json["refresh_token"]
    for text, error in (
        (more, "invalid_authorization_details"),
        ("x", "invalid_authorization_details"),
    ):
        fields = refresh | {"refresh_token": held, "authorization_details": text}
        assert (await provider.token(fields)).json["error"] == error
    fields = refresh | {"refresh_token": held, "authorization_details": details(PAYMENT)}
    narrowed = (await provider.token(fields)).json
    assert decoded(narrowed["access_token"])["authorization_details"] == [PAYMENT]
    whole = (await provider.token(refresh | {"refresh_token": narrowed["refresh_token"]})).json
    assert whole["authorization_details"] == [PAYMENT, ACCOUNTS]


async def test_a_type_may_add_what_it_needs(provider: Provider, client: Client) -> None:
    """RFC 9396 §7.1: said at consent, in the answer, after a refresh; the client cannot set it."""
    person = await provider.person()
    secret, _ = await provider.sign_in(person)
    asked = {"type": "tax", "actions": ["file", "read"]}
    forged = details(asked | {"person": "somebody else"})
    answer = await provider.authorize(provider.authorization(client, authorization_details=forged))
    assert answer.query["error"] == "invalid_authorization_details"
    waits = await provider.authorize(
        provider.authorization(client, authorization_details=details(asked)), secret
    )
    waiting = await provider.oauth.interactions.find(
        provider.store, provider.tenant, waits.query["flow"], browser=secret,
        binding="the-random-secret-of-one-browser",
    )  # fmt: skip
    assert waiting is not None
    assert dict(waiting.details[0].fields)["mail"] == "your e-mail address"
    await provider.approve(waits, secret)
    code = (await provider.resume(waits, secret)).query["code"]
    added = {"person": str(person.id), "mail": "ada@example.com"}
    less = asked | {"actions": ["file"]}
    tokens = await provider.token(
        provider.redemption(client, code, authorization_details=details(less))
    )
    assert tokens.json["authorization_details"] == [less | added]
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens.json["refresh_token"]}
    again = await provider.token(refresh | provider.credentials(client))
    assert again.json["authorization_details"] == [asked | added]
    wider = refresh | {"refresh_token": again.json["refresh_token"],
                       "authorization_details": details(asked | {"actions": ["delete"]})}  # fmt: skip
    refused = await provider.token(wider | provider.credentials(client))
    assert refused.json["error"] == "invalid_authorization_details"


async def test_another_api_learns_nothing_of_it(provider: Provider, client: Client) -> None:
    """R027: a token for one resource holds the details of that one."""
    secret, _ = await provider.sign_in(await provider.person())
    query = provider.authorization(
        client, scope="openid orders:read", authorization_details=details(ACCOUNTS)
    )
    from urllib.parse import urlencode

    text = urlencode([*query.items(), ("resource", API), ("resource", BANK)])
    asked = await provider.authorize(text, secret)
    await provider.approve(asked, secret)
    code = (await provider.resume(asked, secret)).query["code"]
    answer = await provider.token(provider.redemption(client, code, resource=API))
    assert "authorization_details" not in answer.json
    assert "authorization_details" not in decoded(answer.json["access_token"])
    refresh = {"grant_type": "refresh_token", "refresh_token": answer.json["refresh_token"],
               "resource": BANK, **provider.credentials(client)}  # fmt: skip
    assert (await provider.token(refresh)).json["authorization_details"] == [ACCOUNTS]


async def test_details_are_pushed(provider: Provider, client: Client) -> None:
    """R018: in the back channel."""
    asked = await pushed(provider, client, authorization_details=details(PAYMENT))
    secret, _ = await provider.sign_in(await provider.person())
    answer = await provider.authorize(asked, secret)
    await provider.approve(answer, secret)
    code = (await provider.resume(answer, secret)).query["code"]
    tokens = (await provider.token(provider.redemption(client, code))).json
    assert tokens["authorization_details"] == [PAYMENT]


async def test_a_pairwise_client_learns_no_id_of_ours(provider: Provider) -> None:
    """R043: what is added when it is granted names the person as the client knows them."""
    await bank(provider)
    options = ClientOptions(authorization_details_types=("tax",), subject_type="pairwise")
    client = await provider.client(options=options, scopes=["openid", "bank"])
    person = await provider.person()
    secret, _ = await provider.sign_in(person)
    asked = provider.authorization(client, authorization_details=details({"type": "tax"}))
    answer = await provider.authorize(asked, secret)
    await provider.approve(answer, secret)
    code = (await provider.resume(answer, secret)).query["code"]
    tokens = (await provider.token(provider.redemption(client, code))).json
    claims = decoded(tokens["access_token"])
    assert tokens["authorization_details"][0]["person"] == claims["sub"]
    assert str(person.id) not in str(tokens) + str(claims)


async def test_discovery_lists_the_types(provider: Provider, client: Client) -> None:
    """RFC 9396 §10."""
    document = (await provider.send("GET", "/.well-known/openid-configuration")).json
    assert document["authorization_details_types_supported"] == ["accounts", "payment", "tax"]
    assert client


WRONG_TYPES = [
    {"type": "", "title": "x"}, {"type": "a b", "title": "x"}, {"type": "x", "title": ""},
    {"type": "x", "title": "x", "schema": {"pattern": "(a+)+$"}},
    {"type": "x", "title": "x", "enrich": {"a": "user.password"}},
    {"type": "x", "title": "x", "enrich": {"actions": "user.id"}},
    {"type": "x", "title": "x", "enrich": {"a": "user.id"}, "schema": {"properties": {"a": {}}}},
    {"type": "x", "title": "x", "schema": {"$ref": "https://evil.test"}},
    {"type": "x", "title": "x", "schema": {"type": "array"}},
    {"type": "x", "title": "x", "schema": {"type": ["object"]}},
    {"type": "x", "title": "x", "schema": {"properties": {"type": {}}}},
    {"type": "x", "title": "x", "schema": {"properties": {"a": {"minLength": -1}}}},
    {"type": "x", "title": "x", "schema": {"properties": []}},
    {"type": "x", "title": "x", "schema": {"required": [7]}},
    {"type": "x", "title": "x", "schema": {"properties": {"a": {"enum": "x"}}}},
    {"type": "x", "title": "x", "schema": {"properties": {"a": {"items": 7}}}},
    {"type": "x", "title": "x", "schema": {"properties": {"a": {"maximum": "9"}}}},
]  # fmt: skip


async def test_a_type_is_registered_with_rules_that_are_followed(provider: Provider) -> None:
    """A121: no pattern, no reference, nothing that would be silently left out."""
    admin = await provider.client("m2m", scopes=["apis:write"])
    await provider.role(admin)
    token = (await provider.machine_token(admin))["access_token"]
    body: dict[str, Any] = {"identifier": "https://x.example.com", "name": "X"}
    for wrong in WRONG_TYPES:
        options = {"authorization_details_types": [wrong]}
        answer = await provider.api_call(token, "POST", "/api/v1/apis", body | {"options": options})
        assert answer.status == 422, wrong
    twice = {"authorization_details_types": [{"type": "x", "title": "x"}] * 2}
    answer = await provider.api_call(token, "POST", "/api/v1/apis", body | {"options": twice})
    assert answer.status == 422
    right = {
        "authorization_details_types": [{"type": "x", "title": "x {a}", "schema": TYPES[0].schema}]
    }
    answer = await provider.api_call(token, "POST", "/api/v1/apis", body | {"options": right})
    assert answer.status == 201, answer.body
