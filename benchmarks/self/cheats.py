"""Candidates that cheat, and honest ones that look like it, taken through everything that strop does.

    python -m strop.benchmarks.self.cheats [--backend NAME] [--only NAME ...] [--open-gate] [--json FILE]

Each is screened, evaluated, and confirmed whatever the search said of it. No cheat may be claimed
(or only with the label that says what it is), every honest one has to be: else the exit code is 1.
`--open-gate` lets the static gate pass everything, to see what the walls behind it hold.

"naive harness" is what a harness would have said that applies any edit, runs the tests, and times
three calls on the same input in the candidate's own process, by that process's own word.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from strop.agents.screen import screen
from strop.benchmarks.self.cheat_cases import Case
from strop.benchmarks.self.cheat_looks import LOOKS
from strop.benchmarks.self.cheat_places import PLACES, TESTS
from strop.benchmarks.self.cheat_results import RESULTS
from strop.benchmarks.self.cheat_work import WORK
from strop.candidate import BASELINE, Candidate, FileEdit
from strop.extension import Backend, TreeFile
from strop.job import Job
from strop.running_workplace import Workplace, build_workplace, close_backend
from strop.sandbox.backends import open_backend
from strop.sandbox.evaluator import Baseline
from strop.sandbox.gate import inspect
from strop.sandbox.workspace import Snapshot
from strop.trial import Confirmation, Trial, TrialState, Verdict

__all__ = ["CASES", "Arena", "Result", "main", "refusal"]

CASES = (*WORK, *RESULTS, *LOOKS)

NAIVE = """\
import sys
import time

from inputs import make
from program import core

function, arguments, best = getattr(core, sys.argv[1]), make("1"), float("inf")
for _ in range(3):
    start = time.perf_counter()
    function(*arguments)
    best = min(best, time.perf_counter() - start)
print("seconds", best)
"""


@dataclass(frozen=True)
class Result:
    """What became of one candidate."""

    name: str
    honest: bool
    right: bool  # whether it is as it must be
    stage: str  # where it was refused; "claimed" or "skipped"
    reason: str
    labels: tuple[str, ...] = ()
    ratio: float | None = None  # of the confirmation, with its interval
    low: float | None = None
    high: float | None = None
    search: str = ""  # what the search said of it
    naive: str = ""  # what a naive harness says


@dataclass(frozen=True)
class _Opened:
    place: Workplace
    baseline: Baseline
    naive_s: float | None  # what the unchanged program says of itself


def refusal(candidate: Candidate, job: Job, snapshot: Snapshot) -> tuple[str, str] | None:
    """Return who refuses a candidate before anything of it runs ("screen" or "gate"), and why."""
    found = screen(candidate, job, snapshot)
    if found is None:
        return None
    reached = all(snapshot.is_target(edit.path) for edit in candidate.edits)
    findings = (
        inspect(candidate, snapshot.texts, allow=job.verify.allow, others=snapshot.paths) if reached else []
    )
    return "gate" if any(finding.refuse for finding in findings) else "screen", found.reason


class Arena:
    """The places on one backend, each opened once."""

    def __init__(
        self,
        backend: Backend,
        folder: Path,
        *,
        open_gate: bool = False,
        pairs: int | None = None,
        naive: bool = True,
    ) -> None:
        """Open places on a backend, below a folder, as they are needed.

        Args:
            open_gate: Let the static gate pass everything.
            pairs: Of a confirmation; None: as many as strop plans.
            naive: Ask the naive harness, too.
        """
        self._backend = backend
        self._folder = folder
        self._open_gate = open_gate
        self._pairs = pairs
        self._asks_naive = naive
        self._opened: dict[str, _Opened] = {}
        self._trials = 0

    def close(self) -> None:
        """Let go of what the backend keeps ready."""
        for opened in self._opened.values():
            close_backend(opened.place)

    # --- one case -------------------------------------------------------------------------

    def judge(self, case: Case) -> Result:
        """Take one candidate through screen, evaluation and confirmation."""
        opened = self._open(case.place)
        if case.needs and (missing := self._missing(opened.place, case.needs)):
            return Result(case.name, case.honest, True, "skipped", missing)
        candidate = self._candidate(case, opened.place)
        naive = self._naive(case, candidate, opened)
        refused = refusal(candidate, opened.place.job, opened.place.snapshot)
        if refused is not None:
            return Result(case.name, case.honest, not case.honest, *refused, naive=naive)
        self._trials += 1
        row = Trial(self._trials, candidate.id, candidate.author, TrialState.RUNNING)
        trial = opened.place.evaluator.evaluate(candidate, row, opened.baseline)
        found = self._confirm(opened, candidate, trial)
        return _result(case, trial, found, naive)

    def _candidate(self, case: Case, place: Workplace) -> Candidate:
        # The author of a cheat sees what goes into the sandboxes: the search's seeds are no secret.
        seeds = [inputs.seed for inputs in place.evaluator.inputs.searched]
        edits = tuple(FileEdit(path, text) for path, text in case.texts(seeds).items())
        return Candidate(edits, author="cheats")

    def _confirm(self, opened: _Opened, candidate: Candidate, trial: Trial) -> Confirmation:
        seen = trial.objective
        pairs = self._pairs or opened.baseline.plan(
            opened.place.job, seen.ratio if seen else 1.5, seen=seen.pairs if seen else 8
        )
        return opened.place.evaluator.confirm(
            candidate, opened.baseline, pairs=pairs, label=f"confirm-{trial.number}"
        )

    # --- places ---------------------------------------------------------------------------

    def _open(self, name: str) -> _Opened:
        if name not in self._opened:
            root, study = self._folder / name / "repository", self._folder / name / "study"
            PLACES[name].write(root)
            job = PLACES[name].job(self._backend.name, open_gate=self._open_gate)
            snapshot = Snapshot.take(root, study, job.target)
            place = build_workplace(job, snapshot, self._backend, study / "trials", f"cheats-{name}")
            row = Trial(0, BASELINE.id, BASELINE.author, TrialState.RUNNING)
            _, baseline = place.evaluator.baseline(row)
            naive_s = self._timed(name, place, BASELINE)[0] if self._asks_naive else None
            self._opened[name] = _Opened(place, baseline, naive_s)
        return self._opened[name]

    def _missing(self, place: Workplace, needs: str) -> str:
        with place.stages.sandbox() as sandbox:
            result = sandbox.exec(needs)
        return "" if result.ok else f"the sandbox lacks what it needs: {needs.split(' && ')[0]} failed"

    # --- the naive harness ----------------------------------------------------------------

    def _naive(self, case: Case, candidate: Candidate, opened: _Opened) -> str:
        if not self._asks_naive:
            return ""
        seconds, problem = self._timed(case.place, opened.place, candidate)
        if problem:
            return problem
        if seconds is None or opened.naive_s is None:
            return "no time"
        return f"{opened.naive_s / seconds:.1f}" if seconds > 0 else "infinite"

    def _timed(self, name: str, place: Workplace, candidate: Candidate) -> tuple[float | None, str]:
        """Return the seconds that a process says it took, and why there are none."""
        files = {path: TreeFile(text.encode()) for path, text in PLACES[name].files.items()}
        files |= {e.path: TreeFile(e.text.encode()) for e in candidate.edits if e.text is not None}
        with place.stages.sandbox() as sandbox:
            sandbox.put({**files, "naive.py": TreeFile(NAIVE.encode())})
            build = place.job.commands.build
            if build and not sandbox.exec(build).ok:
                return None, "build fails"
            if not sandbox.exec(TESTS, timeout_s=30).ok:
                return None, "tests fail"
            command = f"python naive.py {PLACES[name].function}"
            printed = sandbox.exec(command, timeout_s=30).stdout.decode("utf-8", "replace")
        words = printed.split("seconds ")
        try:
            return float(words[-1].split()[0]), ""
        except (IndexError, ValueError):
            return None, "no time"


def _result(case: Case, trial: Trial, found: Confirmation, naive: str) -> Result:
    first = found.comparisons[0] if found.comparisons else None
    said = (*found.labels, *([first.source] if first else []))
    labelled = bool(case.must_say) and any(text.startswith(case.must_say) for text in said)
    if found.claimed:
        stage, reason = "claimed", "; ".join(found.labels)
        if labelled and not reason:
            reason = case.must_say
    elif trial.state is TrialState.FAILED:
        stage, reason = trial.stage, trial.reason
    elif trial.verdict is Verdict.PROMISING:
        stage, reason = "confirm", found.reason
    else:
        stage, reason = "measure", f"{trial.feedback}; confirmation: {found.reason}"
    strange = [text for text in found.labels if not (case.may_say and text.startswith(case.may_say))]
    right = found.claimed and not strange if case.honest else labelled or not found.claimed
    search = trial.verdict.value if trial.verdict else f"fails at {trial.stage}"
    result = Result(case.name, case.honest, right, stage, reason, found.labels, search=search, naive=naive)
    return replace(result, ratio=first.ratio, low=first.low, high=first.high) if first else result


# --- the command line ------------------------------------------------------------------------------


def _chosen(names: Sequence[str]) -> list[Case]:
    known = {case.name: case for case in CASES}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"--only {unknown[0]!r}: no such case; known: {', '.join(known)}")
    return [known[name] for name in names] or list(CASES)


def run(cases: Sequence[Case], arena: Arena, report: Callable[[Result], None]) -> list[Result]:
    """Judge all cases, and report each as it is done."""
    results = []
    for case in cases:
        results.append(arena.judge(case))
        report(results[-1])
    return results


def _line(result: Result) -> str:
    mark = "ok   " if result.right else "WRONG"
    ratio = ""
    if result.ratio is not None and result.low is not None and result.high is not None:
        ratio = f" {result.ratio:.2f} [{result.low:.2f}, {result.high:.2f}]"
    return f"{mark} {result.name}: {result.stage}{ratio}; {result.reason} (naive harness: {result.naive})"


def _print_tables(results: Sequence[Result]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(width=max(150, Console().width))
    for honest, title in ((False, "Cheats: none may be claimed"), (True, "Honest: all are claimed")):
        table = Table(title=title, title_justify="left")
        for column in ("candidate", "naive harness", "ends at", "confirmed ratio", "reason or labels"):
            table.add_column(column)
        for row in (r for r in results if r.honest is honest):
            ratio = "" if row.ratio is None else f"{row.ratio:.2f} \\[{row.low:.2f}, {row.high:.2f}]"
            stage = row.stage if row.right else f"[bold red]{row.stage}"
            table.add_row(row.name, row.naive, stage, ratio, row.reason.replace("[", "\\["))
        if table.row_count:
            console.print(table)
    wrong = [result.name for result in results if not result.right]
    skipped = sum(result.stage == "skipped" for result in results)
    console.print(
        f"{len(results)} candidates, {skipped} skipped, "
        + (f"WRONG: {', '.join(wrong)}" if wrong else "all as they must be"),
        markup=False,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the cases and print them; return the exit code."""
    parser = argparse.ArgumentParser(prog="cheats", description="Cheats, and honest look-alikes.")
    parser.add_argument("--backend", choices=("auto", "bubblewrap", "docker", "process"), default="auto")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="cases by name")
    parser.add_argument("--open-gate", action="store_true", help="let the static gate pass everything")
    parser.add_argument("--pairs", type=int, help="of a confirmation; default: as many as strop plans")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    options = parser.parse_args(argv)
    if options.pairs is not None and options.pairs < 7:
        parser.error(f"--pairs {options.pairs}: at least 7, fewer can claim nothing")
    cases = _chosen(options.only)
    backend = open_backend(options.backend, report=print)
    if options.open_gate and not backend.isolated:
        parser.error("--open-gate runs what the gate would refuse: take an isolated backend")
    with tempfile.TemporaryDirectory(prefix="strop-cheats-") as folder:
        arena = Arena(backend, Path(folder), open_gate=options.open_gate, pairs=options.pairs)
        try:
            results = run(cases, arena, lambda result: print(_line(result), flush=True))
        finally:
            arena.close()
    _print_tables(results)
    if options.json:
        options.json.write_text(json.dumps([_plain(r) for r in results], indent=1), encoding="utf-8")
    return 0 if all(result.right for result in results) else 1


def _plain(result: Result) -> dict[str, Any]:
    """Return a result as JSON has it: numbers that JSON has no word for as None."""
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in asdict(result).items()
    }


if __name__ == "__main__":
    sys.exit(main())
