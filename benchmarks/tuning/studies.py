"""One optimizer on one table, and what many of them come to: medians, regret, intervals, time per ask."""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from strop.benchmarks.tuning.data import Table
from strop.tuning import RandomSearch, open_search

__all__ = ["Attempted", "Summary", "attempt", "summarise"]

INITIAL = 5
"""Random points that every arm begins with, the same for all arms of a seed."""

RESAMPLES = 2000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Attempted:
    """One search with one seed: the best value after each evaluation, in the table's unit."""

    table: str
    optimizer: str
    seed: int
    best: tuple[float, ...]  # after evaluation 1, 2, ...
    ask_s: tuple[float, ...]  # of every ask after the initial points
    holes: int = 0  # points that the table doesn't have
    repeats: int = 0  # points that were asked for again


def attempt(table: Table, optimizer: str, seed: int, evaluations: int) -> Attempted:
    """Let an optimizer search a table for so many evaluations, the initial points among them."""
    search = open_search(optimizer, table.space, seed=seed)
    first = RandomSearch(table.space, seed=10_000 + seed)
    worst = table.worst
    best, best_now, holes, repeats = [], worst, 0, 0
    asks: list[float] = []
    seen: set[tuple[Any, ...]] = set()
    for number in range(evaluations):
        if number < INITIAL:
            point = first.ask()
        else:
            start = time.perf_counter()
            point = search.ask()
            asks.append(time.perf_counter() - start)
        if point is None:  # every point is known
            best += [best_now] * (evaluations - number)
            break
        key = table.space.key(point)
        repeats += key in seen
        seen.add(key)
        value = table.value(point)
        search.tell(point, table.cost(point))
        holes += value is None
        if value is not None:
            best_now = max(best_now, value) if table.maximize else min(best_now, value)
        best.append(best_now)
    return Attempted(table.name, optimizer, seed, tuple(best), tuple(asks), holes, repeats)


@dataclass(frozen=True)
class Summary:
    """What an optimizer came to on a table over its seeds."""

    median_best: float  # after the last evaluation, in the table's unit
    low: float  # 95 % bootstrap interval of the median, over seeds
    high: float
    regret_auc: float  # mean normalised regret from the first proposal on: 0 best
    regret_low: float
    regret_high: float
    seconds_per_ask: float  # median
    slowest_ask: float
    hit_95: float  # part of the seeds within 5 % of the range of the best
    seeds: int
    holes: float  # a seed
    repeats: float  # a seed

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON types, rounded for reading."""
        return {key: round(value, 6) for key, value in vars(self).items()}


def summarise(table: Table, attempts: Sequence[Attempted]) -> Summary:
    """Return what attempts of one optimizer with different seeds came to."""
    final = [one.best[-1] for one in attempts]
    areas = [_area(table, one) for one in attempts]
    asks = [seconds for one in attempts for seconds in one.ask_s]
    low, high = bootstrap(final, statistics.median)
    regret_low, regret_high = bootstrap(areas, statistics.fmean)
    return Summary(
        median_best=statistics.median(final),
        low=low,
        high=high,
        regret_auc=statistics.fmean(areas),
        regret_low=regret_low,
        regret_high=regret_high,
        seconds_per_ask=statistics.median(asks) if asks else 0.0,
        slowest_ask=max(asks, default=0.0),
        hit_95=statistics.fmean(float(table.regret(value) <= 0.05) for value in final),
        seeds=len(attempts),
        holes=statistics.fmean(one.holes for one in attempts),
        repeats=statistics.fmean(one.repeats for one in attempts),
    )


def _area(table: Table, one: Attempted) -> float:
    """Return the mean regret over what the optimizer itself proposed; of all where it proposed nothing."""
    own = one.best[INITIAL:] or one.best
    return statistics.fmean(table.regret(value) for value in own)


def bootstrap(
    values: Sequence[float], statistic: Callable[[Iterable[float]], float], *, seed: int = 0
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of a statistic, 95 %."""
    rng = random.Random(seed)
    found = sorted(statistic(rng.choices(values, k=len(values))) for _ in range(RESAMPLES))
    cut = (1 - CONFIDENCE) / 2
    return found[math.floor(cut * RESAMPLES)], found[math.ceil((1 - cut) * RESAMPLES) - 1]


def paired_difference(first: Mapping[int, float], second: Mapping[int, float]) -> tuple[float, float, float]:
    """Return the mean of first - second over common seeds, with its 95 % bootstrap interval."""
    common = sorted(first.keys() & second.keys())
    apart = [first[seed] - second[seed] for seed in common]
    return (statistics.fmean(apart), *bootstrap(apart, statistics.fmean))
