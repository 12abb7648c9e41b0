"""`strop.optimize`: a repository, a Python function, or anything that a callable can evaluate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from strop.errors import ConfigError
from strop.events import Event
from strop.job import Budget, load_job
from strop.optimizing_evaluate import Evaluate, EvaluateResult, optimize_evaluate
from strop.optimizing_function import Inputs, job_of_function, place_of
from strop.study import FOLDER, Study, latest_study

if TYPE_CHECKING:
    from strop.agents.custom import Agent
    from strop.extension import Optimizer

__all__ = ["Best", "Speedup", "StudyResult", "load_study", "optimize"]


@dataclass(frozen=True)
class Best:
    """The confirmed and minimised winner."""

    patch: str  # unified diff of its code edits, empty where it has none
    values: Mapping[str, Any]  # of its knobs, by name
    candidate: str  # id
    author: str
    rationale: str


@dataclass(frozen=True)
class Speedup:
    """How many times better the winner is, as confirmed; compares like its ratio."""

    ratio: float
    low: float | None  # bounds of the 95 % interval; None: without a bound
    high: float | None
    metric: str
    verified_by: str
    labels: tuple[str, ...] = ()

    def __float__(self) -> float:
        return self.ratio


class StudyResult:
    """A study as the one who asked for it sees it; reads the ledger, and holds nothing open."""

    def __init__(self, study: Study) -> None:
        """Look at a study."""
        self.study = study

    @cached_property
    def report(self) -> dict[str, Any]:
        """The machine report, as `strop report --json` prints it."""
        from strop.report.machine import build_report

        return build_report(self.study)

    @property
    def status(self) -> str:
        """One of "improved", "no improvement found", "running", "interrupted", "failed"."""
        return str(self.report["status"])

    @property
    def best(self) -> Best | None:
        """The winner; None where nothing was confirmed."""
        found = self.report["best"]
        if found is None:
            return None
        return Best(found["patch"], found["knobs"], found["candidate"], found["author"], found["rationale"])

    @property
    def speedup(self) -> Speedup | None:
        """The claim; None where nothing was confirmed."""
        found = self.report["speedup"]
        if found is None:
            return None
        return Speedup(
            found["ratio"],
            found["low"],
            found["high"],
            found["metric"],
            found["verified_by"],
            tuple(found["labels"]),
        )

    @property
    def trials(self) -> list[dict[str, Any]]:
        """What was evaluated, as in the report."""
        return list(self.report["trials"])

    def apply(self, *, branch: str | None = None) -> str:
        """Write the winner into the repository, to a new branch where one is named; returns what was done.

        Raises `ConfigError` where nothing was confirmed.
        """
        from strop.applying import apply_trial

        return apply_trial(self.study.root, self.study, None, branch)

    def __repr__(self) -> str:
        speedup = self.speedup
        gain = f", {speedup.ratio:.2f} times better" if speedup else ""
        return f"<StudyResult {self.study.name}: {self.status}{gain}>"


@overload
def optimize(
    target: str | Path | Callable[..., Any],
    *,
    model: str = "",
    api_base: str = "",
    budget: Budget | None = None,
    optimizers: Sequence[str | Optimizer | Callable[[Any], Optimizer]] = (),
    agents: Sequence[Agent] = (),
    graph: Any = None,
    inputs: Inputs | None = None,
    sandbox: str | None = None,
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
    resume: bool | str = False,
    on_trial: Callable[[dict[str, Any]], None] | None = None,
    on_round: Callable[[dict[str, Any]], None] | None = None,
) -> StudyResult: ...


@overload
def optimize(
    *,
    evaluate: Evaluate,
    parameters: Mapping[str, Any],
    model: Any = None,
    budget: Budget | None = None,
    objective: str = "",
    direction: str = "maximize",
    seed: int = 0,
    on_trial: Callable[[dict[str, Any]], None] | None = None,
    on_round: Callable[[dict[str, Any]], None] | None = None,
) -> EvaluateResult: ...


def optimize(target: Any = None, **options: Any) -> Any:
    """Optimize a repository, a function, or whatever a callable evaluates, and return what came of it.

    A repository: `strop.optimize("path/to/repo", model="...", budget=strop.Budget(evaluations=40))`. Its job
    is its `strop.toml`; arguments win over the file. Runs to the end, as `strop run` does.

    A function: `strop.optimize(function, inputs=make_inputs, model="...")`, both at the top of a module of a
    git repository. `make_inputs(seed)` returns inputs, each a list of arguments of plain JSON types; calls
    are timed one by one, and the results of the unchanged function have to come back. What a `strop.toml`
    of its folder says of everything else (setup, tests, sandbox) holds.

    A black box: `strop.optimize(evaluate=function, parameters={...})`, where `function(candidate)` gets a
    dict of values and returns a number, or (number, side information), e.g. an error message or scores of
    parts, which the model is shown; it may be async. Values come from the callable's own word: nothing here
    verifies them.

    >>> import strop
    >>> from strop.opto import Constraint, node
    >>> size = node(1, name="size", trainable=True, constraint=Constraint(low=1, high=8))
    >>> found = strop.optimize(
    ...     evaluate=lambda candidate: -abs(candidate["size"] - 6),
    ...     parameters={"size": size},
    ...     budget=strop.Budget(evaluations=20),
    ... )
    >>> found.values, found.score, found.first
    ({'size': 6}, 0.0, -5.0)

    Args:
        target: Folder of the repository, its job file, or a function.
        model: Name of a model (litellm's, or the endpoint's with `api_base`); for a black box also a
            model object or a function of messages.
        api_base: An OpenAI-compatible endpoint.
        budget: Limits; for a repository they replace the file's.
        optimizers: Who searches: names as `strop run --optimizer` takes them, objects with `name`,
            `ask(count)` and `tell(trial)`, or functions that make one of a `strop.agents.View`.
        agents: Agents of your own (`strop.agents.Agent`), beside strop's or, by name, in their place.
        graph: A LangGraph `StateGraph` of your own, made from strop's nodes (`strop.agents.standard_graph`).
        inputs: For a function: another one that makes its inputs from a seed.
        sandbox: "auto", "docker", "bubblewrap", or "process", which isolates nothing.
        seed: Of every random draw.
        settings: Further keys of the job, dotted: {"commands.test": "pytest -q"}.
        resume: Go on with the latest study (True) or one by name, as its own job says; of the arguments
            only `agents`, `optimizers`, `graph` and the callbacks count then.
        evaluate: From a dict of values to a number, or (number, side information).
        parameters: First value by name; or `strop.opto.Constraint`-ed nodes of `strop.opto.node`.
        objective: What is asked of the model, in words.
        direction: "maximize" or "minimize" what `evaluate` returns.
        on_trial: Told every finished trial, as a dict.
        on_round: Told every turn of the search, as a dict.

    Raises:
        ConfigError: The job or an argument is wrong, or an agent of your own raised.
        SandboxError, ModelError: A provider failed.
    """
    if "evaluate" in options:
        if target is not None:
            raise ConfigError("optimize: a repository and evaluate= exclude each other")
        return optimize_evaluate(**options)
    if target is None:
        raise ConfigError("optimize: give a repository, a function, or evaluate= and parameters=")
    if callable(target):
        inputs = options.pop("inputs", None)
        if inputs is None:
            raise ConfigError(
                "optimize: a function needs inputs=, a function that makes its inputs from a seed"
            )
        place = place_of(target, inputs)
        return _repository(place.folder, job_keys=place.keys, **options)
    if "inputs" in options:
        raise ConfigError(
            "optimize: inputs= goes with a function; a repository has [calls] inputs in strop.toml"
        )
    return _repository(Path(target), **options)


def _repository(
    path: Path,
    *,
    model: str = "",
    api_base: str = "",
    budget: Budget | None = None,
    optimizers: Sequence[Any] = (),
    agents: Sequence[Agent] = (),
    graph: Any = None,
    sandbox: str | None = None,
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
    resume: bool | str = False,
    on_trial: Callable[[dict[str, Any]], None] | None = None,
    on_round: Callable[[dict[str, Any]], None] | None = None,
    job_keys: Mapping[str, Any] | None = None,
) -> StudyResult:
    from strop.agents.optimizers.registry import Searchers, optimizer_name
    from strop.running import Own, resume_job, run_job
    from strop.running_checks import check_address

    if isinstance(optimizers, str):
        optimizers = (optimizers,)
    named = [(one if isinstance(one, str) else optimizer_name(one), one) for one in optimizers]
    given_names = [name for name, one in named if not isinstance(one, str)]
    given_names += [getattr(agent, "name", "") for agent in agents]
    twice = next((name for name in given_names if given_names.count(name) > 1), None)
    if twice is not None:
        raise ConfigError(f"optimize: two who search are named {twice!r}; each needs a name of its own")
    own = Own(Searchers(tuple(agents), {n: one for n, one in named if not isinstance(one, str)}), graph)
    root = path if path.is_dir() else path.parent
    listener = _listener(on_trial, on_round)
    if resume:
        return StudyResult(resume_job(root, resume if isinstance(resume, str) else None, listener, own))
    given = {
        "model.name": model or None,
        "model.api_base": api_base or None,
        "budget": budget.model_dump() if budget is not None else None,
        "optimizers": tuple(name for name, _ in named) or None,
        "sandbox.backend": sandbox,
        "seed": seed,
    }
    overrides = {**(settings or {}), **{key: value for key, value in given.items() if value is not None}}
    job = load_job(path, overrides) if job_keys is None else job_of_function(path, {**job_keys, **overrides})
    check_address(job, named="model.api_base" in overrides)
    return StudyResult(run_job(root, job, listener=listener, own=own))


def _listener(
    on_trial: Callable[[dict[str, Any]], None] | None, on_round: Callable[[dict[str, Any]], None] | None
) -> Callable[[Event], None]:
    told = {"trial": on_trial, "round": on_round}

    def listen(event: Event) -> None:
        function = told.get(event.kind)
        if function is not None:
            function(dict(event.data))

    return listen


def load_study(path: str | Path, name: str | None = None) -> StudyResult:
    """Return a study that is on disk: of a repository (the latest, or by name), or by its own folder.

    Raises `ConfigError` where there is none.
    """
    folder = Path(path)
    if (folder / "job.json").is_file() and folder.parent.name == "studies":
        return StudyResult(Study(folder.parent.parent.parent, folder.name))
    if not (folder / FOLDER).is_dir():
        raise ConfigError(f"{folder}: no study here; give a repository where strop ran, or a study's folder")
    return StudyResult(latest_study(folder, name))
