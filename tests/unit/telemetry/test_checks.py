"""Checks say what is wrong and what mends it, and never hang or raise."""

import asyncio

from limen.platform.telemetry.checks import Check, Result, fail, ok, run_checks, warn, worst


async def _good() -> Result:
    return ok("12 migrations applied")


async def _doubtful() -> Result:
    return warn("no mail server is configured", "Set LIMEN_MAIL__SMTP_URL.")


async def _broken() -> Result:
    raise ConnectionRefusedError("refused")


async def _hanging() -> Result:
    await asyncio.sleep(60)
    return ok("late")


async def test_every_check_answers() -> None:
    checks = [
        Check("store", _good, ready=True),
        Check("mail", _doubtful),
        Check("cache", _broken),
        Check("broker", _hanging),
    ]
    results = await run_checks(checks, patience=0.01)
    assert [result.verdict for result in results.values()] == ["ok", "warn", "fail", "fail"]
    assert "ConnectionRefusedError" in results["cache"].reason
    assert worst(results) == "fail"


async def test_readiness_asks_only_what_serving_needs() -> None:
    checks = [Check("store", _good, ready=True), Check("mail", _broken)]
    results = await run_checks(checks, only_ready=True)
    assert worst(results) == "ok"
    assert list(results) == ["store"]


def test_the_worst_verdict_counts() -> None:
    assert worst({}) == "ok"
    assert worst({"a": ok(""), "b": warn("", "")}) == "warn"
    assert worst({"a": warn("", ""), "b": fail("", "")}) == "fail"
