"""The routes of previews."""

from typing import Final

from limen.kernel.errors import Forbidden, NotFound
from limen.kernel.routes import NOBODY, Route, permission
from limen.oauth.previews.views import PreviewBody, PreviewView, SubjectBody, SubjectView

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        method="POST", path="/api/v1/clients/{id}/claims-preview",
        operation="clients.preview_claims", manages=NOBODY,
        summary="Show which claims an application would get about a person, and why others not.",
        access=permission("clients:read"), answer="api", rate="read", csrf="json",
        cache="no-store", body=PreviewBody, returns=PreviewView,
        refusals=(NotFound, Forbidden),
        example={"user": "0198c0de-0000-7000-8000-000000000001", "scopes": ["openid", "email"]},
    ),
    Route(
        method="POST", path="/api/v1/clients/{id}/resolve-subject",
        operation="clients.resolve_subject", manages=NOBODY,
        summary="Tell whom an application knows by a subject; this is written down.",
        access=permission("users:read"), answer="api", rate="read", csrf="json",
        cache="no-store", body=SubjectBody, returns=SubjectView, refusals=(NotFound,),
        example={"subject": "n8Jc2m0mJbKXn5kqk0Gd3GJXvHhC0uGkH6lS3y7mW1A"},
    ),
)  # fmt: skip
