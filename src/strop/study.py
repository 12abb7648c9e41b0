"""The study: the ledger of one optimisation, in an Optuna storage with artifacts beside it.

    .strop/study.db                      every study of the repository; optuna-dashboard opens it
    .strop/studies/NAME/job.json         the resolved job
                       /candidates/ID.json, ID.patch
                       /trials/NUMBER/   logs of the stages
                       /...              files of the other parts (snapshot, calls, checkpoints)

A trial is written in three steps, each safe to lose the process after: the candidate's files, a
RUNNING row (which takes its place in the budget), and the finished record with its value. A row
that is still RUNNING when a study is opened was in flight when its process died: it is evaluated
again under the same number, so nothing is lost or doubled.
"""

from __future__ import annotations

import json
import math
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from strop.candidate import Candidate, unified_diff
from strop.errors import ConfigError, StorageError
from strop.job import Job, Knob
from strop.trial import Trial, TrialState

if TYPE_CHECKING:
    import optuna

__all__ = ["Study", "latest_study", "open_storage", "read_job", "study_names", "write_atomically"]

FOLDER = ".strop"
BESIDE = "beside"  # a file in the folder of a study that is the control of another one


class Study:
    """One study; safe to use from several threads of one process."""

    def __init__(self, root: Path, name: str) -> None:
        """Open a study that exists; `root` is the repository's folder. Raises `StorageError`."""
        self.root = root
        self.name = name
        self.folder = root / FOLDER / "studies" / name
        self._lock = threading.RLock()
        job_file = self.folder / "job.json"
        if not job_file.is_file():
            raise StorageError(f"{job_file}: no such study; known: {', '.join(study_names(root)) or 'none'}")
        self.job = read_job(job_file)
        self._values: dict[str, Any] = {}
        self._study = _load(root / FOLDER / "study.db", name, self._values)
        self._handles: dict[int, Any] = {}

    @classmethod
    def create(cls, root: Path, job: Job, name: str | None = None, *, beside: str = "") -> Study:
        """Create a study for a job under `root/.strop`.

        `beside` names the study of which this one is the control; unasked, nobody means the control.
        """
        name = name or _free_name(root, job.name)
        folder = root / FOLDER / "studies" / name
        try:
            (folder / "candidates").mkdir(parents=True)
            (folder / "trials").mkdir()
        except OSError as error:
            raise StorageError(f"{folder}: the study's folder can't be made: {error.strerror}") from None
        if beside:
            write_atomically(folder / BESIDE, beside.encode())
        _create(root / FOLDER / "study.db", name)
        write_atomically(folder / "job.json", job.model_dump_json(indent=2).encode())
        return cls(root, name)

    # --- candidates -----------------------------------------------------------------------

    def add(self, candidate: Candidate, base: Mapping[str, str]) -> str:
        """Keep a candidate (and its patch against the base texts); returns its id."""
        file = self.folder / "candidates" / f"{candidate.id}.json"
        if not file.exists():
            patch = unified_diff(candidate.edits, base)
            write_atomically(file.with_suffix(".patch"), patch.encode("utf-8", "surrogatepass"))
            write_atomically(file, json.dumps(candidate.to_json()).encode())
        return candidate.id

    def candidate(self, candidate_id: str) -> Candidate:
        """Return a candidate by its id."""
        file = self.folder / "candidates" / f"{candidate_id}.json"
        try:
            return Candidate.from_json(json.loads(file.read_bytes()))
        except (OSError, ValueError, KeyError) as error:
            raise StorageError(f"{file}: {error}") from None

    def patch(self, candidate_id: str) -> str:
        """Return a candidate's code edits as a unified diff."""
        file = self.folder / "candidates" / f"{candidate_id}.patch"
        return file.read_bytes().decode("utf-8", "surrogatepass") if file.exists() else ""

    # --- trials ---------------------------------------------------------------------------

    def begin(self, candidate: Candidate, *, turn: int = 0, prompt: str = "") -> Trial:
        """Write a RUNNING row for a candidate and return it."""
        with self._lock, self._guard():
            self._values.clear()
            self._values.update(candidate.values)
            handle = self._study.ask(self._distributions(candidate))
            state = TrialState.RUNNING
            trial = Trial(
                handle.number,
                candidate.id,
                candidate.author,
                state,
                candidate.values,
                turn=turn,
                prompt=prompt,
            )
            self._write(handle, trial)
            self._handles[handle.number] = handle
        self.trial_folder(handle.number).mkdir(parents=True, exist_ok=True)
        return trial

    def finish(self, trial: Trial) -> None:
        """Write a finished trial: first its record, then its value, after which it is immutable.

        Finishing one that is finished changes nothing.
        """
        from optuna.trial import TrialState as Row

        with self._lock, self._guard():
            if not self._row_is_open(trial.number):
                return
            handle = self._handles.get(trial.number) or self._handle(trial.number)
            self._write(handle, trial)
            objective = trial.objective
            if trial.state is TrialState.COMPLETE and objective and math.isfinite(objective.gain):
                self._study.tell(handle, -objective.gain, skip_if_finished=True)
            else:
                self._study.tell(handle, state=Row.FAIL, skip_if_finished=True)
            self._handles.pop(trial.number, None)

    def recover(self) -> None:
        """Finish rows whose record was written but whose value was not when a process died."""
        for trial in self.trials():
            if trial.state is not TrialState.RUNNING and self._row_is_open(trial.number):
                self.finish(trial)

    def trials(self) -> list[Trial]:
        """Return all trials by number; number 0 is the baseline."""
        with self._lock, self._guard():
            rows = self._study.get_trials(deepcopy=False)
        trials = []
        for row in rows:
            record = row.user_attrs.get("record")
            # A row without record: the process died inside `begin`, before anything was evaluated.
            if record is not None:
                trials.append(self._trial(row.number, record))
        return trials

    def _trial(self, number: int, record: str) -> Trial:
        try:
            return Trial.from_json(json.loads(record))
        except (ValueError, TypeError, KeyError) as error:
            file = self.root / FOLDER / "study.db"
            raise StorageError(f"{file}: record of trial {number} of {self.name}: {error!r}") from None

    def trial_folder(self, number: int) -> Path:
        """Return the folder of a trial's artifacts."""
        return self.folder / "trials" / str(number)

    # --- values beside the trials ---------------------------------------------------------

    def set(self, key: str, value: Any) -> None:
        """Keep a small plain-JSON value with the study."""
        with self._lock, self._guard():
            self._study.set_user_attr(key, json.dumps(value))

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value that `set` kept."""
        with self._lock, self._guard():
            text = self._study.user_attrs.get(key)
        return default if text is None else json.loads(text)

    # --- Optuna ---------------------------------------------------------------------------

    def _distributions(self, candidate: Candidate) -> dict[str, Any]:
        known = {knob.name: knob for knob in self.job.knobs}
        return {name: distribution(known[name]) for name in candidate.values if name in known}

    def _write(self, handle: Any, trial: Trial) -> None:
        handle.set_user_attr("record", json.dumps(trial.to_json()))
        # Plain attributes for people who look through optuna-dashboard.
        if trial.state is TrialState.RUNNING:
            handle.set_user_attr("author", trial.author)
            handle.set_user_attr("candidate", trial.candidate)
        else:
            handle.set_user_attr("state", trial.state.value)
            if trial.reason:
                handle.set_user_attr("reason", trial.reason)

    def _handle(self, number: int) -> Any:
        import optuna

        row = self._study.get_trials(deepcopy=False)[number]
        return optuna.trial.Trial(self._study, row._trial_id)

    def _row_is_open(self, number: int) -> bool:
        with self._lock, self._guard():
            return not self._study.get_trials(deepcopy=False)[number].state.is_finished()

    @contextmanager
    def _guard(self) -> Iterator[None]:
        with _told_of(self.root / FOLDER / "study.db"):
            yield


@contextmanager
def _told_of(file: Path) -> Iterator[None]:
    """Raise `StorageError` in the place of what a database raises."""
    import sqlalchemy.exc
    from optuna.exceptions import StorageInternalError

    try:
        yield
    except (StorageInternalError, sqlalchemy.exc.SQLAlchemyError) as error:
        raise StorageError(f"{file}: {error}") from error


def distribution(knob: Knob) -> Any:
    """Return a knob as an Optuna distribution: of all values that it may have, special ones included."""
    import optuna.distributions as d

    if knob.special:
        assert knob.low is not None and knob.high is not None
        low, high = min(knob.low, *knob.special), max(knob.high, *knob.special)
        whole = knob.type == "int"
        return d.IntDistribution(int(low), int(high)) if whole else d.FloatDistribution(low, high)
    return regular_distribution(knob)


def regular_distribution(knob: Knob) -> Any:
    """Return a knob as an Optuna distribution, without its special values."""
    import optuna.distributions as d

    if knob.type == "bool":
        return d.CategoricalDistribution([False, True])
    if knob.type == "categorical":
        return d.CategoricalDistribution(list(knob.choices))
    assert knob.low is not None and knob.high is not None
    high = knob.high
    if knob.step:  # Optuna warns of an end that no step reaches
        high = knob.low + knob.step * math.floor((high - knob.low) / knob.step + 1e-9)
    if knob.type == "int":
        return d.IntDistribution(int(knob.low), int(high), log=knob.log, step=int(knob.step or 1))
    return d.FloatDistribution(knob.low, high, log=knob.log, step=knob.step)


def open_storage(file: Path) -> optuna.storages.BaseStorage:
    """Return Optuna's SQLite storage in a file.

    SQLite, not Optuna's journal: over 2,000 trials both stay flat (14 and 2 ms a trial, nothing
    beside a trial's seconds), but after kill -9 the journal's lock file stays, and every writer
    waits 30 s for it to expire. `benchmarks/self/storage.py` measures both.
    """
    import optuna
    import sqlalchemy

    storage = optuna.storages.RDBStorage(f"sqlite:///{file}", engine_kwargs={"connect_args": {"timeout": 60}})
    with storage.engine.connect() as connection:
        # A writer doesn't wait for readers (`strop status`, optuna-dashboard). Survives kill -9;
        # a power cut may cost the last rows, never the file.
        connection.execute(sqlalchemy.text("PRAGMA journal_mode=WAL"))
    return storage


def read_job(file: Path) -> Job:
    """Return the job that a study's folder keeps; raises `StorageError`."""
    try:
        return Job.model_validate_json(file.read_bytes())
    except OSError as error:
        raise StorageError(f"{file}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise StorageError(f"{file}: is no job of this version of strop: {where} {first['msg']}") from None


def study_names(root: Path) -> list[str]:
    """Return the names of a repository's studies, oldest first."""
    folder = root / FOLDER / "studies"
    found = [path.parent for path in folder.glob("*/job.json")]
    return [path.name for path in sorted(found, key=lambda path: (path / "job.json").stat().st_mtime_ns)]


def latest_study(root: Path, name: str | None = None) -> Study:
    """Open a study by name, or the latest that is no control; raises `ConfigError` where there is none."""
    names = study_names(root)
    if not names:
        raise ConfigError(f"{root / FOLDER}: no study here yet; `strop run` starts one")
    return Study(root, name or latest_name(root, names))


def latest_name(root: Path, names: Sequence[str]) -> str:
    """Return the last of some studies that is no other one's control; the last, if all are."""
    folder = root / FOLDER / "studies"
    return next((name for name in reversed(names) if not (folder / name / BESIDE).exists()), names[-1])


def write_atomically(file: Path, content: bytes) -> None:
    """Write a file so that after a crash it is there whole or not at all."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}")
    with temporary.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)


def _free_name(root: Path, job_name: str) -> str:
    stem = "".join(c if c.isalnum() or c in "-_" else "-" for c in job_name) or "job"
    folder = root / FOLDER / "studies"
    # A folder without a job is a study whose process died at once; its name is taken, too.
    return next(name for i in range(1, sys.maxsize) if not (folder / (name := f"{stem}-{i}")).exists())


def _quiet_optuna() -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)


def _create(file: Path, name: str) -> None:
    import optuna

    _quiet_optuna()
    optuna.create_study(
        storage=open_storage(file), study_name=name, direction="minimize", load_if_exists=True
    )


def _load(file: Path, name: str, values: Mapping[str, Any]) -> optuna.Study:
    import optuna

    _quiet_optuna()
    if not file.is_file():  # SQLite would make an empty one, in somebody else's folder perhaps
        raise StorageError(f"{file}: is missing")
    try:
        with _told_of(file):
            return optuna.load_study(storage=open_storage(file), study_name=name, sampler=_assigned(values))
    except KeyError:
        raise StorageError(f"{file}: holds no study {name!r}") from None
    except RuntimeError as error:  # Optuna's word for tables of another version of its own
        raise StorageError(f"{file}: {error}") from None


def _assigned(values: Mapping[str, Any]) -> optuna.samplers.BaseSampler:
    """Return a sampler that gives each trial the values that its candidate already has."""
    import optuna

    class Assigned(optuna.samplers.BaseSampler):
        def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, Any]:
            return {}

        def sample_relative(self, study: Any, trial: Any, search_space: Any) -> dict[str, Any]:
            return {}

        def sample_independent(self, study: Any, trial: Any, param_name: str, param_distribution: Any) -> Any:
            return values[param_name]

    return Assigned()
