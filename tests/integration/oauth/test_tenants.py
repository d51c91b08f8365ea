"""Two tenants: nothing of one is anything at the other."""

from tests.support.oauth import CAUSE, ISSUER, Provider, decoded


async def test_nothing_of_one_tenant_works_at_another(provider: Provider) -> None:
    """A077, A097, R042, R118: clients, codes, tokens, handles, keys and management tokens."""
    acme = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    mine = await provider.client(skip_consent=True)
    theirs = await acme.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    other, _ = await acme.sign_in(await acme.person())  # the same address, another person
    issued = await provider.tokens(mine, secret)
    code = await provider.code(mine, secret)

    assert decoded((await acme.tokens(theirs, other))["access_token"])["iss"] == f"{ISSUER}/t/acme"
    assert (await acme.userinfo(issued["access_token"])).status == 401
    assert await acme.introspect(theirs, issued["access_token"]) == {"active": False}
    assert await acme.introspect(theirs, issued["refresh_token"]) == {"active": False}
    foreign = acme.redemption(theirs, code, redirect_uri=mine.redirect_uris[0])
    assert (await acme.token(foreign)).json["error"] == "invalid_grant"
    stranger = await acme.token(provider.redemption(mine, code))
    assert (stranger.status, stranger.json["error"]) == (401, "invalid_client")
    refresh = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}
    refused = await acme.token(refresh | acme.credentials(theirs))
    assert refused.json["error"] == "invalid_grant"
    assert (await acme.authorize(acme.authorization(mine))).status == 400
    asked = await provider.authorize(provider.authorization(mine, prompt="login"), secret)
    assert (await acme.resume(asked, other)).status == 400
    hinted = acme.authorization(theirs, id_token_hint=issued["id_token"], prompt="none")
    assert (await acme.authorize(hinted, other)).query["error"] == "invalid_request"
    chief = await provider.client("m2m", scopes=["clients:read"])
    await provider.role(chief)
    admin = (await provider.machine_token(chief))["access_token"]
    assert (await acme.api_call(admin, "GET", "/api/v1/clients")).status == 401
    assert (await provider.userinfo(issued["access_token"])).status == 200
    assert (await provider.token(provider.redemption(mine, code))).status == 200


async def test_the_objects_of_another_tenant_are_missing(provider: Provider) -> None:
    """A077, R114: the same answer as for what never existed, and nothing changes."""
    acme = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    theirs = await acme.client()
    chief = await provider.client("m2m", scopes=["clients:read", "clients:write"])
    await provider.role(chief)
    token = (await provider.machine_token(chief))["access_token"]
    missing = "0198c1f0-0000-7000-8000-00000000dead"
    for method, rest, body in [
        ("GET", "", None), ("PATCH", "", {"name": "X"}), ("DELETE", "", {}),
        ("POST", "/disable", {}), ("POST", "/secret", {}),
    ]:  # fmt: skip
        answers = [
            await provider.api_call(token, method, f"/api/v1/clients/{which}{rest}", body)
            for which in (theirs.id, missing)
        ]
        assert [answer.status for answer in answers] == [404, 404]
        assert answers[0].json["code"] == answers[1].json["code"] == "not_found"
    assert await acme.oauth.clients.get(acme.store, theirs.id) == theirs


async def test_each_tenant_has_its_own_metadata_and_keys(provider: Provider) -> None:
    """R020, RFC 8414 §3: under its path, and with the well-known part inserted before it."""
    acme = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    under = await acme.send("GET", "/.well-known/openid-configuration")
    assert under.json["issuer"] == f"{ISSUER}/t/acme"
    assert under.json["token_endpoint"] == f"{ISSUER}/t/acme/oauth2/token"
    for name in ("openid-configuration", "oauth-authorization-server"):
        inserted = await provider.send("GET", f"/.well-known/{name}/t/acme")
        assert inserted.body == under.body
    kids = [
        {key["kid"] for key in (await one.send("GET", "/oauth2/jwks")).json["keys"]}
        for one in (provider, acme)
    ]
    assert not kids[0] & kids[1]
    assert (await provider.send("GET", "/t/nobody/oauth2/jwks")).status == 404
