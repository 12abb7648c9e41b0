"""The command line of the word problems."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from strop.benchmarks.modeling.asking import KINDS
from strop.benchmarks.modeling.optibench import FILES, data_file, read
from strop.benchmarks.modeling.problems import WordProblem, own_problems
from strop.benchmarks.modeling.running import Asked, Machine, ask_all, shares
from strop.benchmarks.self.tables import percent
from strop.errors import ConfigError, StropError

__all__ = ["main"]

DEFAULT = 45
"""Problems: each own one once."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code: 0, or 2 where something can't be done."""
    options = _options().parse_args(arguments)
    try:
        problems = _problems(options)
        if options.check:
            _check(problems, options)
        else:
            _ask(problems, options)
    except (StropError, OSError) as error:
        print(f"modeling: {error}", file=sys.stderr)
        return 2
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m strop.benchmarks.modeling",
        description="Whether a model's solver code gives the numbers that word problems ask for.",
    )
    parser.add_argument("--source", choices=("own", "optibench"), default="own")
    parser.add_argument(
        "--file", default=FILES[0], help=f"of OptiBench's format: {', '.join(FILES)}, or a path"
    )
    parser.add_argument("--group", nargs="*", default=[], help="of the own problems; default: all")
    parser.add_argument("--problems", type=int, metavar="N", help=f"default: {DEFAULT}; with --check: all")
    parser.add_argument("--seed", type=int, default=0, help="draws the numbers, or which problems of a file")
    parser.add_argument(
        "--check", action="store_true", help="ask no model; print what speaks against stored answers"
    )
    parser.add_argument("--model", default="", help="name of the model")
    parser.add_argument("--api-base", default="", help="an OpenAI-compatible endpoint")
    parser.add_argument("--max-tokens", type=int, default=2048, help="of an answer")
    parser.add_argument("--temperature", type=float, default=0.0)
    parser.add_argument(
        "--model-timeout", type=float, default=300.0, metavar="S", help="deadline of an answer"
    )
    parser.add_argument("--tokens", type=int, help="budget of all questions and answers")
    parser.add_argument("--calls", type=Path, metavar="DIR", help="keeps answers, so that a cut run goes on")
    parser.add_argument("--backend", default="auto", choices=("auto", "docker", "bubblewrap", "process"))
    parser.add_argument(
        "--setup", default="pip install numpy scipy", help="command that installs libraries, or ''"
    )
    parser.add_argument("--timeout", type=float, default=60.0, metavar="S", help="deadline of a program")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there")
    return parser


def _problems(options: argparse.Namespace) -> list[WordProblem]:
    if options.problems is not None and options.problems < 1:
        raise ConfigError("--problems: at least 1")
    if options.source == "own":
        return own_problems(options.problems or DEFAULT, seed=options.seed, only=tuple(options.group))
    if options.group:
        raise ConfigError("--group: own problems alone have groups")
    problems = read(data_file(options.file))
    if options.check:
        return problems[: options.problems]
    # Files are in no order of their own, but neighbours may be alike.
    drawn = random.Random(options.seed).sample(problems, len(problems))
    scored = [one for one in drawn if one.scored][: options.problems or DEFAULT]
    return scored + [one for one in problems if not one.scored]


def _check(problems: Sequence[WordProblem], options: argparse.Namespace) -> None:
    _list_doubts(problems)
    kinds = Counter(doubt.kind for problem in problems for doubt in problem.doubts)
    counted = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()) or "none"
    scored = sum(problem.scored for problem in problems)
    print(f"{len(problems)} problems, {scored} of them scored; doubts: {counted}")
    if options.json:
        _write(options.json, {"problems": len(problems), "scored": scored, "doubts": _doubts(problems)})


def _list_doubts(problems: Sequence[WordProblem]) -> None:
    for problem in problems:
        for doubt in problem.doubts:
            print(f"{problem.name}: {'not scored, ' if doubt.certain else ''}{doubt.kind}: {doubt.sentence}")


def _doubts(problems: Sequence[WordProblem]) -> list[dict[str, Any]]:
    return [{"problem": one.name, **asdict(doubt)} for one in problems for doubt in one.doubts]


def _ask(problems: Sequence[WordProblem], options: argparse.Namespace) -> None:
    from strop.agents.models.opening import open_model
    from strop.extension import EnvironmentSpec
    from strop.job import Budget, ModelSettings
    from strop.sandbox.backends import open_backend

    if not options.model and not options.api_base:
        raise ConfigError("--model or --api-base: which model is asked? (--check asks none)")
    with ExitStack() as stack:
        folder = options.calls or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="strop-modeling-"))
        )
        folder.mkdir(parents=True, exist_ok=True)
        settings = ModelSettings(
            name=options.model, api_base=options.api_base, timeout_s=options.model_timeout
        )
        model = open_model(settings, folder=folder, budget=Budget(evaluations=None, tokens=options.tokens))
        assert model is not None
        backend = open_backend(options.backend, report=lambda said: print(said, file=sys.stderr))
        if close := getattr(backend, "close", None):
            stack.callback(close)
        setup = (options.setup,) if options.setup else ()
        machine = Machine(backend, backend.prepare(EnvironmentSpec(setup=setup)), timeout_s=options.timeout)
        done = ask_all(
            problems,
            model,
            machine,
            max_tokens=options.max_tokens,
            temperature=options.temperature,
            report=_progress,
        )
    _show(problems, done)
    if options.json:
        skipped = _doubts([problem for problem in problems if not problem.scored])
        doubtful = _doubts([asked.problem for asked in done])
        rows = [asked.to_json() for asked in done]
        told = {"model": options.model, "source": options.source, "seed": options.seed}
        _write(
            options.json,
            {
                **told,
                "shares": [asdict(share) for share in shares(done)],
                "asked": rows,
                "doubtful": doubtful,
                "skipped": skipped,
            },
        )


def _progress(asked: Asked) -> None:
    print(
        f"{asked.problem.kind} {asked.problem.name}: {asked.found.kind} {asked.found.detail}", file=sys.stderr
    )


def _show(problems: Sequence[WordProblem], done: Sequence[Asked]) -> None:
    print(f"{'problems':<20}{'right':>10}  per cent, exact 95 % limits")
    for share in shares(done):
        whole = percent(share.right / share.count, share.low, share.high) if share.count else "-"
        print(f"{share.name:<20}{f'{share.right}/{share.count}':>10}  {whole}")
    counts = Counter(asked.found.kind for asked in done)
    for kind, meaning in KINDS.items():
        if counts[kind]:
            print(f"{counts[kind]:>5} {kind}: {meaning}")
    asked = sum(problem.scored for problem in problems)
    if len(done) < asked:
        print(f"{asked - len(done)} problems were not asked: the budget is spent")
    if doubtful := [asked.problem for asked in done if asked.problem.doubts]:
        print(f"{len(doubtful)} of them are scored, although their stored answers are doubtful:")
        _list_doubts(doubtful)
    if skipped := [problem.name for problem in problems if not problem.scored]:
        print(f"{len(skipped)} problems are not scored: their stored answers don't hold (--check)")


def _write(file: Path, content: Any) -> None:
    try:
        file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--json {file}: cannot be written: {error.strerror}") from None
