"""Log lines: JSON for machines, readable ones for terminals; masked and one line each.

Modules log with the standard library (`logging.getLogger("limen.…")`, `extra={…}`); what
libraries log passes the same masks.  No line is written for a hot request.
"""

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final, Literal, TextIO

from limen.platform.telemetry.masking import mask, mask_value, visible

Format = Literal["json", "console", "auto"]

request_id: Final[ContextVar[str]] = ContextVar("limen_request_id", default="")
"""The id of the request being served, in every line that is logged meanwhile."""

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
}
_QUIET = {"uvicorn.access": logging.CRITICAL, "httpx": logging.WARNING, "asyncio": logging.WARNING}


def configure(
    format: Format = "auto",  # noqa: A002 - the setting's own name
    *,
    level: str = "info",
    stream: TextIO = sys.stderr,
) -> None:
    """Send all log lines to `stream`; `auto` is console on a terminal."""
    console = format == "console" or (format == "auto" and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(ConsoleLines() if console else JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, at_least in _QUIET.items():
        logging.getLogger(name).setLevel(at_least)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True


def _fields(record: logging.LogRecord) -> dict[str, object]:
    found: dict[str, object] = {}
    bound = request_id.get()
    if bound:
        found["request_id"] = mask(bound)
    for name, value in vars(record).items():
        if name not in _OWN:
            found[name] = mask_value(name, value)
    return found


def _exception(record: logging.LogRecord) -> str | None:
    if record.exc_info and record.exc_info[0] is not None:
        return mask("".join(traceback.format_exception(*record.exc_info, limit=-25)))
    return mask(record.exc_text) if record.exc_text else None


def _said(record: logging.LogRecord) -> str:
    try:
        return mask(record.getMessage())
    except (TypeError, ValueError):  # arguments that do not fit; the line is still worth having
        return mask(str(record.msg))


def _at(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    return at.replace("+00:00", "Z")


class JsonLines(logging.Formatter):
    """One JSON object a line, ASCII only, so that no character can end or forge a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": _at(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _said(record),
        }
        line |= {k: v for k, v in _fields(record).items() if k not in line}
        exception = _exception(record)
        if exception:
            line["exception"] = exception
        return json.dumps(line, default=str, separators=(",", ":")).replace("\x7f", "\\u007f")


class ConsoleLines(logging.Formatter):
    """`12:30:01 warning  limen.door  slow answer  operation=token.issue`; colours are not ours."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(
            f"{visible(name)}={_shown(value)}" for name, value in _fields(record).items()
        )
        start = f"{_at(record)[11:19]} {record.levelname.lower():8} {record.name}"
        line = f"{start}  {visible(_said(record))}" + (f"  {fields}" if fields else "")
        exception = _exception(record)
        if exception:
            traced = "\n".join(f"    | {visible(part)}" for part in exception.rstrip().split("\n"))
            line = f"{line}\n{traced}"
        return line


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    shown = visible(text)
    return json.dumps(shown, ensure_ascii=False) if " " in shown or not shown else shown
