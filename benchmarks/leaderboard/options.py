"""The options of `strop bench run`, and the plan that they describe."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from strop.agents.optimizers.arms.opening import ARMS
from strop.agents.optimizers.knob_search import MODEL_SEARCHES
from strop.agents.optimizers.registry import check_optimizer
from strop.benchmarks.leaderboard.foreign import open_any
from strop.benchmarks.leaderboard.known import path_of
from strop.benchmarks.leaderboard.result import Limits, ModelUsed, load_result
from strop.benchmarks.leaderboard.runner import Plan
from strop.benchmarks.leaderboard.tasks import SUITES
from strop.errors import ConfigError

__all__ = ["FOLDER", "SANDBOXES", "parser_of", "plan_of", "run_options"]

EVALUATIONS = 12
"""Trials of candidates in a study, where neither evaluations nor minutes are limited: dollars and tokens end
no search that asks no model."""

FOLDER = Path("strop-bench")
SANDBOXES = ("auto", "docker", "bubblewrap", "process")


def parser_of(name: str, text: str) -> argparse.ArgumentParser:
    """Return an empty parser of a command of `strop bench`."""
    return argparse.ArgumentParser(prog=f"strop bench {name}", description=text)


def run_options(argv: Sequence[str]) -> argparse.Namespace:
    """Return the options of a command line; raises `ConfigError`."""
    parser = parser_of("run", "Run optimizers on a suite, under one budget, and rank them.")
    parser.add_argument(
        "suite", help=f"{', '.join(SUITES)}, tuning, or a folder whose sub-folders are tasks or repositories"
    )
    parser.add_argument(
        "--optimizer",
        nargs="+",
        action="extend",
        metavar="NAME",
        help="as `strop run` takes them, or known-good: what a bundled task holds as such; default: rules",
    )
    parser.add_argument("--task", nargs="+", action="extend", default=[], metavar="NAME", help="only these")
    parser.add_argument("--model", default="", metavar="NAME", help="model, e.g. openai/gpt-5.2")
    parser.add_argument("--api-base", default="", metavar="URL", help="OpenAI-compatible endpoint")
    parser.add_argument(
        "--model-kind",
        choices=("live", "recorded", "scripted"),
        default="live",
        help="scripted models never enter a ranking",
    )
    parser.add_argument(
        "--replay",
        type=Path,
        metavar="DIR",
        help="folder of an earlier run, whose recorded answers stand in for its model; nobody is asked",
    )
    parser.add_argument(
        "--seeds", type=int, default=1, metavar="N", help="studies of each optimizer on each task; default 1"
    )
    parser.add_argument("--first-seed", type=int, default=1, metavar="S", help="default 1")
    parser.add_argument(
        "--budget",
        metavar="LIMITS",
        help="of a study: N evaluations, or evaluations=8,tokens=20000,minutes=5,usd=0.5; "
        f"{EVALUATIONS} evaluations unless evaluations or minutes are given",
    )
    for name, kind in (("evaluations", int), ("minutes", float), ("usd", float), ("tokens", int)):
        parser.add_argument(f"--{name}", type=kind, metavar="N", help="the same, by name")
    parser.add_argument("--sandbox", choices=SANDBOXES, help="where commands run")
    parser.add_argument(
        "--parallel",
        type=int,
        default=1,
        metavar="N",
        help="studies at a time; what is timed is one at a time all the same",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help=f"default: one below {FOLDER}; the same command goes on there"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a key of every job, e.g. model.max_tokens=700",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    options = parser.parse_args(argv)
    for name in ("seeds", "parallel"):
        if getattr(options, name) < 1:
            raise ConfigError(f"--{name} {getattr(options, name)}: at least 1")
    return options


def plan_of(options: argparse.Namespace) -> Plan:
    """Return the plan that options describe; raises `ConfigError`."""
    suite = open_any(options.suite)
    if options.task:
        suite = suite.chosen(tuple(_split(options.task)))
    optimizers = tuple(dict.fromkeys(_split(options.optimizer or ["rules"])))
    for name in optimizers:
        check_optimizer(path_of(name), {})
        # In a job others stand in for those that ask models; here they would be ranked under a wrong name.
        if name in (*ARMS, *MODEL_SEARCHES, "agents") and not (
            options.model or options.api_base or options.replay
        ):
            raise ConfigError(f"optimizer {name} needs a model: give --model NAME")
    if options.api_base and not options.model:
        raise ConfigError("--api-base: give --model NAME, too: a result says which model it is of")
    plan = Plan(
        suite=suite,
        optimizers=optimizers,
        seeds=tuple(range(options.first_seed, options.first_seed + options.seeds)),
        limits=_limits(options),
        folder=options.out or FOLDER,
        model=_model(options),
        api_base=options.api_base,
        sandbox=options.sandbox,
        parallel=options.parallel,
        settings=dict(_setting(text) for text in options.set),
        replay=options.replay,
    )
    _check_replay(plan)
    return plan if options.out else replace(plan, folder=FOLDER / f"{suite.name}-{_conditions(plan)}")


def _model(options: argparse.Namespace) -> ModelUsed:
    """Return the model that is asked, or that an earlier run asked."""
    if options.replay is None:
        return ModelUsed(name=options.model, kind=options.model_kind)
    if options.model or options.api_base:
        raise ConfigError("--replay: the model is that of the recordings; leave out --model and --api-base")
    before = load_result(options.replay).model
    if not before.name:
        raise ConfigError(f"--replay {options.replay}: that run asked no model")
    # Answers from a script are no more a model's the second time.
    return before if before.kind == "scripted" else ModelUsed(name=before.name, kind="recorded")


def _check_replay(plan: Plan) -> None:
    if plan.replay is None:
        return
    missing = [
        cell.recording for cell in plan.cells() if cell.asks and not (plan.replay / cell.recording).is_file()
    ]
    if missing:
        raise ConfigError(
            f"--replay {plan.replay}: {missing[0]} is missing ({len(missing)} in all); give the tasks, "
            "optimizers and seeds of that run alone"
        )


def _conditions(plan: Plan) -> str:
    """Return a few digits of what studies have to share to be compared: each has a folder of its own."""
    shared = [str(task.folder.parent) for task in plan.suite.tasks[:1]]
    shared += [plan.limits.model_dump_json(), plan.model.model_dump_json(), json.dumps(dict(plan.settings))]
    shared += [plan.sandbox or "auto", *([str(plan.replay.resolve())] if plan.replay else [])]
    return hashlib.sha256("\0".join(shared).encode()).hexdigest()[:6]


def _split(names: Sequence[str]) -> list[str]:
    return [part.strip() for name in names for part in name.split(",") if part.strip()]


def _setting(text: str) -> tuple[str, object]:
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise ConfigError(f"--set {text}: give KEY=VALUE")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def _limits(options: argparse.Namespace) -> Limits:
    kinds: dict[str, Callable[[str], float]] = {
        "evaluations": int,
        "minutes": float,
        "usd": float,
        "tokens": int,
    }
    found: dict[str, float] = {}
    for part in (options.budget or "").replace(" ", "").split(","):
        name, sign, value = part.partition("=") if "=" in part else ("evaluations", "=", part)
        if not part:
            continue
        if name not in kinds:
            raise ConfigError(f"--budget {part}: unknown limit {name!r}; known: {', '.join(kinds)}")
        try:
            found[name] = kinds[name](value)
        except ValueError:
            raise ConfigError(f"--budget {part}: {value!r} is no number") from None
    found |= {name: getattr(options, name) for name in kinds if getattr(options, name) is not None}
    for name, value in found.items():
        if value < 0 or (value == 0 and name != "usd"):
            raise ConfigError(f"--budget: {name}={value:g}; it has to be above 0")
    if not {"evaluations", "minutes"} & found.keys():
        found["evaluations"] = EVALUATIONS
    return Limits.model_validate(found)
