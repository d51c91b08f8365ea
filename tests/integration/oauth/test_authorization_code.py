"""The code flow from the first request to userinfo.

OAuth 2.1 §4.1, RFC 7636, RFC 9207, OpenID Connect Core §3.1.
"""

from tests.support.oauth import REDIRECT, Provider, decoded, header_of


async def test_a_signed_in_person_consents_once_and_the_client_gets_its_tokens(
    provider: Provider,
) -> None:
    """R008, R012, R023, R027, R028, R037, R045: the whole flow, then the same without a question."""
    client = await provider.client()
    user = await provider.person()
    secret, session = await provider.sign_in(user)

    asked = await provider.authorize(provider.authorization(client, scope="openid email"), secret)
    assert asked.status == 303
    assert asked.location.startswith("/consent?flow=")
    assert (
        await provider.approve(asked, secret)
        == f"/oauth2/authorize/continue?flow={asked.query['flow']}"
    )
    answer = await provider.resume(asked, secret)

    assert answer.status == 303
    assert answer.location.startswith(REDIRECT + "?")
    assert answer.query["iss"] == provider.tenant.issuer
    assert answer.query["state"] == "the-state"
    issued = await provider.token(provider.redemption(client, answer.query["code"]))
    assert issued.status == 200, issued.body
    assert issued.headers["cache-control"] == "no-store"
    access, identity = decoded(issued.json["access_token"]), decoded(issued.json["id_token"])
    assert header_of(issued.json["access_token"])["typ"] == "at+jwt"
    assert access["aud"] == provider.tenant.issuer
    assert access["sub"] == str(user.id)
    assert access["sid"] == str(session.id)
    assert access["exp"] - access["iat"] == 900
    assert identity["nonce"] == "the-nonce"
    assert identity["aud"] == client.client_id
    assert identity["auth_time"] == int(session.authenticated_at.timestamp())
    assert identity["amr"] == ["pwd"]

    info = await provider.userinfo(issued.json["access_token"])
    assert info.status == 200, info.body
    assert info.json == {
        "sub": str(user.id), "email": "ada@example.com", "email_verified": True,
    }  # fmt: skip

    again = await provider.authorize(provider.authorization(client), secret)
    assert again.location.startswith(REDIRECT + "?code=")


async def test_a_client_that_repeats_itself_is_flagged(provider: Provider) -> None:
    """R026: the fact of the code says that challenge or nonce were used before."""
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    await provider.code(client, secret, code_challenge="a" * 43, nonce="1")
    await provider.code(client, secret, code_challenge="b" * 43, nonce="2")
    await provider.code(client, secret, code_challenge="b" * 43, nonce="3")
    await provider.code(client, secret, code_challenge="c" * 43, nonce="3")
    await provider.code(client, secret, code_challenge="d" * 43, nonce=None)
    told = [data.get("repeated") for data in await provider.data("code.issued")]
    assert told == [None, None, ["challenge"], ["nonce"], None]
