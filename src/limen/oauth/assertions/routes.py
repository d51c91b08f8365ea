"""The management API's trusted issuers."""

from limen.kernel.errors import Conflict, NotFound, Stale
from limen.kernel.routes import NOBODY, Route, permission
from limen.kernel.uow import UniqueConflict
from limen.oauth.assertions.errors import BeyondYourReach
from limen.oauth.assertions.views import (
    IssuerChanges,
    IssuersQuery,
    IssuerView,
    NewIssuerBody,
    NewSubjectBody,
    SubjectsQuery,
    SubjectView,
)

_READ, _WRITE = permission("issuers:read"), permission("issuers:write")
_PATH = "/api/v1/trusted-issuers"
_EXAMPLE = {
    "name": "Company sign-in",
    "issuer": "https://idp.example.com",
    "uses": ["grant"],
    "jwks_uri": "https://idp.example.com/jwks",
}

ROUTES: tuple[Route, ...] = (
    Route(
        method="GET", path=_PATH, operation="issuers.list",
        summary="List the issuers whose tokens are believed.", access=_READ, answer="api",
        rate="read", csrf="none", cache="no-store", query=IssuersQuery, returns=IssuerView,
        is_list=True,
    ),
    Route(
        method="POST", path=_PATH, operation="issuers.create",
        summary="Trust an issuer of others' tokens.", access=_WRITE, answer="api", rate="write",
        csrf="json", cache="no-store", body=NewIssuerBody, returns=IssuerView, success=201,
        refusals=(UniqueConflict, BeyondYourReach, NotFound), example=_EXAMPLE,
    ),
    Route(
        method="GET", path=_PATH + "/{id}", operation="issuers.get",
        summary="Show a trusted issuer.", access=_READ, answer="api", rate="read", csrf="none",
        cache="no-store", returns=IssuerView, refusals=(NotFound,),
    ),
    Route(
        method="PATCH", path=_PATH + "/{id}", operation="issuers.update",
        manages=NOBODY,
        summary="Change how far an issuer is trusted.", access=_WRITE, answer="api",
        rate="write", csrf="json", cache="no-store", body=IssuerChanges, returns=IssuerView,
        refusals=(NotFound, Stale, BeyondYourReach), example={"name": "Company sign-in"},
    ),
    Route(
        method="DELETE", path=_PATH + "/{id}", operation="issuers.delete",
        manages=NOBODY,
        summary="Trust an issuer no more; what rests on it stops at once.", access=_WRITE,
        answer="api", rate="write", csrf="json", cache="no-store", success=204,
        refusals=(NotFound, BeyondYourReach),
    ),
    Route(
        method="POST", path=_PATH + "/{id}/enable", operation="issuers.enable",
        manages=NOBODY,
        summary="Trust a disabled issuer again.", access=_WRITE, answer="api", rate="write",
        csrf="json", cache="no-store", returns=IssuerView,
        refusals=(NotFound, Conflict, BeyondYourReach),
    ),
    Route(
        method="POST", path=_PATH + "/{id}/disable", operation="issuers.disable",
        manages=NOBODY,
        summary="Stop trusting an issuer for now; what rests on it stops at once.",
        access=_WRITE, answer="api", rate="write", csrf="json", cache="no-store",
        returns=IssuerView, refusals=(NotFound, Conflict, BeyondYourReach),
    ),
    Route(
        method="GET", path=_PATH + "/{id}/subjects", operation="issuers.list_subjects",
        summary="List whom the subjects of an issuer speak for.", access=_READ, answer="api",
        rate="read", csrf="none", cache="no-store", query=SubjectsQuery, returns=SubjectView,
        is_list=True, refusals=(NotFound,),
    ),
    Route(
        method="POST", path=_PATH + "/{id}/subjects", operation="issuers.link_subject",
        manages=NOBODY,
        summary="Let a subject of an issuer speak for a person.",
        access=permission("users:write"), answer="api", rate="write", csrf="json",
        cache="no-store", body=NewSubjectBody, returns=SubjectView, success=201,
        refusals=(NotFound, UniqueConflict),
        example={"subject": "248289761001", "user": "0198c0de-0000-7000-8000-000000000001"},
    ),
    Route(
        method="DELETE", path=_PATH + "/{id}/subjects/{subject}",
        manages=NOBODY,
        operation="issuers.unlink_subject", summary="Let a subject speak for nobody.",
        access=permission("users:write"), answer="api", rate="write", csrf="json",
        cache="no-store", success=204, refusals=(NotFound,),
    ),
)  # fmt: skip
