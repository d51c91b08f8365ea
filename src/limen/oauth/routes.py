"""The routes of oauth: the protocol, then the management API of its objects."""

from limen.kernel.errors import NotFound, Stale
from limen.kernel.routes import CLIENT, NOBODY, PUBLIC, TOKEN, Route, permission
from limen.kernel.uow import UniqueConflict
from limen.oauth.http.views import (
    ApiChanges,
    ApisQuery,
    ApiView,
    ClientChanges,
    ClientsQuery,
    ClientView,
    GrantsQuery,
    GrantView,
    NewApiBody,
    NewClientBody,
    NewSecretView,
    NewTokenBody,
    TokenView,
)

_PROTOCOL = (
    Route(
        method="GET", path="/.well-known/openid-configuration", operation="discovery.openid",
        summary="OpenID Connect discovery document.", access=PUBLIC, answer="protocol",
        rate="none", csrf="none", cache="public", cors="any",
    ),
    Route(
        method="GET", path="/.well-known/oauth-authorization-server",
        operation="discovery.oauth", summary="Authorization server metadata (RFC 8414).",
        access=PUBLIC, answer="protocol", rate="none", csrf="none", cache="public", cors="any",
    ),
    Route(
        method="GET", path="/oauth2/jwks", operation="jwks.get",
        summary="The public keys that verify our tokens.", access=PUBLIC, answer="protocol",
        rate="none", csrf="none", cache="public", cors="any",
    ),
    Route(
        method="GET", path="/oauth2/authorize", operation="authorize.start",
        summary="Ask for an authorization code.", access=PUBLIC, answer="page", rate="read",
        csrf="none", cache="no-store",
    ),
    Route(
        method="POST", path="/oauth2/authorize", operation="authorize.submit",
        summary="Ask for an authorization code by a form.", access=PUBLIC, answer="page",
        rate="read", csrf="none", cache="no-store",
    ),
    Route(
        method="GET", path="/oauth2/authorize/continue", operation="authorize.resume",
        summary="Go on with an authorization request that waited for the person.",
        access=PUBLIC, answer="page", rate="read", csrf="none", cache="no-store",
    ),
    Route(
        method="POST", path="/oauth2/token", operation="token.issue",
        summary="Exchange a grant for tokens.", access=CLIENT, answer="protocol", rate="token",
        csrf="none", cache="no-store", cors="registered",
    ),
    Route(
        method="POST", path="/oauth2/introspect", operation="token.introspect",
        summary="Tell a resource server about a token.", access=CLIENT, answer="protocol",
        rate="token", csrf="none", cache="no-store",
    ),
    Route(
        method="POST", path="/oauth2/revoke", operation="token.revoke",
        summary="Revoke a token.", access=CLIENT, answer="protocol", rate="token", csrf="none",
        cache="no-store", cors="registered",
    ),
    Route(
        method="GET", path="/oauth2/userinfo", operation="userinfo.get",
        summary="Claims about the person of an access token.", access=TOKEN, answer="protocol",
        rate="token", csrf="none", cache="no-store", cors="registered",
    ),
    Route(
        method="POST", path="/oauth2/userinfo", operation="userinfo.post",
        summary="Claims about the person of an access token.", access=TOKEN, answer="protocol",
        rate="token", csrf="none", cache="no-store", cors="registered",
    ),
    Route(
        method="GET", path="/oauth2/logout", operation="logout.show",
        summary="Sign out at an application's wish.", access=PUBLIC, answer="page", rate="read",
        csrf="none", cache="no-store",
    ),
    Route(
        method="POST", path="/oauth2/logout", operation="logout.submit",
        summary="Sign out at an application's wish, by a form.", access=PUBLIC, answer="page",
        rate="read", csrf="none", cache="no-store",
    ),
)  # fmt: skip

_CLIENTS_READ, _CLIENTS_WRITE = permission("clients:read"), permission("clients:write")
_APIS_READ, _APIS_WRITE = permission("apis:read"), permission("apis:write")

_CLIENTS = (
    Route(
        method="GET", path="/api/v1/clients", operation="clients.list",
        summary="List applications.", access=_CLIENTS_READ, answer="api", rate="read",
        csrf="none", cache="no-store", query=ClientsQuery, returns=ClientView, is_list=True,
    ),
    Route(
        method="POST", path="/api/v1/clients", operation="clients.create",
        summary="Register an application; its secret is shown once.", access=_CLIENTS_WRITE,
        answer="api", rate="write", csrf="json", cache="no-store", body=NewClientBody,
        returns=NewSecretView, success=201,
        example={"name": "Shop", "type": "web",
                 "redirect_uris": ["https://shop.example.com/callback"]},
    ),
    Route(
        method="GET", path="/api/v1/clients/{id}", operation="clients.get",
        summary="Show an application.", access=_CLIENTS_READ, answer="api", rate="read",
        csrf="none", cache="no-store", returns=ClientView, refusals=(NotFound,),
    ),
    Route(
        method="PATCH", path="/api/v1/clients/{id}", operation="clients.update",
        manages=NOBODY,
        summary="Change an application.", access=_CLIENTS_WRITE, answer="api", rate="write",
        csrf="json", cache="no-store", body=ClientChanges, returns=ClientView,
        refusals=(NotFound, Stale), example={"name": "Shop"},
    ),
    Route(
        method="DELETE", path="/api/v1/clients/{id}", operation="clients.delete",
        manages=NOBODY,
        summary="Delete an application with its grants and tokens.", access=_CLIENTS_WRITE,
        answer="api", rate="write", csrf="json", cache="no-store", success=204,
        refusals=(NotFound,),
    ),
    Route(
        method="POST", path="/api/v1/clients/{id}/enable", operation="clients.enable",
        manages=NOBODY,
        summary="Let a disabled application work again.", access=_CLIENTS_WRITE, answer="api",
        rate="write", csrf="json", cache="no-store", returns=ClientView, refusals=(NotFound,),
    ),
    Route(
        method="POST", path="/api/v1/clients/{id}/disable", operation="clients.disable",
        manages=NOBODY,
        summary="Stop an application; its tokens stop at once.", access=_CLIENTS_WRITE,
        answer="api", rate="write", csrf="json", cache="no-store", returns=ClientView,
        refusals=(NotFound,),
    ),
    Route(
        method="POST", path="/api/v1/clients/{id}/secret", operation="clients.rotate_secret",
        manages=NOBODY,
        summary="Make a new secret, shown once; the old one works on for a while.",
        access=_CLIENTS_WRITE, answer="api", rate="write", csrf="json", cache="no-store",
        returns=NewSecretView, refusals=(NotFound,),
    ),
)  # fmt: skip

_OTHERS = (
    Route(
        method="GET", path="/api/v1/apis", operation="apis.list",
        summary="List APIs (resource servers).", access=_APIS_READ, answer="api", rate="read",
        csrf="none", cache="no-store", query=ApisQuery, returns=ApiView, is_list=True,
    ),
    Route(
        method="POST", path="/api/v1/apis", operation="apis.create",
        summary="Register an API with its scopes.", access=_APIS_WRITE, answer="api",
        rate="write", csrf="json", cache="no-store", body=NewApiBody, returns=ApiView,
        success=201, refusals=(UniqueConflict,),
        example={"identifier": "https://api.example.com", "name": "Orders",
                 "scopes": [{"name": "orders:read", "title": "See your orders"}]},
    ),
    Route(
        method="GET", path="/api/v1/apis/{id}", operation="apis.get", summary="Show an API.",
        access=_APIS_READ, answer="api", rate="read", csrf="none", cache="no-store",
        returns=ApiView, refusals=(NotFound,),
    ),
    Route(
        method="PATCH", path="/api/v1/apis/{id}", operation="apis.update",
        manages=NOBODY,
        summary="Change an API; its identifier stays.", access=_APIS_WRITE, answer="api",
        rate="write", csrf="json", cache="no-store", body=ApiChanges, returns=ApiView,
        refusals=(NotFound, Stale), example={"name": "Orders"},
    ),
    Route(
        method="DELETE", path="/api/v1/apis/{id}", operation="apis.delete",
        manages=NOBODY,
        summary="Delete an API; no further token is made for it.", access=_APIS_WRITE,
        answer="api", rate="write", csrf="json", cache="no-store", success=204,
        refusals=(NotFound,),
    ),
    Route(
        method="GET", path="/api/v1/grants", operation="grants.list",
        summary="List what people allow applications.", access=permission("grants:read"),
        answer="api", rate="read", csrf="none", cache="no-store", query=GrantsQuery,
        returns=GrantView, is_list=True,
    ),
    Route(
        method="DELETE", path="/api/v1/grants/{id}", operation="grants.revoke",
        manages="id", owner="grant",
        summary="Withdraw a grant with every token that rests on it.",
        access=permission("grants:write"), answer="api", rate="write", csrf="json",
        cache="no-store", success=204, refusals=(NotFound,),
    ),
    Route(
        method="POST", path="/api/v1/tokens", operation="tokens.create", local=True,
        summary="Make a management access token for a person or application.",
        access=permission("tokens:write"), answer="api", rate="write", csrf="json",
        cache="no-store", body=NewTokenBody, returns=TokenView, success=201,
        refusals=(NotFound,),
    ),
)  # fmt: skip

ROUTES = (*_PROTOCOL, *_CLIENTS, *_OTHERS)
