"""Running a job from its start or from where it stopped: what `strop run` and `strop resume` do."""

from __future__ import annotations

import fcntl
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from strop import prompts
from strop.agents.analyst import Analyst
from strop.agents.asking import Asker
from strop.agents.attempts import Attempt, Attempts
from strop.agents.budget import BudgetGuard
from strop.agents.critic import Critic
from strop.agents.custom import CustomAnalyst, CustomCritic, check_agents
from strop.agents.optimizers.arms.opening import ARMS, check_model
from strop.agents.optimizers.registry import (
    NAMES,
    Searchers,
    check_optimizer,
    default_names,
    draws_on_agents,
    open_optimizer,
)
from strop.agents.session import Session
from strop.agents.view import View
from strop.candidate import BASELINE, Candidate
from strop.errors import ConfigError, StropError
from strop.events import Event, Listener, silent
from strop.extension import Backend, EnvironmentSpec, Model, ModelRequest, TreeFile
from strop.job import Job
from strop.running_baseline import share_baseline, take_baseline
from strop.sandbox.backends import open_backend
from strop.sandbox.comparing import hearsay
from strop.sandbox.evaluator import Baseline, Evaluator
from strop.sandbox.stages import Stages
from strop.sandbox.trial_queue import TrialQueue
from strop.sandbox.workspace import Snapshot
from strop.study import Study, latest_study
from strop.trial import Confirmation, Trial, TrialState

__all__ = ["Own", "RunOptions", "Workplace", "open_workplace", "resume_job", "run_job"]


PATHS = ("record", "replay", "like")


@dataclass(frozen=True)
class RunOptions:
    """What belongs to one run and not to the job."""

    record: Path | None = None
    replay: Path | None = None
    replay_strict: bool = False
    baseline: str | None = None  # an optimizer that gets the same budget beside, e.g. "optuna"
    name: str | None = None  # of the study
    like: Path | None = None  # folder of a study of the same job, whose baseline is taken over

    def to_json(self) -> dict[str, Any]:
        """Return the options as plain JSON types, paths absolute."""
        data = asdict(self)
        for key in PATHS:
            data[key] = str(data[key].absolute()) if data[key] else None
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> RunOptions:
        """Return the options that `to_json` described."""
        paths = {key: Path(data[key]) if data.get(key) else None for key in PATHS}
        return cls(**{**data, **paths})


@dataclass(frozen=True)
class Own:
    """What a caller brings along as Python objects, which no file can hold."""

    searchers: Searchers = Searchers()
    graph: Any = None  # a `StateGraph` of strop's nodes and the user's; None: strop's own

    def to_json(self) -> dict[str, Any]:
        """Return what there is by name, for those who go on with the study."""
        return {
            "agents": [agent.name for agent in self.searchers.agents],
            "optimizers": list(self.searchers.optimizers),
            "graph": self.graph is not None,
        }


@dataclass(frozen=True)
class Workplace:
    """A job's snapshot, sandboxes and evaluator, ready to use."""

    job: Job
    snapshot: Snapshot
    backend: Backend
    stages: Stages
    evaluator: Evaluator


def run_job(
    root: Path,
    job: Job,
    options: RunOptions | None = None,
    listener: Listener = silent,
    own: Own | None = None,
) -> Study:
    """Run a job on a repository to its end and return its study.

    Raises:
        ConfigError: The job is wrong, or its unchanged program doesn't work.
        SandboxError: The sandbox provider failed, twice.
        KeyboardInterrupt: The user stopped it; what was in flight is marked, `resume_job` goes on.
    """
    options, own = options or RunOptions(), own or Own()
    _check_searchers(job, options, own)
    _check_prompts(root, job)
    study = Study.create(root, job, options.name)
    study.set("options", options.to_json())
    study.set("own", own.to_json())
    return _run(study, options, listener, own)


def resume_job(
    root: Path, name: str | None = None, listener: Listener = silent, own: Own | None = None
) -> Study:
    """Go on with a study (the latest by default) where its process stopped.

    Raises `ConfigError` where it was started with agents, optimizers or a graph that are not given again.
    """
    study = latest_study(root, name)
    own = own or Own()
    before, now = study.get("own"), own.to_json()
    if before is None and not study.trials():  # its process died before it wrote them down
        study.set("own", now)
        before = now
    before = before or Own().to_json()
    if before != now:
        said = ", ".join(f"{key} {value}" for key, value in before.items() if value) or "nothing of one's own"
        raise ConfigError(
            f"study {study.name} was started with {said}; strop.optimize(..., resume=True) with "
            "the same goes on with it"
        )
    options = RunOptions.from_json(study.get("options") or RunOptions().to_json())
    _check_searchers(study.job, options, own)
    return _run(study, options, listener, own)


def _check_searchers(job: Job, options: RunOptions, own: Own) -> None:
    check_agents(own.searchers.agents)
    for agent in own.searchers.agents:
        if agent.name in NAMES:
            raise ConfigError(f"agents: {agent.name!r} is the name of an optimizer of strop's; take another")
    known = {**own.searchers.optimizers, **{agent.name: agent for agent in own.searchers.agents}}
    for name in [*job.optimizers, *([options.baseline] if options.baseline else [])]:
        check_optimizer(name, known)
    with_model = bool(job.model.name or job.model.api_base or options.replay)
    for name in job.optimizers:
        check_model(name, with_model)
    if options.baseline in ARMS:
        raise ConfigError(
            f"baseline: {options.baseline} needs a model, and the optimizer beside has none; "
            "name one without, e.g. optuna"
        )


def _check_prompts(root: Path, job: Job) -> None:
    if not job.prompts.dir:
        return
    folder = root / job.prompts.dir
    if not folder.is_dir():
        raise ConfigError(f"prompts.dir: {folder} is no folder")
    if not folder.resolve().is_relative_to(root.resolve()):
        raise ConfigError(f"prompts.dir: {folder} is outside of {root}, the job's folder")
    try:
        prompts.check(folder)
    except ValueError as error:
        raise ConfigError(f"prompts.dir: {error}") from None


def _prompts(study: Study) -> Path | None:
    """Return the study's own copy of the user's templates, None where there are none."""
    if not study.job.prompts.dir:
        return None
    kept = study.folder / "prompts"
    if not kept.is_dir():
        _check_prompts(study.root, study.job)
        source = study.root / study.job.prompts.dir
        scratch = Path(tempfile.mkdtemp(prefix=".prompts-", dir=study.folder))
        for name in prompts.check(source):
            (scratch / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(source / f"{name}.md", scratch / f"{name}.md")
        scratch.rename(kept)  # whole or not at all
    return kept


def _run(study: Study, options: RunOptions, listener: Listener, own: Own) -> Study:
    listener(Event("phase", {"name": "start", "study": study.name}))
    with _only_process(study):
        study.recover()
        place: Workplace | None = None
        if study.get("status") not in ("improved", "no improvement found"):
            study.set("status", "running")
        try:
            # First what can be wrong in the settings, then what takes time.
            attempts = Attempts(study.folder)
            model = _model(study, options, attempts, listener)
            place = open_workplace(study, listener)
            if options.like is not None and study.get("baseline") is None:
                take_baseline(study, options.like, place.snapshot)
            claims_made = 2 if options.baseline else 1  # that optimizer's is published beside ours
            _search(study, place, model, attempts, listener, claims_made, own)
            if options.baseline:
                _versus(study, place, options, listener)
        except KeyboardInterrupt:
            study.set("status", "interrupted")
            raise
        except StropError:
            study.set("status", "failed")
            raise
        finally:
            close_backend(place)
    listener(Event("end", {"status": study.get("status")}))
    return study


def close_backend(place: Workplace | None) -> None:
    """Let go of what a backend keeps ready: connections, containers made ahead."""
    close = getattr(place.backend, "close", None) if place else None
    if close is not None:
        close()


@contextmanager
def _only_process(study: Study) -> Iterator[None]:
    """Hold the study's lock, which the kernel frees when the process dies."""
    with (study.folder / "lock").open("a", encoding="ascii") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigError(f"study {study.name} is being run by another process") from None
        yield


# --- the workplace -----------------------------------------------------------------------------


def open_workplace(study: Study, listener: Listener = silent) -> Workplace:
    """Return a study's workplace: its own snapshot (taken once), backend, environment, evaluator."""
    job = study.job
    backend = backend_of(job, listener)
    removed = backend.clean()
    if removed:
        _note(listener, f"removed {removed} leftovers of stopped processes")
    if (study.folder / "snapshot").is_dir():
        snapshot = Snapshot.load(study.folder, job.target)
    else:
        snapshot = Snapshot.take(study.root, study.folder, job.target)
    for text in snapshot.notes:
        _note(listener, text)
    return build_workplace(job, snapshot, backend, study.folder / "trials", study.name, listener)


def backend_of(job: Job, listener: Listener = silent) -> Backend:
    """Return the backend that a job asks for, and tell which and why; raises `ConfigError`."""
    settings = job.sandbox
    return open_backend(
        settings.backend,
        report=lambda text: _note(listener, text),
        image=bool(settings.image or settings.dockerfile or settings.runtime),
        allow_unsupported=settings.allow_unsupported,
    )


def build_workplace(
    job: Job, snapshot: Snapshot, backend: Backend, folder: Path, label: str, listener: Listener = silent
) -> Workplace:
    """Return the workplace of a job over a snapshot; trials keep their logs in `folder`."""
    listener(Event("phase", {"name": "environment"}))
    environment = backend.prepare(environment_spec(job, snapshot))
    if environment.note:
        _note(listener, f"environment: {environment.note}")
    stages = Stages(job, snapshot, backend, environment, label=label)
    evaluator = Evaluator(stages, folder=folder, seed=job.seed, listener=listener)
    return Workplace(job, snapshot, backend, stages, evaluator)


def environment_spec(job: Job, snapshot: Snapshot) -> EnvironmentSpec:
    """Return what a job's environment is made from; without setup commands it needs no files."""
    dockerfile = None
    if job.sandbox.dockerfile:
        if job.sandbox.dockerfile not in snapshot.paths:
            raise ConfigError(f"sandbox.dockerfile: {job.sandbox.dockerfile} is not in the repository")
        dockerfile = snapshot.read(job.sandbox.dockerfile).decode()
    files: dict[str, TreeFile] = {}
    if job.commands.setup:
        files = {path: TreeFile(snapshot.read(path)) for path in snapshot.paths}
    return EnvironmentSpec(
        image=job.sandbox.image or None,
        dockerfile=dockerfile,
        setup=job.commands.setup,
        files=files,
        env=job.commands.env,
    )


# --- the search --------------------------------------------------------------------------------


def _search(
    study: Study,
    place: Workplace,
    model: Model | None,
    attempts: Attempts,
    listener: Listener,
    claims_made: int,
    own: Own,
) -> None:
    baseline = _baseline(study, place, listener)
    session = _session(study, place, baseline, model, attempts, listener, own)
    session.claims_made = claims_made
    try:
        from strop.agents.graph import run_graph

        place.evaluator.remember(study.trials())
        session.tell_history()
        run_graph(session, own.graph)
    except BaseException:
        _interrupt(study, place, session.queue)
        raise
    finally:
        _keep_cost(study, session)
    session.queue.stop()
    claimed = (study.get("confirmation") or {}).get("claimed")
    study.set("status", "improved" if claimed else "no improvement found")


def _baseline(study: Study, place: Workplace, listener: Listener) -> Baseline:
    """Return the study's baseline; measured once, as trial 0."""
    kept = study.get("baseline")
    rows = study.trials()
    if kept is None:
        listener(Event("phase", {"name": "baseline"}))
        row = rows[0] if rows else study.begin(BASELINE)
        trial, baseline = place.evaluator.baseline(row)
        kept = {"baseline": baseline.to_json(), "trial": trial.to_json()}
        study.set("baseline", kept)
    trial = Trial.from_json(kept["trial"])
    study.finish(trial)
    if doubt := hearsay(study.job, trial.comparisons[0]):
        _note(listener, f"this study can claim nothing: {doubt}")
    baseline = Baseline.from_json(kept["baseline"])
    data = {"metrics": dict(baseline.metrics), "noise": baseline.calibration.sd}
    listener(Event("baseline", {**data, "verified_by": baseline.verified_by}))
    return baseline


def _model(study: Study, options: RunOptions, attempts: Attempts, listener: Listener) -> Model | None:
    from strop.agents.models.opening import open_model

    warned: list[str] = []

    def warn(text: str) -> None:
        # Prompts hold live timings, so they nearly always differ: one sentence is enough.
        if not warned:
            _note(listener, f"{text} (and so may others: they hold timings of this machine)")
        warned.append(text)

    def repeated(request: ModelRequest, fault: str) -> None:
        attempts.add(Attempt(request.agent, request.parent, -1, "repeated", fault))
        data = {"agent": request.agent, "outcome": "repeated", "sentence": fault}
        listener(Event("attempt", data))

    return open_model(
        study.job.model,
        folder=study.folder,
        budget=study.job.budget,
        record=options.record,
        replay=options.replay,
        replay_strict=options.replay_strict,
        note=f"job {study.job.name}",
        on_warning=warn,
        on_repeat=repeated,
    )


def _session(
    study: Study,
    place: Workplace,
    baseline: Baseline,
    model: Model | None,
    attempts: Attempts,
    listener: Listener,
    own: Own,
) -> Session:
    job = study.job
    templates = _prompts(study)
    asker = Asker(model, job.model, attempts, listener=listener, prompts=templates) if model else None
    view = View(
        job,
        place.snapshot,
        study,
        baseline.profile,
        tuple(study.get("hypotheses", ())),
        list(study.get("lessons", ())),
        templates,
    )
    names = job.optimizers or default_names(asker is not None, bool(job.knobs))
    if asker is None:
        searching = [*(agent.name for agent in own.searchers.agents), *names]
        _note(
            listener,
            f"no model configured: going on with {', '.join(searching)} (--model NAME brings one)",
        )
    else:
        _note(listener, f"model: {asker.model.name}; optimizers: {', '.join(names)}")

    analyst, critic = own.searchers.agent("analyst"), own.searchers.agent("critic")
    # Arms alone read nothing of the two, so that these would only cost them money.
    advising = asker if own.searchers.agents or draws_on_agents(names) else None

    def evaluate(candidate: Candidate, trial: Trial) -> Trial:
        finished = place.evaluator.evaluate(candidate, trial, baseline)
        study.finish(finished)
        listener(Event("trial", summary(finished, candidate)))
        return finished

    return Session(
        study=study,
        view=view,
        evaluator=place.evaluator,
        baseline=baseline,
        queue=TrialQueue(evaluate),
        optimizer=open_optimizer(names, view, asker, listener, own.searchers),
        analyst=CustomAnalyst(analyst, asker) if analyst else Analyst(advising),
        critic=CustomCritic(critic, asker) if critic else Critic(advising),
        attempts=attempts,
        guard=BudgetGuard(study, job.budget, getattr(model, "ledger", None)),
        listener=listener,
    )


def _interrupt(study: Study, place: Workplace, queue: TrialQueue) -> None:
    """End what is in flight and mark it, so that its place in the budget is free again."""
    place.stages.cancel()
    queue.stop()
    for trial in study.trials():
        if trial.number > 0 and trial.state is TrialState.RUNNING:
            reason = "interrupted before it was finished"
            study.finish(replace(trial, state=TrialState.INTERRUPTED, reason=reason))


def _keep_cost(study: Study, session: Session) -> None:
    session.guard.keep()
    cost = session.guard.cost()
    if cost is not None:
        study.set("spent", cost)


def summary(trial: Trial, candidate: Candidate) -> dict[str, Any]:
    """Return a finished trial in small, for displays."""
    objective = trial.objective
    return {
        "number": trial.number,
        "author": trial.author,
        "state": trial.state.value,
        "stage": trial.stage,
        "verdict": trial.verdict.value if trial.verdict else None,
        "reason": trial.reason,
        "ratio": objective.ratio if objective else None,
        "low": objective.low if objective else None,
        "high": objective.high if objective else None,
        "difference": list(objective.difference) if objective and objective.difference else None,
        "rationale": candidate.rationale,
        "seconds": trial.seconds,
    }


def _note(listener: Listener, text: str) -> None:
    listener(Event("note", {"text": text}))


# --- the baseline optimizer beside ------------------------------------------------------------


def _versus(study: Study, place: Workplace, options: RunOptions, listener: Listener) -> None:
    """Give the baseline optimizer the same budget, then measure the two winners head to head."""
    assert options.baseline is not None
    if study.get("versus") is not None:
        return
    listener(Event("phase", {"name": f"baseline optimizer {options.baseline}"}))
    other_name = f"{study.name}-{options.baseline}"
    other_folder = study.folder.parent / other_name
    if (other_folder / "job.json").is_file():
        other = Study(study.root, other_name)
        other.recover()
    else:
        job = study.job.model_copy(update={"optimizers": (options.baseline,)})
        other = Study.create(study.root, job, other_name)
        other.set("options", RunOptions().to_json())
        share_baseline(study, other)
    stages = place.stages
    evaluator = Evaluator(stages, folder=other.folder / "trials", seed=other.job.seed, listener=listener)
    _search(other, replace(place, evaluator=evaluator), None, Attempts(other.folder), listener, 2, Own())
    study.set("versus", _head_to_head(study, other, place, options.baseline))


def _head_to_head(study: Study, other: Study, place: Workplace, name: str) -> dict[str, Any]:
    ours, theirs = _winner(study), _winner(other)
    result: dict[str, Any] = {"optimizer": name, "study": other.name, "other": _speedup(other)}
    if ours is None or theirs is None or ours.id == theirs.id:
        nobody = {(True, True): "neither found a confirmed gain", (False, True): "only the agents did",
                  (True, False): f"only {name} did"}.get((ours is None, theirs is None))  # fmt: skip
        return {**result, "winner": nobody or "the same candidate", "ratio": None}
    baseline = Baseline.from_json(study.get("baseline")["baseline"])
    pairs = baseline.plan(study.job, 1.1)
    found = place.evaluator.confirm(ours, baseline, pairs=pairs, against=theirs, label=f"versus-{name}")
    if not found.comparisons:
        return {**result, "winner": "not measured", "ratio": None, "reason": found.reason}
    c = found.comparisons[0]
    winner = "ours" if c.low > 1 else name if c.high < 1 else "no difference shown"
    return {**result, "winner": winner, "ratio": c.ratio, "low": c.low, "high": c.high, "pairs": c.pairs}


def _winner(study: Study) -> Candidate | None:
    confirmation = study.get("confirmation")
    if not confirmation or not confirmation["claimed"]:
        return None
    kept = (study.get("minimised") or {}).get("candidate") or confirmation["candidate"]
    return study.candidate(kept)


def _speedup(study: Study) -> dict[str, float] | None:
    data = (study.get("minimised") or {}).get("confirmation") or study.get("confirmation")
    if not data or not data["claimed"]:
        return None
    c = Confirmation.from_json(json.loads(json.dumps(data))).comparisons[0]
    return {"ratio": c.ratio, "low": c.low, "high": c.high}
