"""False claims and power of strop on this machine, by complete live comparisons.

    python -m strop.benchmarks.self.live --comparisons 200 --json aa.jsonl     (three hours)
    python -m strop.benchmarks.self.live --power 100 --json power.jsonl        (an hour and a half)

A/A: the candidate is the same code with another comment. Each comparison goes through the real
evaluator, in sandboxes: gate, build, verify, the looks of the search, and then always a confirmation,
promising or not, with as many pairs as a job would plan. Power: candidates that do 10 % less work,
compared in the same way; and for 1.5 times less and for 1.2 times the work, the search alone.

Finished comparisons are appended to the file; the same command goes on where a cut run stopped. Leave
the machine alone meanwhile: what runs beside is measured, too.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from strop.benchmarks.self import kernels
from strop.benchmarks.self.kernels import KERNELS, KINDS, Kernel
from strop.benchmarks.self.live_records import QUESTIONS, Cell, Done, append, load, print_results, remaining
from strop.benchmarks.self.load import spinning
from strop.candidate import BASELINE, Candidate
from strop.extension import Backend
from strop.running_workplace import Workplace, build_workplace
from strop.sandbox.backends import open_backend
from strop.sandbox.baseline import Baseline
from strop.sandbox.driving import Inputs
from strop.sandbox.measure.pairs import measure_pairs
from strop.sandbox.snapshot import Snapshot
from strop.trial import Trial, TrialState

__all__ = ["main"]

DESIGNED = 1 / 0.9
"""The gain that a confirmation is planned for where the search estimates none that is worth a claim."""

STARTUP_PAIRS = 6


@dataclass(frozen=True)
class Bench:
    """A cell, ready to compare."""

    cell: Cell
    kernel: Kernel
    place: Workplace
    baseline: Baseline
    startup: float  # part of what is measured that a kernel's rounds can't change


def open_bench(cell: Cell, metric: str, backend: Backend, folder: Path) -> Bench:
    """Write a kernel's repository and measure its baseline; raises `ConfigError`, `SandboxError`."""
    kernel = next(kernel for kernel in KERNELS if kernel.name == cell.kernel)
    repository = kernels.write(kernel, folder / "repository", calls=cell.calls)
    study = folder / "study"
    study.mkdir()
    job = kernels.job_of(kernel, cell.kind, backend=backend.name, metric=metric)
    snapshot = Snapshot.take(repository, study, job.target)
    place = build_workplace(job, snapshot, backend, study / "trials", "live")
    with spinning() if cell.loaded else nullcontext():
        row = Trial(0, BASELINE.id, BASELINE.author, TrialState.RUNNING)
        _, baseline = place.evaluator.baseline(row)
        startup = _startup(place, kernel) if cell.kind == "command" else 0.0
    return Bench(cell, kernel, place, baseline, startup)


def _startup(place: Workplace, kernel: Kernel) -> float:
    """Return which part of a process's CPU time is no work of the kernel, by a version with one round."""
    one = kernels.version(kernel, 1 / kernel.rounds)
    source = measure_pairs(
        place.stages,
        place.stages.pristine,
        place.stages.build(one),
        inputs=[Inputs()] * STARTUP_PAIRS,
        timeout_s=place.job.sandbox.timeout_s,
    )
    shares = [pair.second.metrics["cpu_time"] / pair.first.metrics["cpu_time"] for pair in source]
    return max(0.0, (statistics.median(shares) - 1 / kernel.rounds) / (1 - 1 / kernel.rounds))


def compare(bench: Bench, question: str, number: int) -> Done:
    """Make one complete comparison; raises `SandboxError` where the provider is at fault."""
    start = time.monotonic()
    asked = QUESTIONS[question]
    candidate = _candidate(bench, question, number)
    evaluator, baseline, job = bench.place.evaluator, bench.baseline, bench.place.job
    place = list(QUESTIONS).index(question)
    row = Trial(1 + place + len(QUESTIONS) * number, candidate.id, candidate.author, TrialState.RUNNING)
    done = Done(question, bench.cell, bench.place.backend.name, baseline.clock, baseline.calibration.sd)
    with spinning() if bench.cell.loaded else nullcontext():
        trial = evaluator.evaluate(candidate, row, baseline)
        seen = trial.objective
        if trial.state is not TrialState.COMPLETE or seen is None or trial.verdict is None:
            return _ended(replace(done, failure=f"{trial.stage}: {trial.reason}"), start)
        done = replace(
            done,
            metric=seen.metric,
            verdict=trial.verdict.value,
            search_pairs=seen.pairs,
            ratio=seen.ratio,
            low=seen.low,
            high=seen.high,
        )
        if not asked.confirmed:
            return _ended(done, start)
        expected = seen.ratio if seen.ratio > 1 + job.minimum_effect else DESIGNED
        pairs = baseline.plan(job, expected, seen=seen.pairs)
        found = evaluator.confirm(candidate, baseline, pairs=pairs, label=f"confirm-{row.number}")
    if not found.comparisons:
        return _ended(replace(done, failure=found.reason), start)
    first = found.comparisons[0]
    done = replace(done, claimed=found.claimed, pairs=first.pairs, reason=found.reason)
    return _ended(replace(done, ratio=first.ratio, low=first.low, high=first.high), start)


def _candidate(bench: Bench, question: str, number: int) -> Candidate:
    if question == "identical":
        return kernels.comment(bench.kernel, number)
    return kernels.version(bench.kernel, QUESTIONS[question].work, bench.startup)


def _ended(done: Done, start: float) -> Done:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return replace(done, seconds=round(time.monotonic() - start, 2), ended=now)


def run(todo: Sequence[tuple[str, Cell, int]], backend: Backend, file: Path, *, until: float) -> None:
    """Make comparisons in turn and append each to a file, until a time of the monotonic clock."""
    benches: dict[tuple[Cell, str], Bench] = {}
    with ExitStack() as stack:
        for place, (question, cell, number) in enumerate(todo, start=1):
            if time.monotonic() > until:
                print(f"out of time: {len(todo) - place + 1} comparisons are left", flush=True)
                return
            metric = QUESTIONS[question].metric
            if (cell, metric) not in benches:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="strop-live-"))
                benches[cell, metric] = open_bench(cell, metric, backend, Path(folder))
            done = compare(benches[cell, metric], question, number)
            append(file, done)
            print(f"{place}/{len(todo)}  {_line(done)}", flush=True)


def _line(done: Done) -> str:
    cell = done.cell
    what = f"{done.question}, {cell.kernel} {cell.kind} {cell.load}"
    if done.failure:
        return f"{what}: FAILED {done.failure}"
    claim = ("claimed" if done.claimed else "no claim") + f", {done.pairs} pairs" if done.pairs else "-"
    return (
        f"{what}: {done.verdict} after {done.search_pairs} pairs; {claim}; {done.metric} {done.ratio:.3f} "
        f"[{done.low:.3f}, {done.high:.3f}]; {done.seconds:.1f} s"
    )


def _cells(options: argparse.Namespace, loads: Sequence[bool]) -> list[Cell]:
    return [
        Cell(kernel, kind, loaded, options.calls)
        for loaded in loads
        for kind in options.kind
        for kernel in options.kernel
    ]


def _todo(options: argparse.Namespace, done: Sequence[Done]) -> list[tuple[str, Cell, int]]:
    todo = remaining(options.comparisons, "identical", _cells(options, (False, True)), done)
    idle = _cells(options, (False,))
    todo += remaining(options.power, "10 % less work", idle, done)
    for question in ("1.5 times faster", "20 % slower"):
        todo += remaining(options.power // 2, question, idle, done)
    return todo


def parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="live", description="False claims and power on this machine.")
    parser.add_argument("--comparisons", type=int, help="of identical code; default 200, 0 with --power")
    parser.add_argument("--power", type=int, default=0, help="comparisons of 10 %% less work")
    parser.add_argument("--json", type=Path, default=Path("live.jsonl"), metavar="FILE", help="of results")
    parser.add_argument("--backend", choices=("bubblewrap", "docker", "process"), default="bubblewrap")
    parser.add_argument("--minutes", type=float, help="start no comparison after so many")
    names = [kernel.name for kernel in KERNELS]
    parser.add_argument("--kernel", action="append", choices=names, help="only these; default: all")
    parser.add_argument("--kind", action="append", choices=KINDS, help="only these; default: both")
    parser.add_argument("--calls", type=int, default=kernels.CALLS, help="of a kernel in one timed sample")
    options = parser.parse_args(argv)
    if options.comparisons is None:
        options.comparisons = 0 if options.power else 200
    for name, least in (("comparisons", 0), ("power", 0), ("calls", 1)):
        if getattr(options, name) < least:
            parser.error(f"--{name} {getattr(options, name)}: at least {least}")
    options.kernel = list(dict.fromkeys(options.kernel or names))
    options.kind = list(dict.fromkeys(options.kind or KINDS))
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Compare, print the tables of all that the file holds; return 1 where a comparison failed."""
    options = parsed(argv)
    done = load(options.json)
    others = {one.backend for one in done} - {options.backend}
    if others:
        print(f"{options.json} holds comparisons in {', '.join(sorted(others))}; take another file")
        return 2
    until = time.monotonic() + 60 * options.minutes if options.minutes is not None else float("inf")
    todo = _todo(options, done)
    if todo:
        backend = open_backend(options.backend, report=print)
        try:
            run(todo, backend, options.json, until=until)
        finally:
            _close(backend)
    done = load(options.json)
    print_results(done)
    cpus = len(os.sched_getaffinity(0))
    print(f"{platform.platform()}, {cpus} CPUs, Python {platform.python_version()}, {options.backend}")
    return int(any(one.failure for one in done))


def _close(backend: Backend) -> None:
    close = getattr(backend, "close", None)
    if close is not None:
        close()


if __name__ == "__main__":
    sys.exit(main())
