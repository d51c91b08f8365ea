"""A chain of services: an application, an API behind it, and another API behind that."""

from dataclasses import dataclass
from typing import Any

from tests.support.oauth import Answer, Provider, decoded

from limen.oauth.api import Client
from limen.oauth.options import ClientOptions
from limen.platform.jose.sign import sign

TYPE = "urn:ietf:params:oauth:token-type:"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ORDERS, STOCK = "https://orders.example.com", "https://stock.example.com"


@dataclass
class Chain:
    """`shop` calls orders with a person's token; `orders` calls stock on their behalf."""

    provider: Provider
    shop: Client
    orders: Client
    person: Any
    secret: str
    session: Any
    tokens: dict[str, Any]

    @property
    def token(self) -> str:
        return self.tokens["access_token"]

    async def exchange(self, client: Client | None = None, **changes: str | None) -> Answer:
        return await exchange(self.provider, client or self.orders, self.token, **changes)


async def exchange(provider: Provider, client: Client, token: str, **changes: str | None) -> Answer:
    """Ask for what orders usually asks; None leaves a parameter out."""
    values: dict[str, str | None] = {
        "grant_type": EXCHANGE, "subject_token": token,
        "subject_token_type": TYPE + "access_token", "audience": STOCK,
        **provider.credentials(client),
    }  # fmt: skip
    return await provider.token({k: v for k, v in (values | changes).items() if v is not None})


async def service(provider: Provider, **changes: Any) -> Client:
    """Return the client of the orders API."""
    options = {"token_exchange_audiences": (STOCK,), **changes.pop("options", {})}
    values: dict[str, Any] = {
        "name": "Orders service", "grant_types": ["client_credentials", EXCHANGE],
        "scopes": ["read", "write"], "audiences": [ORDERS], "options": ClientOptions(**options),
    }  # fmt: skip
    return await provider.client("m2m", **(values | changes))


async def chain(provider: Provider, **changes: Any) -> Chain:
    for api in (ORDERS, STOCK):
        await provider.api(api, scopes=("read", "write", "admin"))
    shop = await provider.client(
        "web", name="Shop", skip_consent=True,
        scopes=["openid", "email", "offline_access", "read", "write"],
    )  # fmt: skip
    orders = await service(provider, **changes)
    person = await provider.person()
    secret, session = await provider.sign_in(person)
    tokens = await provider.tokens(shop, secret, scope="openid read", resource=ORDERS)
    return Chain(provider, shop, orders, person, secret, session, tokens)


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json.get("error", "")


async def reissued(provider: Provider, token: str, *, typ: str = "at+jwt", **changes: Any) -> str:
    """Return our own token with other claims, signed by the tenant's key; None leaves one out."""
    claims = {k: v for k, v in (decoded(token) | changes).items() if v is not None}
    return sign(await provider.keys.signing(provider.store, "ES256"), typ, claims)
