"""Checks: what `/readyz` asks before it says yes, and `limen doctor` prints with the mend."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Verdict = Literal["ok", "warn", "fail"]
PATIENCE: Final = 2.0
"""Seconds that a check may take before it counts as failed."""


@dataclass(frozen=True, slots=True)
class Result:
    """One line: the verdict, why, and what mends it (empty where nothing is to mend)."""

    verdict: Verdict
    reason: str
    mend: str = ""


def ok(reason: str) -> Result:
    return Result("ok", reason)


def warn(reason: str, mend: str) -> Result:
    return Result("warn", reason, mend)


def fail(reason: str, mend: str) -> Result:
    return Result("fail", reason, mend)


@dataclass(frozen=True, slots=True)
class Check:
    """`ready` checks are asked by `/readyz` too: without them no request can be served."""

    name: str
    run: Callable[[], Awaitable[Result]]
    ready: bool = False


async def run_checks(
    checks: Sequence[Check], *, only_ready: bool = False, patience: float = PATIENCE
) -> dict[str, Result]:
    """Run them at the same time; one that raises or takes too long has failed."""
    asked = [check for check in checks if check.ready or not only_ready]
    results = await asyncio.gather(*(_run(check, patience) for check in asked))
    return {check.name: result for check, result in zip(asked, results, strict=True)}


async def _run(check: Check, patience: float) -> Result:
    try:
        async with asyncio.timeout(patience):
            return await check.run()
    except TimeoutError:
        return fail(f"no answer within {patience:g} s", "See whether it runs and can be reached.")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        return fail(f"{type(error).__name__}: {error}", "See the log for the whole error.")


def worst(results: dict[str, Result]) -> Verdict:
    """Return the worst verdict; `ok` of nothing."""
    verdicts = {result.verdict for result in results.values()}
    return "fail" if "fail" in verdicts else "warn" if "warn" in verdicts else "ok"
