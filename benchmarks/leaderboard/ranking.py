"""What a result says of optimizers: speedups with intervals, and the board's other columns.

Ratios are the seed's value over the winner's: above 1 is better. What is missing, failed or claims
nothing counts as 1, and is never dropped. Means of ratios are geometric; the harmonic one is beside it,
as AlgoTune reports it. Intervals are of 95 %, by bootstrap over tasks, then over seeds within a task, then
over each study's own confidence interval; all draws are seeded.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from strop.benchmarks.leaderboard.known import REFERENCES
from strop.benchmarks.leaderboard.result import SELF_REPORTED, PrivateRow, Result, StudyRow

__all__ = [
    "Board",
    "Difference",
    "OptimizerRow",
    "TaskScore",
    "board_of",
    "compare",
    "machine_board",
    "ranked",
]

DRAWS = 4000
Z95 = 1.959964
LEVEL = 0.025  # one side of 95 %
NORMAL = statistics.NormalDist()
FALSE_CLAIM = 1.1
"""On a control task a claim above this is a false one."""

WORSE = 1 / 1.05
"""A winner whose time or memory, or whose objective where it was measured again, lies surely below this ratio
is a regression (of a difference: below 0). Without it one that takes 0.1 % more memory would be: peaks of
memory hardly vary."""

TIMES = ("time", "wall_time", "cpu_time", "peak_memory")


@dataclass(frozen=True)
class TaskScore:
    """What one optimizer did on one task, over its seeds."""

    task: str
    ratio: float  # geometric mean over seeds
    low: float
    high: float
    state: str  # "improved", "no improvement found", "failed", or "missing" where nothing has run
    improved: int  # seeds with a claim
    seeds: int  # asked for, missing ones included
    control: bool = False
    # Of claims on a metric that is compared by differences, in its unit: mean over seeds, without a claim 0.
    difference: tuple[float, float, float] | None = None
    # Of the task's own metric: over the seeds with a claim, over all of them where none has one. The median;
    # the mean where each study has instances of its own. None: a task of time, or no value is known.
    value: float | None = None
    seed_value: float | None = None
    self_reported: bool = False  # whether a claim is the candidate's own word


@dataclass(frozen=True)
class OptimizerRow:
    """One line of the board."""

    optimizer: str
    geometric_mean: float
    low: float
    high: float
    harmonic_mean: float
    opt_1_1: float  # share of studies with at least 1.1 times
    opt_2: float  # ... with at least 2 times
    known_share: float | None  # of the best known gains, in logarithms, mean over tasks; None: none is known
    significant: float  # share of studies with a claim
    significant_holm: float  # share that stays so where all of them are claimed together (Holm 1979, 2.5 %)
    false_claims: int  # on control tasks
    controls: int  # studies of control tasks
    regressions: int  # claimed winners that are surely worse in time or memory
    failed: int
    private_gap: float | None  # geometric mean of private over public ratios; None: not verified
    private_held: int
    private_total: int
    private_same: int  # of them measured again on the same problem, as the task has no instances
    evaluations: float  # a study
    evaluations_to_90: float | None  # median, of the studies that reach 90 % of the best claim of the task
    tokens: float  # a study
    usd: float | None  # of all studies; None: unknown price
    seconds: float  # a study
    clusters_shape: float  # different code (normalised syntax) among a study's candidates, as a share
    clusters_behaviour: float  # different ends among a study's candidates, as a share
    entropy: float  # of the ends, in bits
    tasks: Mapping[str, TaskScore]


@dataclass(frozen=True)
class Difference:
    """Two optimizers on the same tasks and seeds."""

    first: str
    second: str
    ratio: float  # geometric mean of first over second
    low: float
    high: float
    wins: int  # tasks where the first is ahead
    losses: int
    ties: int
    missing: int = 0  # studies of either that are not there, and count as 1

    @property
    def verdict(self) -> str:
        """What may be said of it."""
        if self.low > 1:
            return f"{self.first} is better"
        if self.high < 1:
            return f"{self.second} is better"
        return "no difference shown"


@dataclass(frozen=True)
class Board:
    """All optimizers of a result, the best first; what is no optimizer comes last."""

    result: Result
    rows: tuple[OptimizerRow, ...]


def board_of(result: Result) -> Board:
    """Return the board of a result."""
    rows = [_row(result, name) for name in result.optimizers]
    if not ranked(result):
        return Board(result, tuple(rows))
    order = sorted(rows, key=lambda row: (row.optimizer in REFERENCES, -row.geometric_mean, row.optimizer))
    return Board(result, tuple(order))


def ranked(result: Result) -> bool:
    """Return whether a board of a result is a ranking: never of a scripted model, which is for tests."""
    return result.model.kind != "scripted"


def machine_board(result: Result) -> dict[str, Any]:
    """Return the board as plain JSON: by optimizer, then by task."""
    board = board_of(result)
    optimizers = {}
    for row in board.rows:
        data = asdict(row)
        del data["optimizer"]
        data["tasks"] = {name: asdict(score) for name, score in row.tasks.items()}
        for score in data["tasks"].values():
            del score["task"]
        optimizers[row.optimizer] = data
    return {"suite": result.suite, "optimizers": optimizers, "complete": result.complete}


def compare(result: Result, first: str, second: str) -> Difference:
    """Return the paired comparison of two optimizers over tasks and seeds; what is missing counts as 1.

    Whoever ran on the tasks that it wins alone would win by what was left out.
    """
    logs, missing = [], 0
    for task in result.tasks:
        if not result.of(first, task.name) and not result.of(second, task.name):
            continue
        ours, theirs = ({row.seed: row for row in result.whole(name, task.name)} for name in (first, second))
        shared = sorted(ours.keys() & theirs.keys())
        missing += sum(row.state == "missing" for rows in (ours, theirs) for row in rows.values())
        if shared:
            chosen = _chosen(len(shared), task.name)  # the same seeds on both sides: that is what pairs them
            pair = [_draws([rows[seed] for seed in shared], f"{task.name} {side}", chosen)
                    for side, rows in enumerate((ours, theirs))]  # fmt: skip
            centre = [_mean_log([rows[seed] for seed in shared]) for rows in (ours, theirs)]
            logs.append((centre[0] - centre[1], pair[0] - pair[1]))
    if not logs:
        return Difference(first, second, 1.0, 0.0, math.inf, 0, 0, 0, missing)
    centres = [centre for centre, _ in logs]
    low, high = _over_tasks([draws for _, draws in logs])
    signs = [0 if abs(c) < 1e-9 else 1 if c > 0 else -1 for c in centres]
    return Difference(
        first, second, math.exp(statistics.fmean(centres)), low, high,
        signs.count(1), signs.count(-1), signs.count(0), missing,
    )  # fmt: skip


def _row(result: Result, optimizer: str) -> OptimizerRow:
    rows, whole = result.of(optimizer), result.whole(optimizer)
    control = {task.name: task.control for task in result.tasks}
    scores = {task.name: _score(result, optimizer, task.name, task.control) for task in result.tasks}
    centres = [math.log(score.ratio) for score in scores.values()]
    draws = [_draws(result.whole(optimizer, name), name) for name in scores]
    low, high = _over_tasks(draws)
    clamped = [max(1.0, score.ratio) for score in scores.values()]
    count, ran = len(whole) or 1, len(rows) or 1
    on_control = [row for row in rows if control.get(row.task)]
    private = [one for one in result.private if one.optimizer == optimizer]
    public = {row.key: row for row in rows}
    gaps = [math.log(one.ratio / public[one.key].ratio) for one in private if one.key in public]
    prices = [row.usd for row in rows]
    diverse = [_diversity(row) for row in rows if row.trials]
    return OptimizerRow(
        optimizer=optimizer,
        geometric_mean=math.exp(statistics.fmean(centres)) if centres else 1.0,
        low=low,
        high=high,
        harmonic_mean=len(clamped) / sum(1 / value for value in clamped) if clamped else 1.0,
        opt_1_1=sum(row.ratio >= 1.1 for row in rows) / count,
        opt_2=sum(row.ratio >= 2 for row in rows) / count,
        known_share=_known_share(result, scores),
        significant=sum(row.state == "improved" for row in rows) / count,
        significant_holm=_together(whole) / count,
        false_claims=sum(row.ratio > FALSE_CLAIM for row in on_control),
        controls=len(on_control),
        regressions=len({r.key for r in rows if _regressed(r)} | {p.key for p in private if _regressed(p)}),
        failed=sum(row.state == "failed" for row in rows),
        private_gap=math.exp(statistics.fmean(gaps)) if gaps else None,
        private_held=sum(one.holds for one in private),
        private_total=len(private),
        private_same=sum(not one.instances for one in private),
        evaluations=sum(row.evaluations for row in rows) / ran,
        evaluations_to_90=_to_90(result, rows),
        tokens=sum(row.prompt_tokens + row.completion_tokens for row in rows) / ran,
        usd=None if None in prices else math.fsum(price for price in prices if price is not None),
        seconds=sum(row.seconds for row in rows) / ran,
        clusters_shape=statistics.fmean([one[0] for one in diverse]) if diverse else 0.0,
        clusters_behaviour=statistics.fmean([one[1] for one in diverse]) if diverse else 0.0,
        entropy=statistics.fmean([one[2] for one in diverse]) if diverse else 0.0,
        tasks=scores,
    )


def _score(result: Result, optimizer: str, task: str, control: bool) -> TaskScore:
    rows, whole = result.of(optimizer, task), result.whole(optimizer, task)
    if not rows:
        return TaskScore(task, 1.0, 1.0, 1.0, "missing", 0, len(whole), control)
    gains = [row for row in rows if row.state == "improved"]
    failed = sum(row.state == "failed" for row in rows)
    state = "improved" if gains else "failed" if failed == len(rows) else "no improvement found"
    low, high = np.exp(np.quantile(_draws(whole, task), (0.025, 0.975)))
    if len(whole) == 1:
        low, high = _limits(whole[0])
    # A claim's value may be of other data than a search's: no median of both is the value of anything.
    counted = gains or rows
    values = [row.value for row in counted if row.value is not None]
    seed_values = [row.seed_value for row in counted if row.seed_value is not None]
    # Of different instances the mean is the expected value; it says something beside the seed's alone.
    varies = any(one.varies for one in result.tasks if one.name == task)
    centre = statistics.fmean if varies else statistics.median
    return TaskScore(
        task, math.exp(_mean_log(whole)), float(low), float(high), state, len(gains), len(whole), control,
        _difference(whole, task),
        centre(values) if values else None,
        centre(seed_values) if seed_values else None,
        any(label.startswith(SELF_REPORTED) for row in gains for label in row.labels),
    )  # fmt: skip


def _difference(rows: Sequence[StudyRow], name: str) -> tuple[float, float, float] | None:
    """Return the mean difference with its interval, None where no claim has one; without a claim it is 0."""
    claims = [row.difference for row in rows if row.difference is not None]
    if not claims or len(rows) == 1:
        return claims[0] if claims else None
    found = [_estimate(row) if row.difference is not None else (0.0, 0.0) for row in rows]
    estimates, errors = [estimate for estimate, _ in found], [error for _, error in found]
    low, high = np.quantile(_drawn(estimates, errors, name), (0.025, 0.975))
    return statistics.fmean(estimates), float(low), float(high)


def _known_share(result: Result, scores: Mapping[str, TaskScore]) -> float | None:
    shares = [
        math.log(scores[task.name].ratio) / math.log(task.best) for task in result.tasks if task.best > 1
    ]
    return statistics.fmean(shares) if shares else None


def _mean_log(rows: Sequence[StudyRow]) -> float:
    return statistics.fmean(math.log(row.ratio) for row in rows)


def _chosen(count: int, name: str) -> NDArray[np.int64]:
    """Return which of so many seeds each draw has."""
    return np.random.default_rng(list(name.encode())).integers(count, size=(DRAWS, count))


def _draws(
    rows: Sequence[StudyRow], name: str, chosen: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    """Return draws of a task's mean log ratio: seeds again, and each study within its own interval."""
    if not rows:
        return np.zeros(DRAWS)
    return _drawn([math.log(row.ratio) for row in rows], [_spread(row) for row in rows], name, chosen)


def _drawn(
    centres: Sequence[float], errors: Sequence[float], name: str, chosen: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    """Return draws of a mean over seeds, each with its standard error."""
    rng = np.random.default_rng(list(name.encode()))
    if chosen is None:
        chosen = rng.integers(len(centres), size=(DRAWS, len(centres)))
    noise = rng.standard_normal((DRAWS, len(centres)))
    found: NDArray[np.float64] = (np.array(centres)[chosen] + np.array(errors)[chosen] * noise).mean(axis=1)
    return found


def _estimate(row: StudyRow) -> tuple[float, float]:
    """Return a gain with its standard error: of the log ratio, or of the difference where there is one."""
    if row.difference is not None:
        estimate, low, high = row.difference
        return estimate, (high - low) / (2 * Z95)
    spread = (math.log(row.high) - math.log(row.low)) / (2 * Z95) if row.low > 0 else 0.0
    return math.log(row.ratio), spread


def _spread(row: StudyRow) -> float:
    """Return the standard error of a row's log ratio.

    The ratio of medians that goes with a difference has none of its own: it is as sure as the difference,
    in parts of itself.
    """
    gain, error = _estimate(row)
    if row.difference is None:
        return error
    return abs(math.log(row.ratio)) * error / abs(gain) if gain else 0.0


def _limits(row: StudyRow) -> tuple[float, float]:
    """Return the 95 % limits of one study's ratio."""
    if row.difference is None:
        return row.low, row.high
    centre, reach = math.log(row.ratio), Z95 * _spread(row)
    return math.exp(centre - reach), math.exp(centre + reach)


def _over_tasks(draws: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    """Return the 95 % limits of the geometric mean over tasks."""
    if not draws:
        return 1.0, 1.0
    rng = np.random.default_rng(len(draws))
    by_task = np.stack(draws)
    chosen = rng.integers(len(draws), size=(DRAWS, len(draws)))
    means = by_task[chosen, np.arange(DRAWS)[:, None]].mean(axis=1)
    low, high = np.exp(np.quantile(means, (0.025, 0.975)))
    return float(low), float(high)


def _together(rows: Sequence[StudyRow]) -> int:
    """Return how many claims hold with all studies' claims together at the level of one (Holm 1979)."""
    chances = []
    for row in rows:
        gain, error = _estimate(row)
        if row.state != "improved" or row.low <= 0:
            chances.append(1.0)
        else:
            chances.append(NORMAL.cdf(-gain / error) if error > 0 else 0.0)
    for place, chance in enumerate(sorted(chances)):
        if chance > LEVEL / (len(chances) - place):
            return place
    return len(chances)


def _regressed(row: StudyRow | PrivateRow) -> bool:
    """Whether a winner is surely worse than the seed: in time or memory, or where it was measured again."""
    if isinstance(row, PrivateRow):
        return row.difference[2] < 0 if row.difference else row.high < WORSE
    return any(one.name in TIMES and one.high < WORSE for one in row.metrics)


def _to_90(result: Result, rows: Sequence[StudyRow]) -> float | None:
    """Return how many evaluations it took to see 90 % of the task's best claimed log gain; the median."""
    best: dict[str, float] = {}
    for row in result.studies:
        best[row.task] = max(best.get(row.task, 0.0), math.log(row.ratio))
    needed = []
    for row in rows:
        goal = 0.9 * best.get(row.task, 0.0)
        if row.state != "improved" or goal <= 0:
            continue
        promising = [(place, trial.ratio) for place, trial in enumerate(row.trials, start=1)
                     if trial.verdict == "promising" and trial.ratio is not None]  # fmt: skip
        needed += [place for place, ratio in promising if ratio > 0 and math.log(ratio) >= goal][:1]
    return float(statistics.median(needed)) if needed else None


def _diversity(row: StudyRow) -> tuple[float, float, float]:
    """Return the shares of different shapes and ends among a study's candidates, and the ends' entropy."""
    count = len(row.trials)
    ends = [trial.behaviour for trial in row.trials]
    shares = [ends.count(end) / count for end in set(ends)]
    entropy = -sum(share * math.log2(share) for share in shares)
    return len({trial.shape for trial in row.trials}) / count, len(set(ends)) / count, entropy + 0.0
