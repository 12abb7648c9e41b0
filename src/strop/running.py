"""Running a job from its start or from where it stopped: what `strop run` and `strop resume` do."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from strop.agents.analyst import Analyst
from strop.agents.asking import Asker
from strop.agents.attempts import Attempt, Attempts
from strop.agents.budget import BudgetGuard
from strop.agents.critic import Critic
from strop.agents.custom import CustomAnalyst, CustomCritic
from strop.agents.optimizers.registry import (
    Searchers,
    default_names,
    draws_on_agents,
    open_optimizer,
)
from strop.agents.session import Session
from strop.agents.view import View
from strop.candidate import BASELINE, Candidate
from strop.errors import ConfigError, StropError
from strop.events import Event, Listener, note, silent
from strop.extension import Model, ModelRequest
from strop.job import Job
from strop.running_baseline import share_baseline, take_baseline
from strop.running_checks import check_prompts, check_searchers, prompts_of
from strop.running_versus import head_to_head
from strop.running_workplace import Workplace, close_backend, open_workplace
from strop.sandbox.comparing import hearsay, limit_by_hearsay
from strop.sandbox.evaluator import Baseline, Evaluator
from strop.sandbox.trial_queue import TrialQueue
from strop.study import Study, latest_study
from strop.trial import Trial, TrialState

__all__ = ["Own", "RunOptions", "resume_job", "run_job"]


PATHS = ("record", "replay", "like")


CLAIMS_BESIDE = 3
"""Claims that are published together where another optimizer had the same budget: ours, its own, and the
two winners against each other."""


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
    check_prompts(root, job)
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
    check_searchers(job, own.searchers, replayed=options.replay is not None, beside=options.baseline)


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
            claims_made = CLAIMS_BESIDE if options.baseline else 1
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


@contextmanager
def _only_process(study: Study) -> Iterator[None]:
    """Hold the study's lock, which the kernel frees when the process dies."""
    with (study.folder / "lock").open("a", encoding="ascii") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigError(f"study {study.name} is being run by another process") from None
        yield


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
    if doubt := hearsay(study.job, trial.comparisons[0]) or limit_by_hearsay(study.job, trial.comparisons):
        note(listener, f"this study can claim nothing: {doubt}")
    baseline = Baseline.from_json(kept["baseline"])
    noise = {"noise": baseline.calibration.sd, "compare": study.job.objective.compare}
    data = {"metrics": dict(baseline.metrics), **noise}
    listener(Event("baseline", {**data, "verified_by": baseline.verified_by}))
    return baseline


def _model(study: Study, options: RunOptions, attempts: Attempts, listener: Listener) -> Model | None:
    from strop.agents.models.opening import open_model

    warned: list[str] = []

    def warn(text: str) -> None:
        # Prompts hold live timings, so they nearly always differ: one sentence is enough.
        if not warned:
            note(listener, f"{text} (and so may others: they hold timings of this machine)")
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
    templates = prompts_of(study)
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
    names = job.optimizers or default_names(view, asker is not None)
    if asker is None:
        searching = [*(agent.name for agent in own.searchers.agents), *names]
        note(
            listener,
            f"no model configured: going on with {', '.join(searching)} (--model NAME brings one)",
        )
    else:
        note(listener, f"model: {asker.model.name}; optimizers: {', '.join(names)}")

    analyst, critic = own.searchers.agent("analyst"), own.searchers.agent("critic")
    # Arms alone read nothing of the two, so that these would only cost them money.
    advising = asker if own.searchers.agents or draws_on_agents(names) else None

    def evaluate(candidate: Candidate, trial: Trial) -> Trial:
        finished = place.evaluator.evaluate(candidate, trial, baseline)
        study.finish(finished)
        listener(Event("trial", summary(finished, candidate)))
        return finished

    guard = BudgetGuard(study, job.budget, getattr(model, "ledger", None))
    if asker is not None:
        asker.over = guard.time_over
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
        guard=guard,
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
        other = Study.create(study.root, job, other_name, beside=study.name)
        other.set("options", RunOptions().to_json())
        share_baseline(study, other)
    stages = place.stages
    evaluator = Evaluator(stages, folder=other.folder / "trials", seed=other.job.seed, listener=listener)
    _search(
        other,
        replace(place, evaluator=evaluator),
        None,
        Attempts(other.folder),
        listener,
        CLAIMS_BESIDE,
        Own(),
    )
    found = head_to_head(study, other, place, options.baseline, claims_made=CLAIMS_BESIDE)
    study.set("versus", found)
