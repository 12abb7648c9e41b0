"""`strop bench run tuning`: optimizers on tables, under one protocol.

STROP_DATA=DIR strop bench run tuning --tables iron_mind/Suzuki_Doyle --optimizer gp tpe --json
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from strop.benchmarks.tuning.data import Table, data_folder, load_table, table_names
from strop.benchmarks.tuning.studies import Attempted, Summary, attempt, paired_difference, summarise
from strop.errors import ConfigError
from strop.tuning import SEARCHES, open_search

__all__ = ["main"]

Arms = dict[str, tuple[Summary, list[Attempted]]]
"""By optimizer: what it came to, and its attempts."""


def main(argv: Sequence[str]) -> int:
    """Run the study that a command line describes, and print what came of it; returns the exit code."""
    options = _parsed(argv)
    folder = data_folder()
    names = options.tables or table_names(folder)
    if not names:
        raise ConfigError(f"STROP_DATA: {folder} holds no tables")
    tables = [load_table(folder, name) for name in dict.fromkeys(names)]
    optimizers = list(dict.fromkeys(options.optimizer))
    for name in optimizers:  # what can't work is told before anything is spent
        open_search(name, tables[0].space)
    found = {table.name: _arms(table, optimizers, options) for table in tables}
    if options.json:
        data = {t: {o: summary.to_json() for o, (summary, _) in arms.items()} for t, arms in found.items()}
        print(json.dumps(data, indent=1))
        return 0
    for table in tables:
        print(_shown(table, found[table.name], options))
    return 0


def _arms(table: Table, optimizers: Sequence[str], options: argparse.Namespace) -> Arms:
    arms: Arms = {}
    for name in optimizers:
        start = time.monotonic()
        attempts = [attempt(table, name, seed, options.evaluations) for seed in range(options.seeds)]
        if options.runs:
            _keep(options.runs, attempts)
        arms[name] = summarise(table, attempts), attempts
        if sys.stderr.isatty() or options.progress:
            took = time.monotonic() - start
            print(f"{table.name}: {name}, {len(attempts)} seeds in {took:.0f} s", file=sys.stderr)
    return arms


def _keep(file: Path, attempts: Sequence[Attempted]) -> None:
    try:
        with file.open("a", encoding="utf-8") as stream:
            for one in attempts:
                row = {**vars(one), "ask_s": [round(seconds, 4) for seconds in one.ask_s]}
                stream.write(json.dumps(row) + "\n")
    except OSError as error:
        raise ConfigError(f"--runs {file}: cannot be written: {error.strerror}") from None


def _shown(table: Table, arms: Arms, options: argparse.Namespace) -> str:
    goal = "most" if table.maximize else "least"
    lines = [
        f"{table.name}: {goal} {table.measurement}, {len(table.rows)} points, best {table.best:.4g}; "
        f"{options.evaluations} evaluations, {options.seeds} seeds",
        f"  {'optimizer':<12}{'median best':>12}  {'95 %':<18}{'regret':>8}  {'95 %':<16}"
        f"{'<= 5 %':>7}{'s/ask':>8}",
    ]
    for name, (s, _) in arms.items():
        lines.append(
            f"  {name:<12}{s.median_best:>12.4g}  {f'[{s.low:.4g}, {s.high:.4g}]':<18}{s.regret_auc:>8.3f}  "
            f"{f'[{s.regret_low:.3f}, {s.regret_high:.3f}]':<16}{s.hit_95:>7.0%}{s.seconds_per_ask:>8.3f}"
        )
    first, *others = arms
    for other in others:
        mean, low, high = paired_difference(_final(arms[first][1]), _final(arms[other][1]))
        lines.append(f"  {first} - {other}, paired over seeds: {mean:+.3g} [{low:.3g}, {high:.3g}]")
    return "\n".join(lines) + "\n"


def _final(attempts: Sequence[Attempted]) -> dict[int, float]:
    return {one.seed: one.best[-1] for one in attempts}


def _parsed(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="strop bench run tuning", description="Optimizers over knobs on tables of real measurements."
    )
    parser.add_argument(
        "--tables", nargs="+", default=[], metavar="NAME", help="below STROP_DATA; default: all"
    )
    parser.add_argument(
        "--optimizer", nargs="+", default=["portfolio", "gp", "tpe", "random"], metavar="NAME",
        help=f"any of {', '.join(SEARCHES)}",
    )  # fmt: skip
    parser.add_argument(
        "--seeds", type=_positive, default=20, metavar="N", help="attempts an arm; default 20"
    )
    parser.add_argument(
        "--evaluations", type=_positive, default=20, metavar="N", help="default 20, 5 of them random"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--runs", type=Path, metavar="FILE", help="append every attempt to it, one JSON a line"
    )
    parser.add_argument("--progress", action="store_true", help="tell on stderr what is done")
    return parser.parse_args(argv)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}: at least 1")
    return number
