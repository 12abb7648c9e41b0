"""Recorded traces: what timing rules claim of identical code, on real times of this machine.

    python -m strop.benchmarks.self.traces record --minutes 8 traces.json
    python -m strop.benchmarks.self.traces evaluate traces.json

`record` runs two equal programs (the second has another comment) as single processes, and keeps wall and
CPU time of each run, read by the kernel. Two series a kernel, as the rules under test really measure:
`sequential`, a block of runs of one program, then a block of the other; `interleaved`, pairs of one run
each, in random order, with the same hash seed, on one CPU, with its pace.

`evaluate` lets each rule decide on stretches of consecutive runs, drawn at random from the series that
fits it. Peers' rules see the sequential series, block after block (both programs are equal, so any
five consecutive runs are a block of five); strop's whole rule (calibration, looks, confirmation) sees
the interleaved one, and takes the pace out of its times with a weight from the calibration's pairs.
Which run of a pair counts as the candidate's is drawn anew each time, as the order was. A true gain is
put in by dividing the candidate's times.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from strop.benchmarks.self.false_claims import CALIBRATION_PAIRS, CASES, RULES, Case, Rule
from strop.benchmarks.self.kernels import KERNELS, Kernel, base_text, comment
from strop.benchmarks.self.tables import Cell, limits, print_tables
from strop.errors import SandboxError
from strop.sandbox.measure.pace import PaceMeter, fitted_weight, usable_cpus

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["BLOCK", "Run", "Trace", "evaluate", "main", "record"]

BLOCK = 20
"""Consecutive runs of one program in a sequential series: what most rules take."""

CALLS = 3
"""Calls of the kernel in one run: some 40 ms, so that a series is long."""

CLOCKS = ("cpu_s", "wall_s")
SERIES = ("sequential", "interleaved")


@dataclass(frozen=True)
class Run:
    """One process."""

    side: int  # 0: the program, 1: the one with another comment
    wall_s: float
    cpu_s: float  # user and system time of the process and its children
    pace: float = 0.0  # of its CPU; 0 where nobody looked


@dataclass(frozen=True)
class Trace:
    """Consecutive runs of equal code of one kernel, as one way to measure took them."""

    kernel: str
    series: str  # "sequential" or "interleaved"
    runs: tuple[Run, ...]


# --- recording --------------------------------------------------------------------------------------


def record(minutes: float, seed: int = 0, only: Sequence[Kernel] = KERNELS) -> list[Trace]:
    """Run both series of every kernel, the same time for each; raises `SandboxError` where a run fails."""
    rng = random.Random(seed)
    share = 60 * minutes / (len(only) * len(SERIES))
    traces = []
    with tempfile.TemporaryDirectory(prefix="strop-traces-") as name:
        for kernel in only:
            folders = tuple(_program(kernel, Path(name) / kernel.name / str(side), side) for side in (0, 1))
            for side in (0, 1):  # bytecode and files come into their caches: no run of any rule
                _timed(folders, side, 0)
            for series in SERIES:
                runs = []
                until = time.monotonic() + share
                for order in _orders(series, rng):
                    hash_seed = rng.randrange(1, 2**32 - 1)
                    cpu = rng.choice(usable_cpus() or (None,)) if series == "interleaved" else None
                    runs += [_timed(folders, side, hash_seed, cpu) for side in order]
                    if time.monotonic() > until:
                        break
                traces.append(Trace(kernel.name, series, tuple(runs)))
    return traces


def _orders(series: str, rng: random.Random) -> Iterator[tuple[int, ...]]:
    """Yield whose runs follow on each other: whole blocks in turn, or pairs in random order."""
    number = 0
    while True:
        if series == "sequential":
            yield (number // BLOCK % 2,)
            number += 1
        else:
            yield rng.choice(((0, 1), (1, 0)))


def _program(kernel: Kernel, folder: Path, side: int) -> Path:
    folder.mkdir(parents=True)
    text = comment(kernel, side).edits[0].text if side else base_text(kernel)
    assert text is not None
    (folder / "kernel.py").write_text(text, encoding="utf-8")
    lines = ["from kernel import solve", f"for number in range({CALLS}):", "    print(solve(number))"]
    (folder / "run.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _timed(folders: Sequence[Path], side: int, hash_seed: int, cpu: int | None = None) -> Run:
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    env = {"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": str(hash_seed), **threads}
    meter = PaceMeter(cpu) if cpu is not None else None
    with meter or nullcontext(), _kept_to(cpu):
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "run.py"], cwd=folders[side], env=env, stdout=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)  # it is reaped: Popen must not wait for it
    if process.returncode != 0:
        raise SandboxError(f"{folders[side]}/run.py ended with {process.returncode}")
    return Run(side, wall_s, usage.ru_utime + usage.ru_stime, meter.pace if meter else 0.0)


@contextmanager
def _kept_to(cpu: int | None) -> Iterator[None]:
    """Keep this thread, and so what it starts, to one CPU."""
    if cpu is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def save(traces: Sequence[Trace], file: Path) -> None:
    """Write traces with what they were recorded on."""
    about = {
        "machine": f"{platform.platform()}, {len(os.sched_getaffinity(0))} CPUs",
        "python": platform.python_version(),
        "recorded": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    rows = [
        {**asdict(trace), "runs": [[run.side, run.wall_s, run.cpu_s, run.pace] for run in trace.runs]}
        for trace in traces
    ]
    file.write_text(json.dumps({**about, "traces": rows}), encoding="utf-8")


def load(file: Path) -> tuple[list[Trace], str]:
    """Return the traces of a file, and what they were recorded on; raises `ValueError`, `OSError`."""
    try:
        data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        traces = [
            Trace(row["kernel"], row["series"], tuple(Run(*run) for run in row["runs"]))
            for row in data["traces"]
        ]
        return traces, f"{data['machine']}, Python {data['python']}, recorded {data['recorded']}"
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{file}: not a file of `traces record`: {error!r}") from None


# --- evaluating -------------------------------------------------------------------------------------


def evaluate(traces: Sequence[Trace], rounds: int, seed: int = 0) -> list[Cell]:
    """Return what each rule claims, for each kernel and clock and for all kernels of a clock together.

    Limits reckon with what is independent: stretches that don't overlap. Only for the false claims of
    pairs it is every round: there, chance is the order within the pairs, which is drawn anew.

    Raises:
        ValueError: A trace is too short for a rule.
    """
    cells: list[Cell] = []
    for clock in CLOCKS:
        title = "CPU time" if clock == "cpu_s" else "wall time"
        found = [
            _decisions(trace, clock, name, rule, case, rounds, seed)
            for trace in traces
            for name, rule in RULES.items()
            if (trace.series == "sequential") == rule.sequential
            for case in CASES
        ]
        kernels = list(dict.fromkeys(trace.kernel for trace in traces))
        for kernel in kernels:
            mine = [one for one in found if one.kernel == kernel]
            cells += _cells(mine, f"{title}, {kernel}")
        cells += _cells(found, f"{title}, all kernels")
    return cells


@dataclass(frozen=True)
class _Decisions:
    """How often a rule claimed on one trace."""

    kernel: str
    rule: str
    case: str
    claims: int
    rounds: int
    independent: float  # of the rounds


def _decisions(
    trace: Trace, clock: str, name: str, rule: Rule, case: Case, rounds: int, seed: int
) -> _Decisions:
    import numpy as np

    times = np.log([getattr(run, clock) for run in trace.runs])
    paces = np.array([math.log(run.pace) if run.pace else math.nan for run in trace.runs])
    needed = rule.runs(case.candidates)
    # A block begins where the recorded one did, and a pair is one that was measured as such.
    step = min(BLOCK, needed // (1 + case.candidates)) if rule.sequential else 2
    starts = (len(times) - needed) // step + 1
    if starts < 1:
        raise ValueError(
            f"the {trace.series} trace of {trace.kernel} has {len(times)} runs, and {name!r} takes {needed} "
            f"for {case.name!r}; record longer"
        )
    rng = np.random.default_rng([seed, *name.encode(), *case.name.encode()])
    hits = 0
    for _ in range(rounds):
        start = int(rng.integers(starts)) * step
        stretch = times[start : start + needed]
        if not rule.sequential:
            if clock == "cpu_s":  # wall time is not corrected
                stretch = _corrected(stretch, paces[start : start + needed])
            stretch = _turned(stretch, rng)
        hits += rule.claims(stretch, case)
    redrawn = not rule.sequential and case.ratio == 1
    independent = rounds if redrawn else min(rounds, len(times) / needed)
    return _Decisions(trace.kernel, name, case.name, hits, rounds, independent)


def _corrected(times: NDArray[np.float64], log_paces: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log times with the pace taken out, as far as the first pairs, the calibration, follow it."""
    import numpy as np

    known = np.isfinite(log_paces.reshape(-1, 2)).all(axis=1, keepdims=True)
    paces = np.where(known, log_paces.reshape(-1, 2), 0.0)
    pairs = times.reshape(-1, 2)
    first = slice(CALIBRATION_PAIRS)
    weight = fitted_weight(list(pairs[first, 0] - pairs[first, 1]), list(paces[first, 0] - paces[first, 1]))
    return (pairs + weight * paces).ravel()


def _turned(stretch: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return pairs of runs with each turned around or not, by chance."""
    import numpy as np

    pairs = stretch.reshape(-1, 2)
    turned = rng.random(len(pairs)) < 0.5
    return np.where(turned[:, None], pairs[:, ::-1], pairs).ravel()


def _cells(found: Sequence[_Decisions], machine: str) -> list[Cell]:
    cells = []
    for rule in RULES:
        for case in CASES:
            mine = [one for one in found if (one.rule, one.case) == (rule, case.name)]
            hits, rounds = sum(one.claims for one in mine), sum(one.rounds for one in mine)
            independent = sum(one.independent for one in mine)
            low, high = limits(hits / rounds * independent, independent)
            cells.append(Cell(machine, rule, case.name, hits, rounds, low, high))
    return cells


# --- command line -----------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Record or evaluate; return the exit code."""
    parser = argparse.ArgumentParser(prog="traces", description="Timing rules on recorded times.")
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record", help="run equal programs and keep their times")
    recording.add_argument("--minutes", type=float, default=5.0)
    recording.add_argument(
        "--kernel", action="append", choices=[k.name for k in KERNELS], help="default: all"
    )
    recording.add_argument("file", type=Path)
    evaluating = commands.add_parser("evaluate", help="let rules decide on the times")
    evaluating.add_argument("--rounds", type=int, default=500, help="stretches of each trace")
    evaluating.add_argument("--json", action="store_true", help="print JSON instead of tables")
    evaluating.add_argument("file", type=Path)
    for command in (recording, evaluating):
        command.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    if options.command == "record":
        only = [kernel for kernel in KERNELS if not options.kernel or kernel.name in options.kernel]
        traces = record(options.minutes, options.seed, only)
        save(traces, options.file)
        for trace in traces:
            print(f"{trace.kernel}, {trace.series}: {len(trace.runs)} runs")
        return 0
    try:
        traces, about = load(options.file)
        cells = evaluate(traces, options.rounds, options.seed)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        json.dump([asdict(cell) for cell in cells], sys.stdout, indent=1)
        print()
    else:
        title = f"Claims in {options.rounds} stretches a kernel, % [95 % limits]; {about}"
        print_tables(cells, title)
    return 0


if __name__ == "__main__":
    sys.exit(main())
