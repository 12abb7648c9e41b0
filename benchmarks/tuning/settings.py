"""Chooses the settings of strop's own searches, on problems that no claim is made about.

    STROP_DATA=DIR python -m strop.benchmarks.tuning.settings gp
    STROP_DATA=DIR python -m strop.benchmarks.tuning.settings portfolio --keep FILE    (goes on there)

Every combination of a search's settings searches Olympus' tables and the synthetic functions; the one with
the least mean area of regret is the choice. Tables that hold measurements of Iron Mind are left out, since
the searches are measured there afterwards.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from strop.benchmarks.leaderboard.result import strop_version
from strop.benchmarks.tuning.arms import Arm
from strop.benchmarks.tuning.command import open_problems, positive
from strop.benchmarks.tuning.studies import area, attempt, paired_areas, scale_of
from strop.errors import ConfigError
from strop.tuning import SETTINGS

__all__ = ["HELD_OUT", "combinations", "main"]

PATTERNS = ("olympus/*", "synthetic/*")

HELD_OUT = frozenset(f"olympus/{name}" for name in ("suzuki_edbo", *(f"buchwald_{part}" for part in "abcde")))
"""Olympus' tables of the same measurements as Iron Mind's Suzuki_Doyle and Buchwald_Hartwig."""

STARTUP = "startup"
"""Left at its default: every attempt begins with as many common points, so that less is never seen."""


def combinations(base: str) -> list[dict[str, Any]]:
    """Return all combinations of a search's settings."""
    names = [name for name in SETTINGS[base] if name != STARTUP]
    values = itertools.product(*(SETTINGS[base][name] for name in names))
    return [dict(zip(names, one, strict=True)) for one in values]


def main(argv: Sequence[str] | None = None) -> int:
    """Try all combinations and print them, the best first; returns the exit code."""
    options = _parsed(argv)
    problems = [p.name for p in open_problems(options.tables) if p.name not in HELD_OUT]
    settings = combinations(options.search)
    jobs = [(options.search, name, settings, options.seeds, options.evaluations) for name in problems]
    found = {name: areas for key, name, areas in _kept(options.keep) if key == _key(options, settings)}
    todo = [job for job in jobs if job[1] not in found]
    new = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, mp_context=new, initializer=_one_thread) as pool:
        for job, areas in zip(todo, pool.map(_areas, todo), strict=True):
            found[job[1]] = areas
            if options.keep:
                with options.keep.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps([_key(options, settings), job[1], areas]) + "\n")
            print(f"{job[1]}: done, {len(found)} of {len(problems)}", file=sys.stderr)
    print(_shown(options, settings, [found[name] for name in problems]))
    return 0


def _key(options: argparse.Namespace, settings: Sequence[Mapping[str, Any]]) -> str:
    """Return what kept areas have to agree in."""
    said = [options.search, options.seeds, options.evaluations, strop_version(), settings]
    return json.dumps(said)


def _kept(file: Path | None) -> list[tuple[str, str, list[dict[int, float]]]]:
    """Return what an earlier run kept: its conditions, a problem, and the areas there."""
    if file is None or not file.exists():
        return []
    try:
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        return [
            (key, name, [{int(seed): float(value) for seed, value in one.items()} for one in areas])
            for key, name, areas in rows
        ]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ConfigError(f"--keep {file}: not what this command wrote: {error}") from None


def _one_thread() -> None:
    """Keep linear algebra, which nothing has loaded yet, to one thread: matrices are small, cores taken."""
    os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL")})


def _areas(job: tuple[str, str, Sequence[Mapping[str, Any]], int, int]) -> list[dict[int, float]]:
    """Return the area of regret by seed, for each combination on one problem."""
    base, name, settings, seeds, evaluations = job
    (problem,) = open_problems([name])
    arms = [Arm(base, base, fixed=one) for one in settings]
    runs = [[attempt(problem, arm, seed, evaluations) for seed in range(seeds)] for arm in arms]
    scale = scale_of(problem, [one for attempts in runs for one in attempts])
    return [{one.seed: area(one, scale) for one in attempts} for attempts in runs]


def _shown(
    options: argparse.Namespace,
    settings: Sequence[Mapping[str, Any]],
    found: Sequence[Sequence[Mapping[int, float]]],
) -> str:
    means = [paired_areas([one[place] for one in found])[0] for place in range(len(settings))]
    order = sorted(range(len(settings)), key=lambda place: means[place])
    best = order[0]
    lines = [
        f"{options.search} on {len(found)} problems, {options.seeds} seeds, {options.evaluations} "
        "evaluations: mean area of regret, and by how much more than the least, paired, 95 %"
    ]
    for place in order:
        said = ", ".join(f"{name} {value}" for name, value in settings[place].items())
        line = f"  {said:<44}{means[place]:.4f}"
        if place != best:
            apart = [{seed: one[place][seed] - one[best][seed] for seed in one[best]} for one in found]
            mean, low, high = paired_areas(apart)
            line += f"   {mean:+.4f} [{low:.4f}, {high:.4f}]"
        lines.append(line)
    return "\n".join(lines)


def _parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m strop.benchmarks.tuning.settings",
        description="Chooses the settings of a search on problems that no claim is made about.",
    )
    parser.add_argument("search", choices=("gp", "portfolio"))
    parser.add_argument("--tables", nargs="+", default=list(PATTERNS), metavar="NAME")
    parser.add_argument("--seeds", type=positive, default=10, metavar="N")
    parser.add_argument("--evaluations", type=positive, default=20, metavar="N")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="where finished problems are kept")
    parser.add_argument("--jobs", type=positive, default=os.cpu_count() or 1, metavar="N", help="processes")
    return parser.parse_args(argv)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ConfigError as error:
        sys.exit(f"strop: {error}")
