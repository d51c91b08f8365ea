"""The route of the revocation feed."""

from typing import Final

from limen.kernel.routes import CLIENT, Route

_SUMMARY: Final = "Tell a resource server which tokens to refuse: at once, or as it happens."

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        method="GET", path="/oauth2/revocations", operation="revocations.get", summary=_SUMMARY,
        access=CLIENT, answer="protocol", rate="token", csrf="none", cache="no-store",
    ),
    Route(
        method="POST", path="/oauth2/revocations", operation="revocations.post", summary=_SUMMARY,
        access=CLIENT, answer="protocol", rate="token", csrf="none", cache="no-store",
    ),
)  # fmt: skip
