"""The routes of registration: the protocol's, and those of initial access tokens."""

from limen.kernel.errors import Invalid, NotFound
from limen.kernel.routes import NOBODY, PUBLIC, TOKEN, Route, permission
from limen.oauth.registration.views import (
    InitialTokensQuery,
    InitialTokenView,
    MadeInitialToken,
    NewInitialTokenBody,
)

_READ, _WRITE = permission("clients:read"), permission("clients:write")
_ONE = "/oauth2/register/{client_id}"

ROUTES = (
    Route(
        method="POST", path="/oauth2/register", operation="registration.create",
        summary="Let an application register itself (RFC 7591).", access=PUBLIC,
        answer="protocol", rate="none", csrf="none", cache="no-store", cors="any",
    ),
    Route(
        method="GET", path=_ONE, operation="registration.get",
        summary="Show an application its registration (RFC 7592).", access=TOKEN,
        answer="protocol", rate="none", csrf="none", cache="no-store", cors="any",
    ),
    Route(
        method="PUT", path=_ONE, operation="registration.update",
        summary="Let an application replace its registration (RFC 7592).", access=TOKEN,
        answer="protocol", rate="none", csrf="none", cache="no-store", cors="any",
    ),
    Route(
        method="DELETE", path=_ONE, operation="registration.delete",
        summary="Let an application delete itself (RFC 7592).", access=TOKEN,
        answer="protocol", rate="none", csrf="none", cache="no-store", cors="any",
    ),
    Route(
        method="GET", path="/api/v1/registration-tokens", operation="registration_tokens.list",
        summary="List the tokens that let applications register themselves.", access=_READ,
        answer="api", rate="read", csrf="none", cache="no-store", query=InitialTokensQuery,
        returns=InitialTokenView, is_list=True,
    ),
    Route(
        method="POST", path="/api/v1/registration-tokens",
        operation="registration_tokens.create",
        summary="Make a token that lets applications register themselves; shown once.",
        access=_WRITE, answer="api", rate="write", csrf="json", cache="no-store",
        body=NewInitialTokenBody, returns=MadeInitialToken, success=201, refusals=(Invalid,),
        example={"name": "Partner", "uses": 5, "redirect_hosts": ["partner.example.com"]},
    ),
    Route(
        method="DELETE", path="/api/v1/registration-tokens/{id}",
        operation="registration_tokens.revoke",
        summary="Withdraw a token; what was registered with it stays.", access=_WRITE,
        answer="api", rate="write", csrf="json", cache="no-store", success=204,
        refusals=(NotFound,), manages=NOBODY,
    ),
)  # fmt: skip
