"""Runs optimizers on a suite: one process a study, resumable, with what is known kept in one file."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Set
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from strop.agents.optimizers.registry import asks_models
from strop.benchmarks.leaderboard.cell import Request
from strop.benchmarks.leaderboard.columns import gain_text
from strop.benchmarks.leaderboard.continuing import continued
from strop.benchmarks.leaderboard.known import ARMS
from strop.benchmarks.leaderboard.result import (
    Limits,
    ModelUsed,
    Result,
    StudyRow,
    TaskRow,
    machine_card,
    save_result,
    strop_version,
)
from strop.benchmarks.leaderboard.tasks import Suite, Task
from strop.errors import ConfigError, SandboxError, StropError
from strop.job import load_job
from strop.sandbox.backends import open_backend
from strop.sandbox.driving import inputs_vary

__all__ = ["Cell", "Plan", "Progress", "run_suite", "task_row"]

SAID = 4000
"""Last characters of what a study that can't be made said: a setup command's output has 2000."""


class Cell(NamedTuple):
    """One study that is to be done."""

    task: Task
    optimizer: str
    seed: int

    @property
    def folder(self) -> Path:
        """Where it works, relative to the output folder."""
        return Path("studies", self.task.name, re.sub(r"[^\w.+-]", "_", self.optimizer), str(self.seed))

    @property
    def asks(self) -> bool:
        """Whether it may ask the model: who can't gets none, and no question of others on its bill."""
        return asks_models(self.optimizer) and self.optimizer not in ARMS

    @property
    def recording(self) -> Path:
        """Where its model's answers are kept, relative to the output folder."""
        return self.folder / "recording.jsonl"


@dataclass(frozen=True)
class Plan:
    """Which optimizers run on which suite, under which limits."""

    suite: Suite
    optimizers: tuple[str, ...]
    seeds: tuple[int, ...]
    limits: Limits
    folder: Path  # of the output
    model: ModelUsed = ModelUsed()
    api_base: str = ""
    sandbox: str | None = None
    parallel: int = 1
    settings: Mapping[str, Any] = field(default_factory=dict)
    replay: Path | None = None  # output folder of an earlier run, whose recordings answer for the model

    def cells(self) -> list[Cell]:
        """Return all studies, one seed after the other, so that a cut run has whole seeds."""
        return [
            Cell(task, optimizer, seed)
            for seed in self.seeds
            for task in self.suite.tasks
            for optimizer in self.optimizers
        ]

    def asked(self, result: Result) -> Result:
        """Return what of a result this plan is about: its folder may hold further optimizers and seeds."""
        tasks = {task.name for task in self.suite.tasks}
        mine = [
            row
            for row in result.studies
            if row.task in tasks and row.optimizer in self.optimizers and row.seed in self.seeds
        ]
        keys = {row.key for row in mine}
        return result.model_copy(
            update={
                "optimizers": self.optimizers,
                "seeds": self.seeds,
                "tasks": tuple(task for task in result.tasks if task.name in tasks),
                "studies": tuple(mine),
                "private": tuple(one for one in result.private if one.key in keys),
            }
        )

    def empty(self) -> Result:
        """Return the result before anything has run."""
        return Result(
            suite=self.suite.name,
            date=_now(),
            strop=strop_version(),
            machine=machine_card(self.sandbox or "auto"),
            limits=self.limits,
            model=self.model,
            settings=self.settings,
            seeds=self.seeds,
            optimizers=self.optimizers,
            tasks=tuple(task_row(task) for task in self.suite.tasks),
        )


def task_row(task: Task) -> TaskRow:
    """Return a task as results tell it."""
    job = load_job(task.repository)
    objective = job.objective
    best = task.card.best if task.card else None
    return TaskRow(
        name=task.name,
        title=task.title,
        control=task.control,
        best=best.ratio if best else 1.0,
        metric="" if objective.measured else objective.name,
        direction=objective.direction,
        best_value=best.value if best else None,
        digest=task.digest(),
        varies=inputs_vary(job),
    )


class Progress(NamedTuple):
    """How far a run is, for displays."""

    done: int
    total: int
    left_s: float | None  # estimated; None: nothing is known yet
    said: str  # what just happened, in a line


Listener = Callable[[Progress], None]


def run_suite(plan: Plan, listener: Listener) -> Result:
    """Run what is missing of a plan, keep every finished study at once, and return the result.

    Raises:
        ConfigError: The output folder holds a result of other conditions, or a study can't be made here (no
            sandbox, a setup command that fails); mended, the same call goes on from there.
        SandboxError: A provider failed; the same call goes on from there.
        KeyboardInterrupt: The user stopped it; the same call goes on.
    """
    file = plan.folder / "result.json"
    result = continued(plan.empty(), file)
    wanted = {(cell.task.name, cell.optimizer, cell.seed): cell for cell in plan.cells()}
    have = {row.key for row in result.studies} & wanted.keys()
    todo = [cell for key, cell in wanted.items() if key not in have]
    state = _State(plan, result, file, listener, wanted.keys())
    state.tell(f"{len(have)} of {state.total} studies are there" if have else f"{state.total} studies")
    if todo:
        plan = _in_one_sandbox(plan)
        result = continued(plan.empty(), file)
        state = _State(plan, result, file, listener, wanted.keys())
        # From now on the folder is of these conditions: studies that are cut off go on under them.
        save_result(result, file)
        _work(plan, todo, state)
    save_result(state.result, file)
    return state.result


def _in_one_sandbox(plan: Plan) -> Plan:
    """Return a plan whose "auto" is what that means here and now: all studies have to be of one sandbox."""
    jobs = [load_job(task.repository).sandbox for task in plan.suite.tasks]
    own = any(job.backend != "auto" or job.image or job.dockerfile or job.allow_unsupported for job in jobs)
    if plan.sandbox not in (None, "auto") or own:
        return plan
    backend = open_backend("auto", report=lambda text: None)
    close = getattr(backend, "close", None)
    if close is not None:
        close()
    return replace(plan, sandbox=backend.name)


class _State:
    """The result as it grows; touched by one thread at a time."""

    def __init__(
        self, plan: Plan, result: Result, file: Path, listener: Listener, wanted: Set[tuple[str, str, int]]
    ) -> None:
        """`wanted` are the keys of the plan's studies; the result may hold others, too."""
        self.result, self.total = result, len(wanted)
        self._plan, self._file, self._listener, self._wanted = plan, file, listener, wanted
        self._start, self._before = time.monotonic(), self._done()
        self._lock = threading.Lock()

    def add(self, row: StudyRow) -> None:
        with self._lock:
            order = {task.name: place for place, task in enumerate(self.result.tasks)}
            rows = sorted([*self.result.studies, row], key=lambda r: (order[r.task], r.optimizer, r.seed))
            self.result = self.result.model_copy(update={"studies": tuple(rows), "date": _now()})
            save_result(self.result, self._file)
        self.tell(sentence(row))

    def _done(self) -> int:
        return sum(row.key in self._wanted for row in self.result.studies)

    def tell(self, said: str) -> None:
        done = self._done()
        fresh = done - self._before
        spent = time.monotonic() - self._start
        left = spent / fresh * (self.total - done) if fresh else None
        self._listener(Progress(done, self.total, left, said))


def sentence(row: StudyRow) -> str:
    """Return what came of a study, in a line."""
    found = gain_text(row) if row.state == "improved" else row.state
    why = f": {row.reason.splitlines()[0][:160]}" if row.state == "failed" and row.reason else ""
    cost = f"{row.evaluations} evaluations, {row.seconds:.0f} s"
    return f"{row.task}, {row.optimizer}, seed {row.seed}: {found}{why}; {cost}"


def _work(plan: Plan, todo: Iterable[Cell], state: _State) -> None:
    """Work through the studies; what is timed is one at a time all the same, by strop's machine-wide lock."""
    waiting = iter(todo)
    started: list[subprocess.Popen[str]] = []
    with ThreadPoolExecutor(plan.parallel) as pool:
        running: set[Future[StudyRow]] = set()
        try:
            for cell in waiting:
                running.add(pool.submit(_study, plan, cell, started, state))
                if len(running) >= plan.parallel:
                    running = _collected(running, state)
            while running:
                running = _collected(running, state)
        except BaseException:
            for process in started:
                if process.poll() is None:
                    process.send_signal(signal.SIGINT)  # it marks what is in flight, and ends
            raise


def _collected(running: set[Future[StudyRow]], state: _State) -> set[Future[StudyRow]]:
    done, rest = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        state.add(future.result())
    return rest


def _study(plan: Plan, cell: Cell, started: list[subprocess.Popen[str]], state: _State) -> StudyRow:
    """Run one study in a process of its own and return its row; raises `ConfigError`, `SandboxError`."""
    folder = (plan.folder / cell.folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    answered = cell.asks and bool(plan.model.name)
    request = Request(
        task=cell.task.name,
        folder=cell.task.folder,
        work=folder / "repository",
        row=folder / "row.json",
        optimizer=cell.optimizer,
        seed=cell.seed,
        limits=plan.limits,
        sandbox=plan.sandbox,
        model=plan.model.name if answered else "",
        api_base=plan.api_base if answered else "",
        recording=str(cell.recording) if answered and plan.replay is None else "",
        record=plan.folder.resolve() / cell.recording if answered and plan.replay is None else None,
        replay=plan.replay.resolve() / cell.recording if answered and plan.replay is not None else None,
        settings=plan.settings,
        like=_measured(plan, cell),
        digest=cell.task.digest(),
        strop=strop_version(),
    )
    asked = folder / "request.json"
    _check_conditions(request, asked)
    if request.row.is_file():  # it was finished, and the process above it died
        return StudyRow.model_validate_json(request.row.read_bytes())
    asked.write_text(request.model_dump_json(indent=1), encoding="utf-8")
    command = [sys.executable, "-m", "strop.benchmarks.leaderboard.cell", str(asked)]
    with (
        (folder / "errors.log").open("wb") as errors,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=dict(os.environ),
            start_new_session=True,
        ) as process,
    ):
        started.append(process)
        assert process.stdout is not None
        for line in process.stdout:
            _hear(line, cell, state)
        code = process.wait()
    if code != 0 or not request.row.is_file():
        raise _broken_off(cell, code, folder / "errors.log")
    return StudyRow.model_validate_json(request.row.read_bytes())


def _check_conditions(request: Request, file: Path) -> None:
    """Raise `ConfigError` where a folder holds a study of other conditions: it is none of this result."""
    if not file.is_file():
        return
    try:
        differing = request.differing(Request.model_validate_json(file.read_bytes()))
    except ValueError:
        differing = ["form"]
    if differing:
        raise ConfigError(
            f"{file.parent}: holds a study of another {', '.join(differing)}; give another folder by --out, "
            "or remove this one"
        )


def _broken_off(cell: Cell, code: int, log: Path) -> StropError:
    """Return the error of a study that came to no row; it may be gone on with."""
    where = f"{cell.task.name}, {cell.optimizer}, seed {cell.seed}"
    said = log.read_text(encoding="utf-8", errors="replace").strip() or "it said nothing"
    if code == 2:
        return ConfigError(f"{where}: {said[-SAID:]}\nmended, the same command goes on from there ({log})")
    return SandboxError(
        f"{where}: the study ended with exit code {code}: {said.splitlines()[-1]} ({log}); the same command "
        "goes on from there"
    )


def _measured(plan: Plan, cell: Cell) -> Path | None:
    """Return a finished study of the same task and seed: the unchanged program is measured once for all."""
    for optimizer in plan.optimizers:
        other = plan.folder / cell._replace(optimizer=optimizer).folder
        if optimizer != cell.optimizer and (other / "row.json").is_file():
            studies = sorted((other / "repository" / ".strop" / "studies").glob("*/job.json"))
            if studies:
                return studies[0].parent.resolve()
    return None


def _hear(line: str, cell: Cell, state: _State) -> None:
    try:
        data = json.loads(line)
    except ValueError:
        return  # what a user's own optimizer prints
    if isinstance(data, dict) and "number" in data and "verdict" in data:
        what = data["verdict"] or f"failed at {data['stage']}"
        state.tell(f"{cell.task.name}, {cell.optimizer}, seed {cell.seed}: trial {data['number']} {what}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
