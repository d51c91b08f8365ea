"""Claims by rule: into which token, for which scope, and never in place of the protocol's."""

from typing import Any

import pytest
from tests.support.oauth import API, REDIRECT, Provider, decoded

from limen.oauth.api import Client
from limen.oauth.model.claim_rules import MAX_BYTES, RESERVED, SOURCES, check_rules
from limen.oauth.options import ClaimRule, ClientOptions

EVERY = ("id_token", "userinfo", "access_token")


async def ruled(provider: Provider, *rules: ClaimRule, **changes: Any) -> Client:
    options = ClientOptions(claim_rules=rules, **changes.pop("options", {}))
    return await provider.client(options=options, **({"skip_consent": True} | changes))


async def said(provider: Provider, client: Client, scope: str, **more: str) -> list[dict[str, Any]]:
    """Return what ID token, userinfo, access token and introspection say."""
    secret, _ = await provider.sign_in(await provider.person(nickname="Countess"))
    tokens = await provider.tokens(client, secret, scope=scope, **more)
    token = tokens["access_token"]
    return [
        decoded(tokens["id_token"]), (await provider.userinfo(token)).json,
        decoded(token) if "." in token else {}, await provider.introspect(client, token),
    ]  # fmt: skip


async def test_each_rule_goes_where_it_says(provider: Provider) -> None:
    """R056: into the tokens that it names; introspection says all that the token does."""
    client = await ruled(
        provider,
        ClaimRule(claim="nick", source="user.profile.nickname"),
        ClaimRule(claim="plan", literal="gold", into=("access_token",)),
        ClaimRule(claim="seats", literal=7, into=EVERY),
        ClaimRule(claim="app", source="client.name", into=("id_token",)),
    )
    identity, userinfo, access, introspected = await said(provider, client, "openid profile")
    assert (identity["nick"], userinfo["nick"]) == ("Countess", "Countess")
    assert identity["app"] == "Shop"
    assert (access["plan"], introspected["plan"]) == ("gold", "gold")
    assert [s["seats"] for s in (identity, userinfo, access, introspected)] == [7] * 4
    assert "nick" not in access
    assert "plan" not in identity
    assert "plan" not in userinfo


async def test_no_rule_gets_around_consent(provider: Provider) -> None:
    """R012, G06: what a scope would release needs it, under whatever name; or another, if named."""
    client = await ruled(
        provider,
        ClaimRule(claim="contact", source="user.email"),
        ClaimRule(claim="full", source="user.display_name", scope="email"),
        ClaimRule(claim="all", source="user.emails"),
    )
    for claims in (await said(provider, client, "openid profile"))[:2]:
        assert claims.keys().isdisjoint(("contact", "full", "all"))
    secret, _ = await provider.sign_in(await provider.person("bob@example.com"))
    tokens = await provider.tokens(client, secret, scope="openid email")
    found = decoded(tokens["id_token"])
    assert (found["contact"], found["full"]) == ("bob@example.com", "Ada Lovelace")
    assert found["all"] == ["bob@example.com"]


async def test_roles_are_a_source(provider: Provider) -> None:
    """The names of the person's roles; nothing where there are none."""
    from limen.access.api import Subject

    client = await ruled(provider, ClaimRule(claim="roles", source="roles", into=EVERY))
    assert "roles" not in (await said(provider, client, "openid"))[0]
    person = await provider.person("root@example.com")
    from tests.support.oauth import CAUSE

    await provider.store.transact(
        lambda tx: provider.roles.assign(
            tx, Subject("user", person.id), "administrator", CAUSE, by=None
        )
    )
    secret, _ = await provider.sign_in(person)
    tokens = await provider.tokens(client, secret)
    assert decoded(tokens["id_token"])["roles"] == ["administrator"]
    assert decoded(tokens["access_token"])["roles"] == ["administrator"]


@pytest.mark.parametrize("form", ["jwt", "opaque"])
async def test_an_apis_rules_are_for_its_tokens_alone(provider: Provider, form: str) -> None:
    """R042, R056: in tokens for it, of machines too; what is for two APIs says it to neither."""
    rules = (ClaimRule(claim="region", literal="eu", into=("access_token",)),)
    await provider.api(token_format=form, claim_rules=rules)
    other = "https://api.example.com/other"
    await provider.api(other, ("other:read",), token_format=form)
    client = await provider.client("m2m", scopes=["orders:read", "other:read"])
    for resources, found in (([API], "eu"), ([other], None), ([API, other], None)):
        fields = [("grant_type", "client_credentials"), *provider.credentials(client).items()]
        from urllib.parse import urlencode

        body = urlencode([*fields, *(("resource", r) for r in resources)])
        token = (await provider.token(body)).json["access_token"]
        assert (await provider.introspect(client, token)).get("region") == found
        if form == "jwt":
            assert decoded(token).get("region") == found


async def test_the_global_id_stays_hidden_where_subjects_are_pairwise(provider: Provider) -> None:
    """R043: an API may have it in an opaque token, which the client cannot read."""
    rules = (ClaimRule(claim="person", source="user.id", into=("access_token",)),)
    opaque = "https://api.example.com/opaque"
    await provider.api(claim_rules=rules)
    await provider.api(opaque, ("secret:read",), claim_rules=rules, token_format="opaque")
    client = await ruled(
        provider, options={"subject_type": "pairwise"}, audiences=[API, opaque],
        scopes=["openid", "orders:read", "secret:read"],
    )  # fmt: skip
    person = await provider.person()
    secret, _ = await provider.sign_in(person)
    readable = await provider.tokens(client, secret, scope="openid orders:read", resource=API)
    assert "person" not in decoded(readable["access_token"])
    hidden = await provider.tokens(client, secret, scope="openid secret:read", resource=opaque)
    server = await provider.client("m2m", audiences=[opaque])
    found = await provider.introspect(server, hidden["access_token"])
    assert found["person"] == str(person.id)


WRONG: list[dict[str, Any]] = [
    *({"claim": claim, "literal": "x"} for claim in sorted(RESERVED)),
    {"claim": "urn:openid:params:jwt:claim:auth_req_id", "literal": "x"},
    {"claim": "email_verified", "literal": True},
    {"claim": "email", "literal": "ceo@example.com"},
    {"claim": "email", "source": "user.username"},
    {"claim": "phone_number_verified", "source": "user.email_verified"},
    {"claim": "", "literal": "x"},
    {"claim": "a\nb", "literal": "x"},
    {"claim": "x" * 201, "literal": "x"},
    {"claim": "x"},
    {"claim": "x", "literal": "y", "source": "user.email"},
    {"claim": "x", "literal": "y" * 1001},
    {"claim": "x", "literal": 2**53},
    {"claim": "x", "source": "user.password_hash"},
    {"claim": "x", "source": "user.__class__"},
    {"claim": "x", "source": "user.profile"},
    {"claim": "x", "literal": "y", "into": []},
    {"claim": "x", "literal": "y", "scope": "a b"},
]


@pytest.mark.parametrize("rule", WRONG, ids=lambda rule: str(rule)[:60])
async def test_what_no_rule_may_say(provider: Provider, rule: dict[str, Any]) -> None:
    """A095, A133: the protocol's claims, proven ones, unknown sources, and what is too large."""
    manager = await provider.client("m2m", scopes=["clients:write", "apis:write"])
    await provider.role(manager)
    token = (await provider.machine_token(manager))["access_token"]
    body: dict[str, Any] = {
        "name": "x",
        "type": "web",
        "redirect_uris": [REDIRECT],
        "options": {"claim_rules": [rule]},
    }
    answer = await provider.api_call(token, "POST", "/api/v1/clients", body)
    assert answer.status == 422, answer.body
    assert answer.json["errors"][0]["field"] == "options.claim_rules[0]"
    given = {"into": ["access_token"], **rule}
    api = {"identifier": API, "name": "x", "options": {"claim_rules": [given]}}
    assert (await provider.api_call(token, "POST", "/api/v1/apis", api)).status == 422


def test_an_api_has_rules_for_access_tokens_alone() -> None:
    """R041: it never sees an ID token."""
    rule = ClaimRule(claim="x", literal="y")
    assert [error.field for error in check_rules([rule], of_api=True)] == ["options.claim_rules[0]"]
    assert check_rules([rule]) == []
    known = [ClaimRule(claim="x", source=source) for source in SOURCES]
    assert check_rules(known) == []
    wrong = check_rules(known, pairwise=True)
    assert [error.field for error in wrong] == ["options.claim_rules[0]"]


async def test_many_large_literals_leave_a_usable_token(provider: Provider) -> None:
    """A135, A121: what goes beyond the limit is left out, and the token is still believed."""
    rules = [ClaimRule(claim=f"c{n}", literal="x" * 1000, into=EVERY) for n in range(50)]
    client = await ruled(provider, *rules)
    identity, _, access, introspected = await said(provider, client, "openid")
    for claims in (identity, access, introspected):
        assert len([name for name in claims if name.startswith("c") and name[1:].isdigit()]) == 3
    assert MAX_BYTES == 3072
    assert introspected["active"] is True


# Preview


async def desk(provider: Provider, *scopes: str) -> str:
    manager = await provider.client("m2m", scopes=list(scopes))
    await provider.role(manager)
    return (await provider.machine_token(manager))["access_token"]


async def test_a_preview_explains_what_is_missing(provider: Provider) -> None:
    """R012, R056: not allowed, not asked, not consented, no value; and what would be there."""
    rules = (
        ClaimRule(claim="nick", source="user.profile.nickname"),
        ClaimRule(claim="contact", source="user.email"),
        ClaimRule(claim="mobile", source="user.profile.phone_number"),
        ClaimRule(claim="plan", literal="gold", into=("access_token",)),
    )
    await provider.api(claim_rules=(ClaimRule(claim="r", literal=1, into=("access_token",)),))
    client = await ruled(
        provider, *rules, skip_consent=False, scopes=["openid", "profile", "email"],
        audiences=[API],
    )  # fmt: skip
    person = await provider.person(given_name="Ada")
    secret, _ = await provider.sign_in(person)
    await provider.tokens(client, secret, scope="openid profile")
    token = await desk(provider, "clients:read", "users:read")
    path = f"/api/v1/clients/{client.id}/claims-preview"
    body = {"user": str(person.id), "scopes": ["openid", "profile", "email"]}
    answer = await provider.api_call(token, "POST", path, body)
    assert answer.status == 200, answer.body
    data = answer.json["data"]
    found = {(c["into"], c["claim"]): (c["value"], c["why"]) for c in data["claims"]}
    assert data["subject"] == str(person.id)
    assert data["scopes"] == ["openid", "profile"]
    assert found["userinfo", "name"] == ("Ada Lovelace", None)
    assert found["id_token", "nick"] == (None, "no_value")
    assert found["id_token", "contact"] == (None, "not_consented")
    assert found["userinfo", "email"] == (None, "not_consented")
    assert found["userinfo", "mobile"] == (None, "scope_not_allowed")
    assert found["access_token", "plan"] == ("gold", None)
    assert found["access_token", "r"] == (None, "wrong_api")
    narrow = await provider.api_call(token, "POST", path, {**body, "scopes": ["openid"],
                                                           "resource": API})  # fmt: skip
    found = {(c["into"], c["claim"]): (c["value"], c["why"]) for c in narrow.json["data"]["claims"]}
    assert found["userinfo", "name"] == (None, "scope_not_asked")
    assert found["access_token", "r"] == (1, None)


async def test_a_preview_shows_people_to_those_who_may_see_them(provider: Provider) -> None:
    """R120, A077: reading clients is not reading people; another tenant's are not found."""
    client, person = await ruled(provider), await provider.person()
    path = f"/api/v1/clients/{client.id}/claims-preview"
    body = {"user": str(person.id)}
    weak = await desk(provider, "clients:read")
    assert (await provider.api_call(weak, "POST", path, body)).status == 403
    token = await desk(provider, "clients:read", "users:read")
    unknown = {"user": "019a0000-0000-7000-8000-00000000dead"}
    assert (await provider.api_call(token, "POST", path, unknown)).status == 404


async def test_an_administrator_finds_whom_a_subject_means(provider: Provider) -> None:
    """R043, R117: for the client's sector alone, and it is written down."""
    options = {"subject_type": "pairwise"}
    client = await ruled(provider, options=options)
    other = await ruled(provider, options=options, redirect_uris=["https://other.example/cb"])
    person = await provider.person()
    secret, _ = await provider.sign_in(person)
    sub = decoded((await provider.tokens(client, secret))["id_token"])["sub"]
    token = await desk(provider, "users:read")
    call = provider.api_call
    found = await call(
        token, "POST", f"/api/v1/clients/{client.id}/resolve-subject", {"subject": sub}
    )
    assert found.json["data"] == {
        "subject": sub, "user": str(person.id), "sector": "host:app.example"
    }  # fmt: skip
    assert len(await provider.reasons("subject.resolved")) == 1
    for wrong, app in ((sub, other), (str(person.id), client), ("x", client), ("", client)):
        path = f"/api/v1/clients/{app.id}/resolve-subject"
        assert (await call(token, "POST", path, {"subject": wrong})).status == 404
    assert len(await provider.reasons("subject.resolved")) == 1
    weak = await desk(provider, "clients:read")
    path = f"/api/v1/clients/{client.id}/resolve-subject"
    assert (await call(weak, "POST", path, {"subject": sub})).status == 403
