"""The job: what a user asks for, as written in `strop.toml` or `[tool.strop]` of `pyproject.toml`."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, Field, ValidationError, model_validator

from strop.candidate import KnobValue
from strop.constraint import parse_constraint
from strop.errors import ConfigError
from strop.fidelity import Fidelity, fidelity_problem
from strop.job_settings import (
    Budget,
    Calls,
    Commands,
    Metric,
    ModelSettings,
    Prompts,
    SandboxSettings,
    Service,
    Settings,
    Target,
    Verify,
)
from strop.knob import Knob, needed_knobs, settled
from strop.sizes import sizes_problem

__all__ = [
    "Budget",
    "Calls",
    "Commands",
    "Fidelity",
    "Job",
    "Knob",
    "Metric",
    "ModelSettings",
    "Prompts",
    "SandboxSettings",
    "Service",
    "Target",
    "Verify",
    "find_job_file",
    "json_schema",
    "load_job",
    "merge",
    "parse_job",
    "read_table",
    "settled",
]

LEAST_EFFECT = 0.03
"""Smallest gain in time or memory that may be asked for: less is below the noise of machines."""


class Job(Settings):
    """A repository, what may change, how to build, test and measure, which metrics count, a budget."""

    name: str = Field(default="", description="Name of the job; default: name of the folder.")
    goal: str = Field(default="", description="What to aim for, in a sentence or two; models read this.")
    target: Target = Target()
    commands: Commands
    calls: Calls | None = None
    fidelity: Fidelity | None = None
    service: Service | None = None
    metrics: tuple[Metric, ...] = Field(default=(Metric(name="time"),), min_length=1)
    minimum_effect: float = Field(
        default=0.05,
        gt=0,
        lt=10,
        description="Smallest gain worth a claim, e.g. 0.05 for 5 %; at least 0.03, but for results that "
        "commands.evaluate judges.",
    )
    knobs: tuple[Knob, ...] = ()
    constraints: tuple[str, ...] = Field(
        default=(),
        description='What has to hold between knobs: "threads * batch <= 4096". Names, numbers, arithmetic, '
        "comparisons, and, or, not, in, min, max, abs.",
    )
    verify: Verify = Verify()
    budget: Budget = Budget()
    model: ModelSettings = ModelSettings()
    prompts: Prompts = Prompts()
    sandbox: SandboxSettings = SandboxSettings()
    optimizers: tuple[str, ...] = Field(
        default=(),
        description="Who searches; default: agents (with a model), rules, optuna; with knobs mixed, and "
        "optuna only beside rewrites.",
    )
    seed: int = 0

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not self.target.files and not self.knobs:
            raise ValueError("nothing may change: give target.files, knobs, or both")
        if bool(self.commands.benchmark) == (self.calls is not None):
            raise ValueError("commands.benchmark or [calls] is missing, or both are given; give one of them")
        if self.service is not None and self.calls is not None:
            raise ValueError("[service] is loaded by commands.benchmark, and goes without [calls]")
        if self.commands.proxy and (not self.commands.benchmark or not self.objective.measured):
            raise ValueError(
                "commands.proxy stands in for commands.benchmark where strop itself reads the objective: "
                f"time, wall_time, cpu_time, ...; the objective is {self.objective.name}"
            )
        if not self.verify.same_results and not self.commands.evaluate:
            raise ValueError(
                "verify.same_results = false lets results differ, so commands.evaluate has to judge them"
            )
        if self.minimum_effect < LEAST_EFFECT and not self.judges_results:
            raise ValueError(
                f"minimum_effect: {self.minimum_effect:g} is below the noise of machines; at least "
                f"{LEAST_EFFECT:g}, but for an objective that commands.evaluate derives from results"
            )
        commands = self.commands
        if problem := fidelity_problem(
            self.fidelity,
            commands.benchmark,
            commands.evaluate,
            proxy=bool(commands.proxy),
            calls=self.calls is not None,
        ):
            raise ValueError(problem)
        names = [knob.name for knob in self.knobs]
        inputs = self.calls.inputs if self.calls else ""
        if problem := sizes_problem(commands.sizes, commands.benchmark, inputs, names):
            raise ValueError(problem)
        reserved = sorted({"seed", "split", "fidelity"} & {knob.name for knob in self.knobs})
        if reserved:
            raise ValueError(
                f"knobs: {{{reserved[0]}}} stands for something else in commands; take another name"
            )
        self._sound_knobs()
        for what, names in (
            ("knobs", [knob.name for knob in self.knobs]),
            ("metrics", [metric.name for metric in self.metrics]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{what}: {', '.join(twice)} given twice")
        return self

    def _sound_knobs(self) -> None:
        known = {knob.name: knob for knob in self.knobs}
        for knob in self.knobs:
            for name, allowed in knob.only_if.items():
                if name not in known:
                    raise ValueError(f"knobs.{knob.name}.only_if: unknown knob {name!r}")
                for value in allowed:
                    if problem := known[name].problem_with(value):
                        raise ValueError(f"knobs.{knob.name}.only_if: {name}: {problem}")
            if knob.name in needed_knobs(knob, known):
                raise ValueError(f"knobs.{knob.name}.only_if: it depends on itself, by way of other knobs")
        try:
            if problem := self.knob_problem({}):
                raise ValueError(f"the default values: {problem}")
        except ConfigError as error:
            raise ValueError(str(error)) from None

    def settings(self, values: Mapping[str, KnobValue]) -> dict[str, KnobValue]:
        """Return the values of all knobs: defaults where none is given, or where a knob has no effect."""
        return settled(self.knobs, {knob.name: values.get(knob.name, knob.default) for knob in self.knobs})

    def knob_problem(self, values: Mapping[str, KnobValue]) -> str:
        """Return why values of some knobs are not allowed, the others at their defaults; empty: they are."""
        known = {knob.name: knob for knob in self.knobs}
        for name, value in values.items():
            if name not in known:
                return f"knob {name!r}: there is none; known: {', '.join(known) or 'none'}"
            if problem := known[name].problem_with(value):
                return f"knob {name!r}: {problem}"
        found = self.settings(values)
        problems = (parse_constraint(text, known).problem(found) for text in self.constraints)
        return next((problem for problem in problems if problem), "")

    @property
    def objective(self) -> Metric:
        """The first metric."""
        return self.metrics[0]

    @property
    def judges_results(self) -> bool:
        """Whether the objective says how good results are, so that candidates may change them."""
        judged = self.objective.compare == "difference" or bool(self.commands.evaluate)
        return judged and not self.objective.measured

    @property
    def least_claim(self) -> float:
        """The smallest gain of the objective worth a claim: a difference, or a logarithm of a ratio."""
        return self.objective.minimum_effect or math.log1p(self.minimum_effect)

    @property
    def compares_results(self) -> bool:
        """Whether a candidate's results have to equal the unchanged program's."""
        return self.verify.same_results and not self.judges_results

    @property
    def filled_commands(self) -> tuple[str, ...]:
        """The commands in which `{name}` stands for a knob's value; what is measured comes last."""
        texts = [self.commands.evaluate, self.commands.build, self.commands.test, self.commands.benchmark]
        if self.service is not None:
            texts += [self.service.ready, self.service.start]
        if self.calls is not None:
            texts.append(self.calls.command)
        return tuple(text for text in texts if text)

    def knob(self, name: str) -> Knob:
        """Return a knob by name; raises `ConfigError` with the known names."""
        for knob in self.knobs:
            if knob.name == name:
                return knob
        raise ConfigError(f"unknown knob {name!r}; known: {', '.join(k.name for k in self.knobs) or 'none'}")


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of `strop.toml`, for editors."""
    schema = Job.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "strop.toml", **schema}


def find_job_file(folder: Path) -> Path:
    """Return `strop.toml`, or `pyproject.toml` with a `[tool.strop]`; raises `ConfigError`."""
    own = folder / "strop.toml"
    if own.is_file():
        return own
    project = folder / "pyproject.toml"
    if project.is_file() and "strop" in _read_toml(project).get("tool", {}):
        return project
    raise ConfigError(
        f"{folder}: no strop.toml and no [tool.strop] in pyproject.toml; `strop init` makes one"
    )


def load_job(path: Path, overrides: dict[str, Any] | None = None) -> Job:
    """Return the job of a repository folder or of a job file.

    `overrides` are dotted keys ("budget.evaluations") that win over the file. Raises
    `ConfigError` with file, key, what was found and what is allowed.
    """
    file = find_job_file(path) if path.is_dir() else path
    data = read_table(file)
    for name in data.get("optimizers", ()) if isinstance(data.get("optimizers"), list) else ():
        if isinstance(name, str) and ":" in name:
            raise ConfigError(
                f"{file}: optimizers: {name!r} would run that module's code outside of a sandbox; a file "
                "can't ask for it: give it by --optimizer, or to strop.optimize"
            )
    merge(data, overrides or {}, file)
    data.setdefault("name", file.resolve().parent.name)
    return parse_job(data, file)


def read_table(file: Path) -> dict[str, Any]:
    """Return the job's table of a job file as plain data; raises `ConfigError`."""
    data = _read_toml(file)
    if file.name == "pyproject.toml":
        found = data.get("tool", {}).get("strop", {})
        return found if isinstance(found, dict) else {}
    return data


def merge(data: dict[str, Any], overrides: Mapping[str, Any], file: Path) -> None:
    """Write dotted keys into plain data; raises `ConfigError` where a table is none."""
    for key, value in overrides.items():
        *tables, last = key.split(".")
        table = data
        for name in tables:
            table = table.setdefault(name, {})
            if not isinstance(table, dict):
                raise ConfigError(f"{file}: {name} is a table, [{name}]; found {table!r}")
        table[last] = value


def parse_job(data: dict[str, Any], file: Path | str) -> Job:
    """Return the job that plain data describes; raises `ConfigError` that names `file`."""
    try:
        return Job.model_validate(data)
    except ValidationError as error:
        raise ConfigError("\n".join(_explain(e, file) for e in error.errors())) from None


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from None


def _explain(error: Any, file: Path | str) -> str:
    """Return one validation error as: file, key, what was found, what is allowed."""
    where = ".".join(str(part) for part in error["loc"]) or "the job"
    if error["type"] == "extra_forbidden":
        return f"{file}: unknown key {where!r}; allowed here: {', '.join(_known_keys(error['loc'][:-1]))}"
    if error["type"] == "missing":
        return f"{file}: {where} is missing"
    message = str(error["msg"]).removeprefix("Value error, ")
    found = error.get("input")
    shown = "" if isinstance(found, (dict, BaseModel)) or found is None else f"; found {found!r}"
    return f"{file}: {where}: {message}{shown}"


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    models: dict[str, type[BaseModel]] = {
        "calls": Calls,
        "fidelity": Fidelity,
        "service": Service,
        "target": Target,
        "commands": Commands,
        "metrics": Metric,
        "knobs": Knob,
        "verify": Verify,
        "budget": Budget,
        "model": ModelSettings,
        "prompts": Prompts,
        "sandbox": SandboxSettings,
    }
    names = [part for part in location if isinstance(part, str)]
    return sorted((models.get(names[-1], Job) if names else Job).model_fields)
