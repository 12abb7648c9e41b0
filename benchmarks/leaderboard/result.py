"""A result: one JSON file with all that optimizers did on a suite, and under which conditions."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

import strop
from strop.benchmarks.records import read_record
from strop.candidate import Candidate
from strop.errors import ConfigError
from strop.study import write_atomically

__all__ = [
    "FORMAT",
    "ISOLATED",
    "SELF_REPORTED",
    "Limits",
    "Metric",
    "ModelUsed",
    "PrivateRow",
    "Result",
    "StudyRow",
    "TaskRow",
    "TrialRow",
    "load_result",
    "machine_card",
    "save_result",
    "strop_version",
]

FORMAT = "strop-bench/1"

ISOLATED = ("docker", "bubblewrap")
"""Sandboxes that keep a candidate away from the machine."""


LIBRARIES = ("numpy", "scipy", "scikit-learn", "optuna", "libcst", "litellm")
"""What searches and statistics are made with: other versions of them may come to other candidates."""

TASKS = Path("benchmarks") / "tasks"
"""Folder of the package with data, not code."""


class _Record(BaseModel):
    # JSON has neither NaN nor infinity, yet Python reads them: one of them would spoil every mean.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


SELF_REPORTED = "self-reported"
"""Source of a number that the candidate's own process printed; the label of a claim begins with it."""


class Limits(_Record):
    """What every study may spend; the same for all optimizers. None: no limit of that kind."""

    evaluations: int | None = Field(default=None, ge=1)
    minutes: float | None = Field(default=None, gt=0)
    usd: float | None = Field(default=None, ge=0)
    tokens: int | None = Field(default=None, ge=0)


class ModelUsed(_Record):
    """The model that the optimizers asked."""

    name: str = ""  # empty: no model
    kind: str = Field(default="live", pattern="^(live|recorded|scripted)$")


class TaskRow(_Record):
    """A task of the suite, as it was."""

    name: str
    title: str = ""
    control: bool = False
    best: float = 1.0  # the best known ratio, 1 where none is known
    metric: str = ""  # the objective, where it is a value of the task's own and no time
    direction: str = "minimize"
    best_value: float | None = None  # the best known one, in the metric's unit
    digest: str = ""  # of the seed solution
    varies: bool = False  # whether each study has instances of its own, so that values are of different ones


class Metric(_Record):
    """A metric of the winner against the seed, from the confirmation; above 1 is better."""

    name: str
    ratio: float
    low: float
    high: float


class TrialRow(_Record):
    """One evaluation, in small."""

    number: int
    author: str = ""
    state: str
    verdict: str | None = None
    ratio: float | None = None  # as the search saw it
    low: float | None = None
    high: float | None = None
    value: float | None = None  # the objective's median in its unit; None: not measured
    stage: str = ""
    reason: str = ""
    rationale: str = ""
    seconds: float = 0.0
    shape: str = ""  # digest of the normalised syntax trees of what it changed, with its knob values
    behaviour: str = ""  # digest of how it ended


class StudyRow(_Record):
    """One optimizer on one task with one seed."""

    task: str
    optimizer: str
    seed: int
    # "missing" is in no file (`Result.whole`).
    state: str = Field(pattern="^(improved|no improvement found|failed|missing)$")
    metric: str = ""
    ratio: float = Field(default=1.0, gt=0)  # as confirmed; 1 where nothing was claimed
    low: float = 1.0
    high: float = 1.0
    # Of a claim on a metric that is compared by differences: estimate, low and high in its own unit, above 0
    # is better. The ratio is then that of the medians, without an interval.
    difference: tuple[float, float, float] | None = None
    # Of a task's own metric: the winner's median. Without a winner the seed's, None where the job has another
    # part of its data for the confirmation ({split}).
    value: float | None = None
    seed_value: float | None = None
    verified_by: str = ""
    labels: tuple[str, ...] = ()
    reason: str = ""  # why it is no claim, or why it failed
    metrics: tuple[Metric, ...] = ()
    evaluations: int = Field(default=0, ge=0)
    calls: int = Field(default=0, ge=0)
    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)
    usd: float | None = Field(default=0.0, ge=0)  # None: the price is unknown
    seconds: float = Field(default=0.0, ge=0)
    trials: tuple[TrialRow, ...] = ()
    patch: str = ""
    winner: Mapping[str, Any] | None = None  # the candidate, to be evaluated again
    parts: tuple[str, ...] = ()  # what each part of the winner is worth, a sentence each
    trace: tuple[str, ...] = ()  # what was tried, in order, in a sentence each
    recording: str = ""  # file with the model's answers, below the folder of the result; empty: none

    @property
    def key(self) -> tuple[str, str, int]:
        """Task, optimizer and seed."""
        return self.task, self.optimizer, self.seed

    def candidate(self) -> Candidate:
        """Return the winner as a candidate; raises `ConfigError` where there is none, or it isn't one."""
        where = f"studies: {self.task}, {self.optimizer}, seed {self.seed}: winner"
        if self.winner is None:
            raise ConfigError(f"{where}: missing")
        try:
            found = Candidate.from_json(self.winner)
            sound = all(isinstance(e.path, str) and isinstance(e.text, str | None) for e in found.edits)
            sound &= all(isinstance(value, bool | int | float | str) for _, value in found.knobs)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"{where}: is no candidate, as strop writes it: {error!r}") from None
        if not sound:
            raise ConfigError(f"{where}: is no candidate, as strop writes it: wrong types in edits or knobs")
        return found


class PrivateRow(_Record):
    """A winner, measured again on instances that nobody had seen."""

    task: str
    optimizer: str
    seed: int
    ratio: float = Field(gt=0)
    low: float
    high: float
    difference: tuple[float, float, float] | None = None  # as in `StudyRow`
    holds: bool  # whether the claim was made again
    reason: str = ""
    instances: tuple[int, ...] = ()  # seeds of the private instances; none: the same problem, measured again

    @property
    def key(self) -> tuple[str, str, int]:
        """Task, optimizer and seed."""
        return self.task, self.optimizer, self.seed


class Result(_Record):
    """All of it."""

    format: str = FORMAT
    suite: str
    date: str  # of the last study, UTC
    strop: str
    machine: Mapping[str, Any]
    limits: Limits
    model: ModelUsed = ModelUsed()
    settings: Mapping[str, Any] = {}  # keys of all jobs that were set otherwise, dotted
    seeds: tuple[int, ...]
    optimizers: tuple[str, ...]
    tasks: tuple[TaskRow, ...]
    studies: tuple[StudyRow, ...] = ()
    private: tuple[PrivateRow, ...] = ()

    def of(self, optimizer: str, task: str | None = None) -> list[StudyRow]:
        """Return an optimizer's studies, of one task where it is named, by seed."""
        rows = [s for s in self.studies if s.optimizer == optimizer and task in (None, s.task)]
        return sorted(rows, key=lambda row: row.key)

    def whole(self, optimizer: str, task: str | None = None) -> list[StudyRow]:
        """Return what `of` does, with a row that claims nothing for each study that is missing."""
        lost = [
            StudyRow(task=name, optimizer=optimizer, seed=seed, state="missing")
            for name, other, seed in self.missing()
            if other == optimizer and task in (None, name)
        ]
        return sorted([*self.of(optimizer, task), *lost], key=lambda row: row.key)

    def keys(self) -> list[tuple[str, str, int]]:
        """Return task, optimizer and seed of each study that a complete result has."""
        return [
            (task.name, optimizer, seed)
            for task in self.tasks
            for optimizer in self.optimizers
            for seed in self.seeds
        ]

    def missing(self) -> list[tuple[str, str, int]]:
        """Return the keys of the studies that are not there."""
        have = {row.key for row in self.studies}
        return [key for key in self.keys() if key not in have]

    @property
    def complete(self) -> bool:
        """Whether every optimizer has a study for every task and seed."""
        return not self.missing()


def machine_card(sandbox: str) -> dict[str, Any]:
    """Return what of this machine matters to a result."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "processor": _processor(),
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
        "sandbox": sandbox,
        "versions": _versions(),
    }


def _versions() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


@functools.cache
def strop_version() -> str:
    """Return the version of strop, with eight digits of its own code: "0.1.0+1f0c9a3e".

    A working copy is of one version for many changes. The bundled tasks have digests of their own.
    """
    content = hashlib.sha256()
    root = Path(strop.__file__).parent
    for path in sorted(_own_files(root)):
        data = (root / path).read_bytes()
        content.update(f"{path}\0{len(data)}\0".encode())
        content.update(data)
    return f"{version('strop')}+{content.hexdigest()[:8]}"


def _own_files(root: Path) -> Iterator[str]:
    """Yield the relative paths of strop's Python files and prompts."""
    # In a working copy the folders of the package are links.
    for folder, names, files in os.walk(root, followlinks=True):
        place = Path(folder).relative_to(root)
        names[:] = [name for name in names if name != "__pycache__" and place / name != TASKS]
        for name in files:
            ours = name.endswith(".py") or (name.endswith(".md") and place.parts[:1] == ("prompts",))
            if ours and (root / place / name).is_file():  # an editor's lock is a link to nowhere
                yield (place / name).as_posix()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()


def load_result(file: Path) -> Result:
    """Return the result in a file; raises `ConfigError` that names file and key."""
    if file.is_dir():
        file = file / "result.json"
    return read_record(file, Result, FORMAT, "strop bench run")


def save_result(result: Result, file: Path) -> None:
    """Write a result at once or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, (result.model_dump_json(indent=1) + "\n").encode())
