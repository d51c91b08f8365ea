"""How the process itself is: memory, processor time, age, open files."""

import os
import resource
import sys
import time
from pathlib import Path

from limen.platform.telemetry.metrics import Gauge, Metrics

_STATM = Path("/proc/self/statm")
_FILES = Path("/proc/self/fd")


def resident_bytes() -> float:
    """Return the resident memory; where the system does not say it, the most it ever was."""
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def add_vitals(metrics: Metrics, *, version: str) -> None:
    """Add the usual `process_…` metrics and `limen_info`."""
    started_at = time.time()
    metrics.add(
        Gauge("process_resident_memory_bytes", "Resident memory.", read=resident_bytes),
        Gauge(
            "process_cpu_seconds_total", "User and system time.", read=time.process_time,
            kind="counter",
        ),
        Gauge("process_start_time_seconds", "When it started.", read=lambda: started_at),
        Gauge("process_open_fds", "Open files.", read=lambda: len(list(_FILES.iterdir()))),
        Gauge("limen_info", "The version.", "version", read=lambda: {(version,): 1}),
    )  # fmt: skip
