"""The addresses of backchannel authentication."""

from datetime import timedelta

from limen.kernel.routes import CLIENT, PUBLIC, SESSION, Route

ROUTES: tuple[Route, ...] = (
    Route(
        method="POST", path="/oauth2/ciba", operation="ciba.start",
        summary="Ask a person, on a device of their own (OpenID CIBA).", access=CLIENT,
        answer="protocol", rate="token", csrf="none", cache="no-store",
    ),
    Route(
        method="GET", path="/account/requests", operation="my_requests.show",
        summary="Show what waits for one's decision.", access=SESSION, answer="page",
        rate="read", csrf="none", cache="no-store",
    ),
    Route(
        method="POST", path="/account/requests", operation="my_requests.decide",
        summary="Allow an application what it asked by itself, or not.", access=SESSION,
        answer="page", rate="write", csrf="form", cache="no-store",
    ),
    Route(
        method="GET", path="/account/requests/open", operation="my_requests.open",
        summary="Open a mailed link to a request.", access=PUBLIC, answer="page", rate="read",
        csrf="none", cache="no-store",
    ),
    Route(
        method="POST", path="/account/requests/code", operation="my_requests.set_code",
        summary="Choose the code that applications must know.", access=SESSION, answer="page",
        rate="credential", csrf="form", cache="no-store", freshness=timedelta(minutes=15),
    ),
)  # fmt: skip
