"""A person at applications of every kind, with everything that they hold, all of it live."""

from dataclasses import dataclass
from typing import Any

from tests.support import decoupled
from tests.support.certificates import make
from tests.support.dpop import ProofKey
from tests.support.exchange import EXCHANGE, exchange
from tests.support.issuers import JWT_BEARER, ForeignIssuer
from tests.support.oauth import Answer, Provider
from tests.support.receivers import Receiver
from tests.support.registration import REGISTER, send
from tests.support.world import EVERYTHING, Realm

from limen.oauth.api import Client
from limen.oauth.options import ClientOptions, CrossApp

OPAQUE, SEALED = "https://vault.example.com", "https://sealed.example.com"
CHAT = "https://as.chat.example"
CERTIFICATE = make("victim").der
EMAIL = "victim@example.com"
NOTIFICATION_TOKEN = "a-token-that-the-application-made-up-itself"
_GRANTS = ("authorization_code", "refresh_token", "client_credentials", decoupled.DEVICE,
           decoupled.CIBA, EXCHANGE, JWT_BEARER)  # fmt: skip


@dataclass
class Victim:
    """`code` … `auth_req_id` are unused; `bound` is opaque and bound to `key`, `keyed` a JWT that
    is, and `certified` is bound to CERTIFICATE; `registration` is what a self-registered
    application got, `initial` what lets another register."""

    realm: Realm
    person: Any
    app: Client
    pusher: Client
    browser: str
    session: Any
    tokens: dict[str, Any]
    receiver: Receiver
    key: ProofKey
    idp: ForeignIssuer
    code: str = ""
    device_code: str = ""
    auth_req_id: str = ""
    bound: str = ""
    keyed: str = ""
    certified: str = ""
    exchanged: str = ""
    asserted: str = ""
    machine: str = ""
    initial: str = ""
    registration: Any = None

    @property
    def provider(self) -> Provider:
        return self.realm.provider

    @property
    def app_paths(self) -> list[str]:
        registered = self.registration["client_id"]
        return [f"/api/v1/clients/{i}" for i in (self.app.id, self.pusher.id, registered)]

    async def admin(self, method: str, path: str, body: Any = None) -> Answer:
        answer = await self.provider.api_call(self.realm.admin_token, method, path, body)
        assert answer.status < 300, (path, answer.body)
        return answer


async def victim(realm: Realm, receiver: Receiver) -> Victim:
    provider = realm.provider
    await provider.api(OPAQUE, ("vault:read",), token_format="opaque")
    await provider.api(SEALED, ("sealed:read",), tls_client_certificate_bound_access_tokens=True)
    person = await realm.with_role("administrator", EMAIL)
    app, pusher = await target(provider), await pushing(provider, receiver)
    await provider.role(app)
    browser, session = await provider.sign_in(person)
    tokens = await realm.issued(app, browser)
    idp = await vouching(realm, person)
    found = Victim(
        realm, person, app, pusher, browser, session, tokens, receiver, ProofKey(provider), idp
    )
    await hold_bound(found)
    await hold_derived(found)
    await hold_registered(found)
    await hold_unused(found)
    return found


async def target(provider: Provider) -> Client:
    chat = CrossApp(audience=CHAT, client_id="there", scopes=("chat.read",))
    return await provider.client(
        "web", name="Target", skip_consent=True, grant_types=list(_GRANTS),
        scopes=["openid", "email", "offline_access", "ssf.read", *EVERYTHING], audiences=[OPAQUE, SEALED],
        options=ClientOptions(
            response_types=("code", "code id_token"), cross_app_access=(chat,),
            token_exchange_audiences=(OPAQUE,),
        ),
    )  # fmt: skip


async def pushing(provider: Provider, receiver: Receiver) -> Client:
    return await provider.client(
        "web", name="Pusher", redirect_uris=[], grant_types=[decoupled.CIBA, "refresh_token"],
        options=ClientOptions(
            backchannel_token_delivery_mode="push",
            backchannel_client_notification_endpoint=f"{receiver.url}/told",
        ),
    )  # fmt: skip


async def vouching(realm: Realm, person: Any) -> ForeignIssuer:
    """Return an issuer of others that may speak for the person."""
    idp = ForeignIssuer(realm.provider, "https://vouching.example.com")
    await idp.trust(scopes=["openid"], uses=["grant", "id_jag"])
    await idp.link(person)
    return idp


async def hold_bound(v: Victim) -> None:
    """Get tokens that only whoever holds a key, or a certificate, can use."""
    provider = v.provider
    code = await provider.code(v.app, v.browser, resource=OPAQUE)
    answer = await provider.token(provider.redemption(v.app, code), v.key.header())
    v.bound = answer.json["access_token"]
    code = await provider.code(v.app, v.browser, scope=" ".join(("openid", *EVERYTHING)))
    answer = await provider.token(provider.redemption(v.app, code), v.key.header())
    v.keyed = answer.json["access_token"]
    code = await provider.code(v.app, v.browser, resource=SEALED)
    provider.send.certificate = CERTIFICATE
    answer = await provider.token(provider.redemption(v.app, code))
    provider.send.certificate = None
    assert answer.status == 200, answer.body
    v.certified = answer.json["access_token"]


async def hold_derived(v: Victim) -> None:
    """Get tokens for tokens: ours exchanged, and another issuer's."""
    provider = v.provider
    answer = await exchange(provider, v.app, v.tokens["access_token"], audience=None)
    assert answer.status == 200, answer.body
    v.exchanged = answer.json["access_token"]
    fields = {"grant_type": JWT_BEARER, "assertion": v.idp.token(), "scope": "openid"}
    answer = await provider.token(fields | provider.credentials(v.app))
    assert answer.status == 200, answer.body
    v.asserted = answer.json["access_token"]
    v.machine = (await provider.machine_token(v.app, scope="ssf.read"))["access_token"]


async def hold_registered(v: Victim) -> None:
    made = await v.admin("POST", "/api/v1/registration-tokens", {"name": "victim", "uses": 9})
    v.initial = made.json["data"]["initial_access_token"]
    metadata = {"redirect_uris": ["https://app.example/cb"]}
    answer = await send(v.provider, "POST", REGISTER, metadata, v.initial)
    assert answer.status == 201, answer.body
    v.registration = answer.json


async def hold_unused(v: Victim) -> None:
    """Get what is good for one use: codes, and what a person approved elsewhere."""
    provider = v.provider
    v.code = await provider.code(v.app, v.browser)
    v.device_code = await decoupled.device_code(provider, v.app, v.browser, v.session)
    v.auth_req_id = await decoupled.request_id(provider, v.app, v.browser, EMAIL)
    said = {"client_notification_token": NOTIFICATION_TOKEN}
    await decoupled.request_id(provider, v.pusher, v.browser, EMAIL, **said)
