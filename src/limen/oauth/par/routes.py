"""The route of pushed authorization requests."""

from limen.kernel.routes import CLIENT, Route

ROUTES = (
    Route(
        method="POST", path="/oauth2/par", operation="par.push",
        summary="Push an authorization request (RFC 9126).", access=CLIENT, answer="protocol",
        rate="token", csrf="none", cache="no-store", cors="registered", success=201,
    ),
)  # fmt: skip
