"""What a model in a sampler's turns is worth, and what a bad one costs.

    python -m strop.benchmarks.tuning.hybrid --seeds 50

Generated tasks of six knobs whose names say where the best value lies: "cache_high", "workers_low". The
"model" is a fixed rule that reads nothing but the prompt and follows the names. On half of the tasks the
names are right, on the other half they say the opposite. A second one always proposes the worst corner.
Counted are evaluations until 95 % of the way from the median random point to the best is made.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import re
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from strop.benchmarks.tuning.studies import bootstrap
from strop.job import Knob
from strop.tuning import AskModel, GpSearch, HybridSearch, ModelSearch, Search, Space, Values

__all__ = ["Task", "follow_names", "main", "make_task", "to_target"]

SIDES = ("high", "low")
MOST = 60
"""Evaluations after which a search counts as not having arrived."""

TARGET = 0.95
ROW = re.compile(r"^- (?P<name>\w+) \((?:int|float) (?P<low>[\d.]+)\.\.(?P<high>[\d.]+)", re.MULTILINE)


@dataclass(frozen=True)
class Task:
    """A space, and the cost of its points; `right`: the names say where the best is."""

    space: Space
    best: tuple[float, ...]  # coordinates of the optimum
    scales: tuple[float, ...]
    right: bool

    def cost(self, values: Values) -> float:
        """Return a point's cost: a valley, steeper for some knobs, whose knobs depend on each other."""
        apart = [c - b for c, b in zip(self.space.coordinates(values), self.best, strict=True)]
        valley = sum(scale * a * a for scale, a in zip(self.scales, apart, strict=True))
        return valley + sum(abs(a * b) for a, b in itertools.pairwise(apart))

    def target(self) -> float:
        """Return the cost that counts as arrived."""
        costs = sorted(self.cost(point) for point in self.space.points())
        usual, best = costs[len(costs) // 2], costs[0]
        return usual - TARGET * (usual - best)


def make_task(seed: int) -> Task:
    """Return the task of a seed; names are right for even ones."""
    rng = random.Random(seed)
    right = seed % 2 == 0
    knobs, best = [], []
    for stem in ("cache", "workers", "batch", "window", "queue", "depth"):
        side = rng.choice(SIDES)
        knobs.append(Knob(name=f"{stem}_{side}", type="int", low=1, high=5, default=3))
        place = rng.uniform(0.8, 1.0)
        best.append(place if (side == "high") == right else 1 - place)
    scales = tuple(rng.choice((0.2, 1.0, 2.0)) for _ in knobs)
    return Task(Space(tuple(knobs)), tuple(best), scales, right)


def follow_names(seed: int) -> AskModel:
    """Return a model that goes where names point, with some variation, and reads nothing else."""
    rng = random.Random(seed)

    def ask(messages: Sequence[tuple[str, str]]) -> str:
        rows = ROW.findall(messages[1][1])
        return json.dumps(
            {name: _towards(name.endswith("_high"), low, high, rng) for name, low, high in rows}
        )

    return ask


def always_bad(task: Task, seed: int) -> AskModel:
    """Return a model that always proposes near the corner that is farthest from the best."""
    rng = random.Random(seed)

    def ask(messages: Sequence[tuple[str, str]]) -> str:
        rows = ROW.findall(messages[1][1])
        found = zip(rows, task.best, strict=True)
        return json.dumps({name: _towards(best < 0.5, low, high, rng) for (name, low, high), best in found})

    return ask


def _towards(up: bool, low: str, high: str, rng: random.Random) -> int:
    span = int(high) - int(low)
    step = rng.choice((0, 0, 1, 1, 2)) * max(1, span // 6)
    return int(high) - step if up else int(low) + step


def to_target(task: Task, search: Search, seed: int) -> int:
    """Return the evaluations that a search takes to arrive, at most 60."""
    target = task.target()
    search.tell(task.space.defaults, task.cost(task.space.defaults))
    for number in itertools.count(1):
        point = search.ask()
        if point is None or number >= MOST:
            return MOST
        cost = task.cost(point)
        search.tell(point, cost)
        if cost <= target:
            return number
    raise AssertionError("unreachable")


Make = Callable[[Task, int], Search]

ARMS: dict[str, Make] = {
    "gp": lambda task, seed: GpSearch(task.space, seed=seed),
    "hybrid, names": lambda task, seed: HybridSearch(
        GpSearch(task.space, seed=seed), ModelSearch(task.space, follow_names(seed))
    ),
    "hybrid, always bad": lambda task, seed: HybridSearch(
        GpSearch(task.space, seed=seed), ModelSearch(task.space, always_bad(task, seed))
    ),
}

UNSCREENED: dict[str, Make] = {
    "names, unscreened": lambda task, seed: HybridSearch(
        GpSearch(task.space, seed=seed), ModelSearch(task.space, follow_names(seed)), screen=False
    ),
    "bad, unscreened": lambda task, seed: HybridSearch(
        GpSearch(task.space, seed=seed), ModelSearch(task.space, always_bad(task, seed)), screen=False
    ),
}
"""The same without the screen of hopeless points."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the arms and print how they compare."""
    parser = argparse.ArgumentParser(prog="hybrid", description="A model in a sampler's turns.")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--unscreened", action="store_true", help="beside, hybrids without their screen")
    options = parser.parse_args(argv)
    tasks = [(seed, make_task(seed)) for seed in range(max(2, options.seeds))]
    arms = {**ARMS, **UNSCREENED} if options.unscreened else ARMS
    found = {
        name: [to_target(task, make(task, seed), seed) for seed, task in tasks] for name, make in arms.items()
    }
    print(f"{len(tasks)} tasks, evaluations to {TARGET:.0%} of the way; ratio to gp with 95 % interval")
    for name, counts in found.items():
        for what, right in (("names right", True), ("names wrong", False), ("all", None)):
            chosen = [place for place, (_, task) in enumerate(tasks) if right is None or task.right is right]
            pairs = [(counts[place], found["gp"][place]) for place in chosen]
            ratio, low, high = _ratio(pairs)
            mean = statistics.fmean(count for count, _ in pairs)
            print(f"{name:<20}{what:<13}{mean:>7.1f}   {ratio:5.2f} [{low:.2f}, {high:.2f}]")
    return 0


def _ratio(pairs: Sequence[tuple[int, int]]) -> tuple[float, float, float]:
    """Return the ratio of the means of two paired counts, with its bootstrap interval over tasks."""

    def of(places: Sequence[float]) -> float:
        chosen = [pairs[int(place)] for place in places]
        return sum(a for a, _ in chosen) / sum(b for _, b in chosen)

    places = [float(place) for place in range(len(pairs))]
    return (of(places), *bootstrap(places, lambda chosen: of(list(chosen))))


if __name__ == "__main__":
    sys.exit(main())
