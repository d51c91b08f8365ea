"""Every way to get a token, and every way to use one: whether it lets a victim's callers in."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from tests.support import decoupled
from tests.support.exchange import EXCHANGE, TYPE, exchange
from tests.support.issuers import JWT_BEARER
from tests.support.oauth import Answer
from tests.support.registration import REGISTER, path_of, send
from tests.support.victims import CERTIFICATE, CHAT, Victim
from tests.support.world import Visitor

Entrance = Callable[[Victim], Awaitable[Answer]]


def let_in(answer: Answer) -> bool:
    if answer.status == 303:
        return "code=" in answer.location
    if answer.status not in (200, 201):
        return False
    return answer.body != b'{"active":false}'


# Getting one


async def redeeming(v: Victim) -> Answer:
    return await v.provider.token(v.provider.redemption(v.app, v.code))


async def device_polling(v: Victim) -> Answer:
    return await decoupled.poll_device(v.provider, v.app, v.device_code)


async def ciba_polling(v: Victim) -> Answer:
    return await decoupled.poll_ciba(v.provider, v.app, v.auth_req_id)


async def ciba_pushing(v: Victim) -> Answer:
    """The answer is 200 where tokens were pushed."""
    for task in v.provider.tasks:
        if task.name == "deliveries.send":
            await task.run()
    bodies = [json.loads(one.body) for one in v.receiver.received]
    return Answer(200 if any("access_token" in body for body in bodies) else 400, {}, b"")


async def refreshing(v: Victim) -> Answer:
    fields = {"grant_type": "refresh_token", "refresh_token": v.tokens["refresh_token"]}
    return await v.provider.token(fields | v.provider.credentials(v.app))


async def exchanging(v: Victim) -> Answer:
    return await exchange(v.provider, v.app, v.tokens["access_token"], audience=None)


async def exchanging_refresh(v: Victim) -> Answer:
    kind, token = TYPE + "refresh_token", v.tokens["refresh_token"]
    return await exchange(
        v.provider, v.app, token, audience=None, subject_token_type=kind, scope="openid"
    )


async def exchanging_identity(v: Victim) -> Answer:
    kind, token = TYPE + "id_token", v.tokens["id_token"]
    return await exchange(
        v.provider, v.app, token, audience=None, subject_token_type=kind, scope="openid"
    )


async def taking_elsewhere(v: Victim) -> Answer:
    """An ID-JAG for another authorization server."""
    kind = {"subject_token_type": TYPE + "id_token", "requested_token_type": TYPE + "id-jag"}
    return await exchange(v.provider, v.app, v.tokens["id_token"], audience=CHAT, **kind)


async def asserting(v: Victim) -> Answer:
    fields = {"grant_type": JWT_BEARER, "assertion": v.idp.token(), "scope": "openid"}
    return await v.provider.token(fields | v.provider.credentials(v.app))


async def asserting_jag(v: Victim) -> Answer:
    fields = {"grant_type": JWT_BEARER, "assertion": v.idp.jag(v.app), "scope": "openid"}
    return await v.provider.token(fields | v.provider.credentials(v.app))


async def client_credentials(v: Victim) -> Answer:
    fields = {"grant_type": "client_credentials", **v.provider.credentials(v.app)}
    return await v.provider.token(fields)


async def authorizing(v: Victim) -> Answer:
    asked = v.provider.authorization(v.app, prompt="none")
    return await v.provider.authorize(asked, v.browser)


async def authorizing_hybrid(v: Victim) -> Answer:
    asked = v.provider.authorization(v.app, prompt="none", response_type="code id_token")
    return await v.provider.authorize(asked, v.browser)


async def pushing_request(v: Victim) -> Answer:
    fields = v.provider.authorization(v.app) | v.provider.credentials(v.app)
    return await v.provider.form("/oauth2/par", fields)


async def starting_device(v: Victim) -> Answer:
    fields = {"scope": "openid", **v.provider.credentials(v.app)}
    return await v.provider.form("/oauth2/device", fields)


async def starting_ciba(v: Victim) -> Answer:
    fields = {"scope": "openid", "login_hint": "ada@example.com", **v.provider.credentials(v.app)}
    return await v.provider.form("/oauth2/ciba", fields)


async def following(v: Victim) -> Answer:
    """The feed of revocations, for whoever is a resource server."""
    return await v.provider.send("GET", "/oauth2/revocations", headers=[v.provider.basic(v.app)])


async def following_by_post(v: Victim) -> Answer:
    return await v.provider.form("/oauth2/revocations", {}, v.provider.basic(v.app))


async def registering(v: Victim) -> Answer:
    metadata = {"redirect_uris": ["https://app.example/cb"]}
    return await send(v.provider, "POST", REGISTER, metadata, v.initial)


# Using one


async def introspecting(v: Victim) -> Answer:
    fields = {"token": v.tokens["access_token"]}
    return await v.provider.form("/oauth2/introspect", fields, v.provider.basic(v.app))


async def introspecting_refresh(v: Victim) -> Answer:
    fields = {"token": v.tokens["refresh_token"]}
    return await v.provider.form("/oauth2/introspect", fields, v.provider.basic(v.app))


async def introspecting_bound(v: Victim) -> Answer:
    return await v.provider.form("/oauth2/introspect", {"token": v.bound}, v.provider.basic(v.app))


async def userinfo(v: Victim) -> Answer:
    return await v.provider.userinfo(v.tokens["access_token"])


async def userinfo_by_post(v: Victim) -> Answer:
    return await v.provider.userinfo(v.tokens["access_token"], "POST")


async def exchanged(v: Victim) -> Answer:
    return await v.provider.userinfo(v.exchanged)


async def asserted(v: Victim) -> Answer:
    return await v.provider.userinfo(v.asserted)


async def bound_and_opaque(v: Victim) -> Answer:
    headers = v.key.using(v.bound, "/oauth2/userinfo")
    return await v.provider.send("GET", "/oauth2/userinfo", headers=headers)


async def bound_at_the_api(v: Victim) -> Answer:
    headers = v.key.using(v.keyed, "/api/v1/me")
    return await v.provider.send("GET", "/api/v1/me", headers=headers)


async def bound_to_a_certificate(v: Victim) -> Answer:
    v.provider.send.certificate = CERTIFICATE
    answer = await v.provider.userinfo(v.certified)
    v.provider.send.certificate = None
    return answer


async def management(v: Victim) -> Answer:
    return await v.provider.api_call(v.tokens["access_token"], "GET", "/api/v1/users")


async def own_account(v: Victim) -> Answer:
    return await v.provider.api_call(v.tokens["access_token"], "GET", "/api/v1/me")


async def hearing(v: Victim) -> Answer:
    """What a receiver of security events asks; all of it looks at its token alike."""
    return await v.provider.api_call(v.machine, "GET", "/ssf/streams")


async def managing_registration(v: Victim) -> Answer:
    token = v.registration["registration_access_token"]
    return await send(v.provider, "GET", path_of(v.registration), None, token)


async def account_page(v: Victim) -> Answer:
    return await Visitor(v.provider, v.browser).get("/account")


# Which of them there must be

OF_GRANTS: Final[Mapping[str, tuple[Entrance, ...]]] = {
    "authorization_code": (redeeming,),
    "refresh_token": (refreshing,),
    "client_credentials": (client_credentials,),
    decoupled.DEVICE: (device_polling,),
    decoupled.CIBA: (ciba_polling, ciba_pushing),
    EXCHANGE: (exchanging, exchanging_refresh, exchanging_identity, taking_elsewhere),
    JWT_BEARER: (asserting, asserting_jag),
}
OF_OPERATIONS: Final[Mapping[str, tuple[Entrance, ...]]] = {
    "token.issue": tuple(one for ways in OF_GRANTS.values() for one in ways),
    "token.introspect": (introspecting, introspecting_refresh, introspecting_bound),
    "token.revoke": (),  # it only ends things, and says nothing of whether they stood
    "userinfo.get": (userinfo, bound_and_opaque, bound_to_a_certificate, exchanged, asserted),
    "userinfo.post": (userinfo_by_post,),
    "par.push": (pushing_request,),
    "device.start": (starting_device,),
    "ciba.start": (starting_ciba,),
    "revocations.get": (following,),
    "revocations.post": (following_by_post,),
    "registration.get": (managing_registration,),
    **{
        f"ssf.{name}": (hearing,)
        for name in (
            "create_stream",
            "get_stream",
            "update_stream",
            "replace_stream",
            "delete_stream",
            "get_status",
            "set_status",
            "add_subject",
            "remove_subject",
            "verify",
            "poll",
        )
    },
    "registration.update": (),  # the token is looked at as for registration.get
    "registration.delete": (),  # as above
}

OF_THE_APP = (
    client_credentials, pushing_request, starting_device, starting_ciba, following,
    following_by_post, hearing,
)  # fmt: skip
OF_THE_IDP = (asserting, asserting_jag, asserted)
BROWSER = (authorizing, authorizing_hybrid, account_page)
BY_SIGNATURE = (
    exchanging, exchanging_identity, taking_elsewhere, exchanged, asserted, introspecting, userinfo,
    userinfo_by_post, bound_at_the_api, bound_to_a_certificate, management, own_account,
)  # fmt: skip
OF_A_PERSON = (
    redeeming, device_polling, ciba_polling, ciba_pushing, exchanging_refresh, refreshing,
    introspecting_refresh, introspecting_bound, bound_and_opaque,
    *(one for one in BY_SIGNATURE if one is not asserted),
)  # fmt: skip
EVERY = (
    *OF_A_PERSON, *OF_THE_APP, *OF_THE_IDP, *BROWSER, managing_registration, registering,
)  # fmt: skip
ONCE = (redeeming, device_polling, ciba_polling, ciba_pushing, refreshing)
"""What is used up, or ends something, by being tried."""
