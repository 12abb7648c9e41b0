"""One optimizer on one problem, and what many of them come to: medians, regret, intervals, time per ask."""

from __future__ import annotations

import math
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from strop.benchmarks.tuning.arms import Arm, Spent
from strop.benchmarks.tuning.problems import Problem, Scale, cost_of
from strop.job import Knob
from strop.tuning import MixedSearch, Space, Values

__all__ = [
    "Attempted",
    "Shares",
    "Summary",
    "attempt",
    "bootstrap",
    "exploration",
    "paired_areas",
    "paired_difference",
    "scale_of",
    "shares",
    "summarise",
]

INITIAL = 5
"""Points that every arm begins with, the same for all arms of a seed."""

RESAMPLES = 2000
BINS = 8
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Attempted:
    """One search with one seed: the best value after each evaluation, in the problem's unit."""

    table: str
    optimizer: str
    seed: int
    best: tuple[float, ...]  # after evaluation 1, 2, ...
    ask_s: tuple[float, ...]  # of every ask after the initial points
    holes: int = 0  # points that failed, or that a table doesn't have
    repeats: int = 0  # points that were asked for again
    seen: tuple[float, ...] = ()  # all values, without the failures
    asked: Mapping[str, int] = field(default_factory=dict)  # turns of a portfolio's members
    entropy: float = 0.0  # of its own proposals, mean over knobs: 0 one value, 1 as spread as can be
    tokens: int = 0
    usd: float | None = 0.0  # None: the price is unknown


def attempt(problem: Problem, arm: Arm, seed: int, evaluations: int) -> Attempted:
    """Let an optimizer search for so many evaluations, the initial points among them."""
    if arm.stored:
        return _stored(problem, arm, seed, evaluations)
    spent = Spent()
    search = arm.search(problem, seed, spent)
    first = problem.initial(seed, min(INITIAL, evaluations))
    waiting: list[Values] = [*first, *([problem.default] if arm.default and problem.default else [])]
    best, best_now, failed, repeats = [], problem.start, 0, 0
    asks: list[float] = []
    seen: list[float] = []
    keys: set[tuple[Any, ...]] = set()
    own: list[Values] = []
    for number in range(evaluations):
        if number < len(waiting):
            point = waiting[number]
        else:
            start = time.perf_counter()
            asked = search.ask()
            while asked is None and getattr(search, "usable", False):  # a model that may still have a point
                asked = search.ask()
            asks.append(time.perf_counter() - start)
            if asked is None:  # it has no further point
                best += [best_now] * (evaluations - number)
                break
            point = asked
            own.append(point)
        key = problem.space.key(point)
        repeats += key in keys
        keys.add(key)
        value = problem.value(point)
        search.tell(point, cost_of(problem, value))
        if value is None:
            failed += 1
        else:
            seen.append(value)
            best_now = _better(problem, best_now, value)
        best.append(best_now)
    turns = {}
    if isinstance(search, MixedSearch):
        turns = {member.name: count for member, count in zip(search.members, search.asked, strict=True)}
    return Attempted(
        problem.name,
        arm.name,
        seed,
        tuple(best),
        tuple(asks),
        failed,
        repeats,
        tuple(seen),
        turns,
        exploration(problem, own),
        spent.tokens,
        spent.usd,
    )


def exploration(problem: Problem, points: Sequence[Values]) -> float:
    """Return how widely points are spread: the normalised entropy of each knob's values, mean over knobs.

    Numbers count by eighths of their range, categories by themselves; 1 is as even as so many points can be.
    """
    if len(points) < 2:
        return 0.0
    rows = [problem.space.coordinates(point) for point in points]
    found = []
    for place, category in enumerate(problem.space.categorical):
        values = [row[place] if category else min(BINS - 1, int(row[place] * BINS)) for row in rows]
        counts = Counter(values)
        entropy = -sum(n / len(rows) * math.log(n / len(rows)) for n in counts.values())
        kinds = _kinds(problem.space.knobs[place])
        found.append(entropy / math.log(min(len(rows), max(2, kinds))))
    return statistics.fmean(found)


def _kinds(knob: Knob) -> int:
    """Return how many values of a knob count as different ones."""
    if knob.type == "bool":
        return 2
    if knob.type == "categorical":
        return len(knob.choices)
    listed = Space((knob.model_copy(update={"only_if": {}}),)).size
    return min(BINS, listed) if listed else BINS


def _stored(problem: Problem, arm: Arm, seed: int, evaluations: int) -> Attempted:
    values = list(problem.stored(arm.base, seed) or ())[:evaluations]
    best, best_now = [], problem.start
    for value in values:
        if math.isfinite(value):
            best_now = _better(problem, best_now, value)
        best.append(best_now)
    best += [best_now] * (evaluations - len(best))
    seen = tuple(value for value in values if math.isfinite(value))
    return Attempted(problem.name, arm.name, seed, tuple(best), (), len(values) - len(seen), 0, seen)


def _better(problem: Problem, first: float, second: float) -> float:
    return max(first, second) if problem.maximize else min(first, second)


def scale_of(problem: Problem, attempts: Iterable[Attempted]) -> Scale:
    """Return the range that regret is measured by, from all arms' attempts together."""
    return problem.scale([value for one in attempts for value in one.seen])


@dataclass(frozen=True)
class Summary:
    """What an optimizer came to on a problem over its seeds."""

    median_best: float  # after the last evaluation, in the problem's unit
    low: float  # 95 % bootstrap interval of the median, over seeds
    high: float
    regret_auc: float  # mean normalised regret from the first proposal on: 0 best
    regret_low: float
    regret_high: float
    regret_10: float  # mean normalised regret after so many evaluations; after the last of fewer
    regret_20: float
    regret_30: float
    seconds_per_ask: float  # median
    slowest_ask: float
    hit_95: float  # part of the seeds within 5 % of the range of the best
    to_95: float  # median evaluations until then; those that never came there count as one more than all
    seeds: int
    holes: float  # a seed
    repeats: float  # a seed
    spread: float  # of the area of regret over seeds: what lies between its quartiles
    entropy: float  # of an arm's own proposals: 0 one value, 1 as spread as can be
    tokens: float  # a seed
    usd: float | None  # of all seeds; None: the price is unknown

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON types, rounded for reading."""
        return {key: None if value is None else round(value, 6) for key, value in vars(self).items()}


def summarise(attempts: Sequence[Attempted], scale: Scale) -> Summary:
    """Return what attempts of one optimizer with different seeds came to."""
    final = [one.best[-1] for one in attempts]
    areas = [area(one, scale) for one in attempts]
    asks = [seconds for one in attempts for seconds in one.ask_s]
    low, high = bootstrap(final, statistics.median)
    regret_low, regret_high = bootstrap(areas, statistics.fmean)

    def after(count: int) -> float:
        return statistics.fmean(scale.regret(one.best[min(count, len(one.best)) - 1]) for one in attempts)

    return Summary(
        median_best=statistics.median(final),
        low=low,
        high=high,
        regret_auc=statistics.fmean(areas),
        regret_low=regret_low,
        regret_high=regret_high,
        regret_10=after(10),
        regret_20=after(20),
        regret_30=after(30),
        seconds_per_ask=statistics.median(asks) if asks else 0.0,
        slowest_ask=max(asks, default=0.0),
        hit_95=statistics.fmean(float(scale.regret(value) <= 0.05) for value in final),
        to_95=statistics.median(_to_95(one, scale) for one in attempts),
        seeds=len(attempts),
        holes=statistics.fmean(one.holes for one in attempts),
        repeats=statistics.fmean(one.repeats for one in attempts),
        spread=_quartiles_apart(areas),
        entropy=statistics.fmean(one.entropy for one in attempts),
        tokens=statistics.fmean(one.tokens for one in attempts),
        usd=_sum([one.usd for one in attempts]),
    )


def _quartiles_apart(values: Sequence[float]) -> float:
    if len(values) < 2:
        return 0.0
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return third - first


def _sum(prices: Sequence[float | None]) -> float | None:
    known = [price for price in prices if price is not None]
    return math.fsum(known) if len(known) == len(prices) else None


def area(one: Attempted, scale: Scale) -> float:
    """Return the mean regret over what the optimizer itself proposed; of all where it proposed nothing."""
    own = one.best[INITIAL:] or one.best
    return statistics.fmean(scale.regret(value) for value in own)


def _to_95(one: Attempted, scale: Scale) -> int:
    arrived = (place for place, value in enumerate(one.best, start=1) if scale.regret(value) <= 0.05)
    return next(arrived, len(one.best) + 1)


def bootstrap(
    values: Sequence[float], statistic: Callable[[Iterable[float]], float], *, seed: int = 0
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of a statistic, 95 %."""
    rng = random.Random(seed)
    return _interval(statistic(rng.choices(values, k=len(values))) for _ in range(RESAMPLES))


def _interval(resampled: Iterable[float]) -> tuple[float, float]:
    found = sorted(resampled)
    cut = (1 - CONFIDENCE) / 2
    return found[math.floor(cut * len(found))], found[math.ceil((1 - cut) * len(found)) - 1]


def paired_difference(first: Mapping[int, float], second: Mapping[int, float]) -> tuple[float, float, float]:
    """Return the mean of first - second over common seeds, with its 95 % bootstrap interval."""
    common = sorted(first.keys() & second.keys())
    apart = [first[seed] - second[seed] for seed in common]
    return (statistics.fmean(apart), *bootstrap(apart, statistics.fmean))


def paired_areas(tasks: Sequence[Mapping[int, float]], *, seed: int = 0) -> tuple[float, float, float]:
    """Return the mean over tasks of a quantity by seed, with its 95 % bootstrap interval over (task, seed).

    Tasks are drawn with replacement, and in each its seeds; of differences between two arms this is the
    paired interval.
    """
    rng = random.Random(seed)
    rows = [list(task.values()) for task in tasks]

    def resampled() -> float:
        chosen = rng.choices(rows, k=len(rows))
        return statistics.fmean(statistics.fmean(rng.choices(row, k=len(row))) for row in chosen)

    mean = statistics.fmean(statistics.fmean(row) for row in rows)
    return (mean, *_interval(resampled() for _ in range(RESAMPLES)))


@dataclass(frozen=True)
class Shares:
    """A portfolio beside its members, each alone with its share of the portfolio's evaluations."""

    portfolio: float  # median best value after all evaluations
    members: Mapping[str, tuple[int, float]]  # evaluations, and the median best value after them
    ahead: float  # of the best member, as normalised regret: above 0 the portfolio is better
    low: float  # 95 % bootstrap interval over seeds
    high: float


def shares(arms: Mapping[str, Sequence[Attempted]], name: str, scale: Scale) -> Shares | None:
    """Return how a portfolio compares with its members alone; None where an arm for it is missing."""
    _, plus, extras = name.partition("+")
    runs = {one.seed: one for one in arms.get(name, ())}
    turns = [{f"{member}{plus}{extras}": n for member, n in one.asked.items()} for one in runs.values()]
    members = list(turns[0]) if turns else []
    if not members or not all(member in arms for member in members):
        return None
    seeds = sorted(runs)
    alone = {member: {one.seed: one for one in arms[member]} for member in members}
    evaluations = len(runs[seeds[0]].best)
    own = sum(turns[0].values())
    if not own:  # the common points were all of it
        return None
    counts = {}
    for member in members:
        share = statistics.fmean(turn[member] for turn in turns) / own
        counts[member] = min(evaluations, max(1, round(share * evaluations)))

    def ahead(chosen: Sequence[float]) -> float:
        places = [int(seed) for seed in chosen]
        portfolio = statistics.median(runs[seed].best[-1] for seed in places)
        regrets = [scale.regret(_median(alone[m], places, counts[m])) for m in members]
        return min(regrets) - scale.regret(portfolio)

    low, high = bootstrap([float(seed) for seed in seeds], lambda chosen: ahead(list(chosen)))
    return Shares(
        statistics.median(runs[seed].best[-1] for seed in seeds),
        {member: (counts[member], _median(alone[member], seeds, counts[member])) for member in members},
        ahead([float(seed) for seed in seeds]),
        low,
        high,
    )


def _median(runs: Mapping[int, Attempted], seeds: Sequence[int], count: int) -> float:
    return statistics.median(runs[seed].best[count - 1] for seed in seeds)
