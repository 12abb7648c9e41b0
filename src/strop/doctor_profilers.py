"""Which profilers and counters work on this machine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from strop.doctor_rows import Row

__all__ = ["profilers"]

PARANOID = Path("/proc/sys/kernel/perf_event_paranoid")
MOST_PARANOID = 2  # up to this, users may sample their own programs


def profilers() -> list[Row]:
    """Return a row for each profiler that strop can use."""
    return [
        Row("profiler", "python", True, "sampling profiler for Python programs, part of strop"),
        _profiler_packages(),
        _perf(),
        _valgrind(),
        _rapl(),
    ]


def _profiler_packages() -> Row:
    """Say which further profilers are in the cache; whether others can be had, only installing tells."""
    from strop.sandbox.profilers.packages import REQUIREMENTS, installed, installing, packages_folder

    there, failures = installed()
    missing = [name for name in REQUIREMENTS if name not in there]
    detail = f"{', '.join(there)} in {packages_folder()}" if there else ""
    if missing and installing():
        detail += f"{'; ' if detail else ''}{', '.join(missing)}: installed there when first needed"
    elif missing:
        detail += f"{'; ' if detail else ''}no {', '.join(missing)}, since STROP_PROFILERS is none"
    if failures:
        return Row("profiler", "packages", None, f"{detail}; the last try failed: {failures[-1]}")
    return Row("profiler", "packages", True if there else None, detail)


def _perf() -> Row:
    where = "docker needs it in the job's image, too"
    program = shutil.which("perf")
    if program is None:
        remedy = "install perf (Debian: apt install linux-perf) to see where native programs spend their time"
        return Row("profiler", "perf", None, f"not on PATH of bubblewrap and process; {where}", remedy)
    command = [program, "record", "-q", "-e", "cpu-clock:u", "-o", "/dev/null", "--", "true"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        level = int(PARANOID.read_text(encoding="ascii"))
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return Row("profiler", "perf", None, f"{program} can't sample here: {error}")
    if done.returncode != 0 or level > MOST_PARANOID:
        said = " ".join(done.stderr.split())[:200]
        why = f"kernel.perf_event_paranoid is {level}" if level > MOST_PARANOID else said
        return Row(
            "profiler", "perf", None, f"{program} can't sample: {why}", f"sysctl kernel.{PARANOID.name}=2"
        )
    return Row("profiler", "perf", True, f"{program} samples in bubblewrap and process; {where}")


def _valgrind() -> Row:
    where = "docker needs it in the job's image"
    program = shutil.which("valgrind")
    if program is None:
        remedy = "install valgrind for the metric `instructions`, and where perf is not to be had"
        return Row("profiler", "valgrind", None, f"not on PATH of bubblewrap and process; {where}", remedy)
    return Row("profiler", "valgrind", True, f"{program} counts in bubblewrap and process; {where}, too")


def _rapl() -> Row:
    from strop.sandbox.measure.energy import find_rapl

    found = find_rapl()
    if isinstance(found, str):
        return Row("profiler", "energy", None, f"{found}; energy is estimated, and ranks nothing")
    return Row("profiler", "energy", True, f"RAPL counters of {len(found.folders)} processor packages")
