"""The tables of oauth, and the repositories over them."""

from limen.oauth.store.apis import SqlApis
from limen.oauth.store.clients import SqlClients
from limen.oauth.store.grants import SqlGrants
from limen.oauth.store.interactions import SqlInteractions
from limen.oauth.store.opaque import SqlOpaqueTokens
from limen.oauth.store.standing import STANDING
from limen.oauth.store.tokens import SqlRevokedTokens

__all__ = [
    "STANDING",
    "SqlApis",
    "SqlClients",
    "SqlGrants",
    "SqlInteractions",
    "SqlOpaqueTokens",
    "SqlRevokedTokens",
]
