"""The routes of the log."""

from limen.audit.errors import FactUnknown, LogDamaged, NotExportable
from limen.audit.views import (
    CheckpointView,
    ExportQuery,
    FactsQuery,
    FactView,
    ReportView,
    TailQuery,
    TailView,
    VerifyBody,
)
from limen.kernel.routes import Route, permission

_READ = permission("audit:read")
_EXPORT = permission("audit:export")

ROUTES = (
    Route(
        method="GET", path="/api/v1/audit/facts", operation="audit.list",
        summary="List facts, the newest first.", access=_READ, answer="api", rate="read",
        csrf="none", cache="no-store", query=FactsQuery, returns=FactView, is_list=True,
    ),
    Route(
        method="GET", path="/api/v1/audit/facts/{id}", operation="audit.get",
        summary="Show a fact.", access=_READ, answer="api", rate="read", csrf="none",
        cache="no-store", returns=FactView, refusals=(FactUnknown,),
    ),
    Route(
        method="GET", path="/api/v1/audit/tail", operation="audit.tail",
        summary="Read the log in its order, from any place on.", access=_READ, answer="api",
        rate="read", csrf="none", cache="no-store", query=TailQuery, returns=TailView,
    ),
    Route(
        method="POST", path="/api/v1/audit/verify", operation="audit.verify",
        summary="Prove that nothing in the log was changed, removed, inserted or moved.",
        access=_READ, answer="api", rate="write", csrf="json", cache="no-store",
        body=VerifyBody, returns=ReportView, refusals=(LogDamaged,), example={"known_keys": []},
    ),
    Route(
        method="GET", path="/api/v1/audit/checkpoint", operation="audit.checkpoint.get",
        summary="Show the newest signed head of the log.", access=_READ, answer="api",
        rate="read", csrf="none", cache="no-store", returns=CheckpointView,
        refusals=(NotExportable,),
    ),
    Route(
        method="GET", path="/api/v1/audit/export", operation="audit.export",
        summary="Export the log as JSON lines that can be verified offline.", access=_EXPORT,
        answer="api", rate="write", csrf="none", cache="no-store", query=ExportQuery,
        refusals=(NotExportable,),
    ),
)  # fmt: skip
