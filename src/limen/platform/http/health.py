"""`/healthz`, `/readyz`, `/metrics`: for machines, so under no tenant and no host name."""

from collections.abc import Mapping, Sequence

from limen.platform.http.messages import Handler, Request, Response, json_response
from limen.platform.telemetry.checks import Check, run_checks, worst
from limen.platform.telemetry.metrics import Metrics

_TEXT = b"text/plain; version=0.0.4; charset=utf-8"


def handlers(checks: Sequence[Check], metrics: Metrics) -> Mapping[str, Handler]:
    """Return the handlers by path.  `/readyz` says 503 while a dependency is missing."""

    async def alive(_: Request) -> Response:
        return json_response({"status": "ok"})

    async def ready(_: Request) -> Response:
        results = await run_checks(checks, only_ready=True)
        verdict = worst(results)
        body = {
            "status": verdict,
            "checks": {
                name: {"verdict": r.verdict, "reason": r.reason} for name, r in results.items()
            },
        }
        if verdict == "fail":
            return json_response(body, 503, [(b"retry-after", b"1")])
        return json_response(body)

    async def measured(_: Request) -> Response:
        return Response(200, metrics.text(), _TEXT)

    return {"/healthz": alive, "/readyz": ready, "/metrics": measured}
