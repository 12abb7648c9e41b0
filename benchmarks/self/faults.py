"""Does a trial's trace name the function at fault? Mutants of a small package, taken through real trials.

    python -m strop.benchmarks.self.faults [--backend bubblewrap]

Each mutant is a candidate: a fault in one of ten functions, an exception, a wrong value or a slowdown. The
ranking sees logs, tests, recorded calls and profiles; it does not see which file the candidate edits.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from strop.agents.opto.jobs.trials import TrialTrace, trace_trial
from strop.benchmarks.self.fault_package import FILES, MUTANTS, TARGET, Mutant
from strop.candidate import BASELINE, Candidate, FileEdit
from strop.extension import Backend
from strop.job import parse_job
from strop.running_workplace import Workplace, build_workplace, close_backend
from strop.sandbox.backends import open_backend
from strop.sandbox.baseline import Baseline
from strop.sandbox.snapshot import Snapshot
from strop.testing.repositories import commit
from strop.trial import Trial, TrialState

__all__ = ["Found", "Place", "main"]


@dataclass(frozen=True)
class Found:
    """What the trace of one mutant said."""

    mutant: Mutant
    stage: str  # where its trial ended
    rank: int  # of the function at fault, from 1; 0: it was not named
    named: tuple[str, ...]  # the first three


class Place:
    """The package with its baseline, ready for mutants."""

    def __init__(self, folder: Path, backend: Backend) -> None:
        """Write the repository, and measure its baseline."""
        import subprocess

        root = folder / "repository"
        for path, text in FILES.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        subprocess.run(["git", "init", "--quiet", str(root)], check=True)
        commit(root, "first")
        data = {
            "name": "ledger",
            "target": {"files": [TARGET]},
            "commands": {"test": "python -m unittest -v", "benchmark": "python bench.py {seed}"},
            "sandbox": {"backend": backend.name, "profilers": False},
        }
        self._study = folder / "study"
        job = parse_job(data, "the job of the mutants")
        snapshot = Snapshot.take(root, self._study, job.target)
        self.place: Workplace = build_workplace(job, snapshot, backend, self._study / "trials", "faults")
        row = Trial(0, BASELINE.id, BASELINE.author, TrialState.RUNNING)
        _, self.baseline = self.place.evaluator.baseline(row)
        self._number = 0

    def judge(self, mutant: Mutant) -> Found:
        """Take a mutant through a trial, and look who its trace names."""
        candidate = Candidate((FileEdit(mutant.path, mutant.text()),), author="mutant")
        self._number += 1
        row = Trial(self._number, candidate.id, candidate.author, TrialState.RUNNING)
        trial = self.place.evaluator.evaluate(candidate, row, self.baseline)
        trace = traced(self.place, self.baseline, candidate, trial, self._study / "trials" / str(row.number))
        names = [suspect.id for suspect in trace.suspects]
        rank = names.index(mutant.function) + 1 if mutant.function in names else 0
        stage = trial.stage or (trial.verdict.value if trial.verdict else "")
        return Found(mutant, stage, rank, tuple(names[:3]))


def traced(
    place: Workplace, baseline: Baseline, candidate: Candidate, trial: Trial, logs: Path
) -> TrialTrace:
    """Return the trace of a trial in a workplace."""
    texts = {path: candidate.text_of(path, place.snapshot.texts) or "" for path in place.snapshot.texts}
    tests = {path: place.snapshot.read(path).decode() for path in place.snapshot.paths if "test" in path}
    return trace_trial(
        place.job,
        texts,
        candidate,
        trial,
        logs=logs,
        baseline_profile=baseline.profile,
        tests={path: text for path, text in tests.items() if path.endswith(".py")},
        passed_before=sorted(baseline.tests.passed) if baseline.tests else (),
    )


def run(place: Place, mutants: Sequence[Mutant], report: Callable[[Found], None]) -> list[Found]:
    """Judge all, and report each as it is done."""
    found = []
    for mutant in mutants:
        found.append(place.judge(mutant))
        report(found[-1])
    return found


def _line(found: Found) -> str:
    rank = str(found.rank) if found.rank else "not named"
    return (
        f"{found.mutant.kind:<12} {found.mutant.function:<32} ends at {found.stage:<9} rank {rank:<10} "
        f"{', '.join(name.rpartition(':')[2] for name in found.named)}"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Judge all mutants and print what came of them; 1 where the goal is missed."""
    parser = argparse.ArgumentParser(prog="faults", description="Does a trace name the function at fault?")
    parser.add_argument("--backend", choices=("auto", "bubblewrap", "docker", "process"), default="auto")
    options = parser.parse_args(argv)
    backend = open_backend(options.backend, report=print)
    with tempfile.TemporaryDirectory(prefix="strop-faults-") as folder:
        place = Place(Path(folder), backend)
        try:
            found = run(place, MUTANTS, lambda one: print(_line(one), flush=True))
        finally:
            close_backend(place.place)
    first = sum(one.rank == 1 for one in found)
    among = sum(1 <= one.rank <= 3 for one in found)
    print(f"{len(found)} mutants: at fault ranked first in {first}, among the first three in {among}")
    return int(first < 0.8 * len(found) or among < len(found))


if __name__ == "__main__":
    sys.exit(main())
