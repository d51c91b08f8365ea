"""The table, the file, and what fell since the last run."""

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
FELL = 0.93  # of the last ratio: runs on shared machines differ by some per cent


@dataclass(frozen=True)
class Line:
    """One measured operation: medians of the rounds."""

    name: str
    rate: float
    ratio: float
    p99: float
    goal: float | None
    ratio_goal: float | None


def median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0


def machine() -> str:
    model = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def print_table(lines: Sequence[Line], facts: dict[str, float]) -> None:
    print(f"\n{'operation':<34}{'per CPU-s':>10}{'ratio':>8}{'goal':>8}{'':>4}{'p99 ms':>8}")
    for line in lines:
        goal = f"{line.ratio_goal:.2f}" if line.ratio_goal else "-"
        good = "" if line.ratio_goal is None else "ok" if line.ratio >= line.ratio_goal else "BELOW"
        numbers = f"{line.rate:>10,.0f}{line.ratio:>8.3f}{goal:>8} {good:<6}{line.p99:>6.1f}"
        print(f"{line.name:<34}{numbers}")
    for name, value in facts.items():
        print(f"{name:<34}{value:>10,.0f}")


def save(store: str, lines: Sequence[Line], facts: dict[str, float]) -> Path:
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    file = RESULTS / f"{now:%Y%m%dT%H%M%S}-{store}.json"
    document = {
        "at": now.isoformat(timespec="seconds"),
        "machine": machine(),
        "store": store,
        "lines": [asdict(line) for line in lines],
        "facts": facts,
    }
    file.write_text(json.dumps(document, indent=2) + "\n")
    return file


def compare(lines: Sequence[Line], before: Path | None) -> None:
    """Say which ratio fell since the last run on the same store."""
    if before is None:
        return
    old = {line["name"]: line["ratio"] for line in json.loads(before.read_text())["lines"]}
    fell = [
        f"{line.name}: {old[line.name]:.3f} -> {line.ratio:.3f}"
        for line in lines
        if line.name in old and line.ratio < old[line.name] * FELL
    ]
    print(f"\ncompared with {before.name}: " + ("; ".join(fell) if fell else "no ratio fell"))


def latest(store: str) -> Path | None:
    found = sorted(RESULTS.glob(f"*-{store}.json"))
    return found[-1] if found else None
