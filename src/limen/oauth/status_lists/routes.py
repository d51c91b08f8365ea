"""The route of status lists."""

from typing import Final

from limen.kernel.routes import PUBLIC, Route

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        method="GET", path="/oauth2/status-lists/{id}", operation="status_lists.get",
        summary="Tell which tokens of a list are refused, as a signed list of bits.",
        access=PUBLIC, answer="protocol", rate="read", csrf="none", cache="no-store", cors="any",
    ),
)  # fmt: skip
