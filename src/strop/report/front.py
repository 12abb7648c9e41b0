"""The Pareto front of a job of several metrics: what no other trial beats in all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from strop.errors import ConfigError
from strop.job import Job
from strop.trial import Trial, TrialState, Verdict

__all__ = ["front_lines", "front_of", "hypervolume", "parse_weights", "pick"]

Point = tuple[float, ...]


def front_of(job: Job, trials: Sequence[Trial]) -> dict[str, Any] | None:
    """Return the front as plain JSON types, None for a job of one metric.

    Gains are estimates of the search, more is better: ratios, or differences where a metric is compared so.
    The unchanged program is trial 0. `hypervolume` is the volume between the front and the unchanged
    program, of logarithms of ratios; None where a metric is compared by difference, or nothing beats it in
    all metrics.
    """
    if len(job.metrics) < 2:
        return None
    points: dict[int, Point] = {0: (0.0,) * len(job.metrics)}
    gains: dict[int, dict[str, float]] = {
        0: {m.name: 1.0 if m.compare == "ratio" else 0.0 for m in job.metrics}
    }
    for trial in trials:
        found = _gains(job, trial)
        if trial.number and found is not None:
            points[trial.number], gains[trial.number] = found
    kept = [n for n, point in points.items() if not any(_beats(other, point) for other in points.values())]
    rows = [
        {"trial": number, "gains": gains[number]}
        for number in sorted(kept, key=lambda n: points[n], reverse=True)
    ]
    above = [points[number] for number in kept if min(points[number]) > 0]
    by_ratio = all(metric.compare == "ratio" for metric in job.metrics)
    volume = hypervolume(above) if above and by_ratio else None
    return {"metrics": [metric.name for metric in job.metrics], "trials": rows, "hypervolume": volume}


def hypervolume(points: Sequence[Point]) -> float:
    """Return the volume of what points (all coordinates above 0, more is better) dominate above 0.

    By slicing along the last coordinate, which is exact and fast enough for a front of some dozens.
    """
    if not points:
        return 0.0
    if len(points[0]) == 1:
        return max(point[0] for point in points)
    order = sorted(points, key=lambda point: -point[-1])
    total = 0.0
    for place, point in enumerate(order):
        below = order[place + 1][-1] if place + 1 < len(order) else 0.0
        total += hypervolume([other[:-1] for other in order[: place + 1]]) * (point[-1] - below)
    return total


def parse_weights(text: str, job: Job) -> dict[str, float]:
    """Return the weights of "wall_time=2,peak_memory=1"; raises `ConfigError` that says what is wrong."""
    names = [metric.name for metric in job.metrics]
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, equals, number = (piece.strip() for piece in part.partition("="))
        if name not in names:
            raise ConfigError(f"--weights: unknown metric {name!r}; known: {', '.join(names)}")
        try:
            weights[name] = float(number) if equals else 1.0
        except ValueError:
            raise ConfigError(f"--weights: {name}={number}: not a number; e.g. {name}=2") from None
        if not 0 <= weights[name] < math.inf:
            raise ConfigError(f"--weights: {name}={number}: at least 0")
    return weights


def pick(front: Mapping[str, Any], job: Job, weights: Mapping[str, float]) -> int:
    """Return the trial of the front with the greatest weighted sum of gains; 0: the unchanged program.

    Gains are logarithms of ratios, and differences in their own unit; metrics without a weight don't count.
    """
    ratio = {metric.name: metric.compare == "ratio" for metric in job.metrics}

    def worth(row: Mapping[str, Any]) -> float:
        gains = row["gains"]
        return sum(w * (math.log(gains[name]) if ratio[name] else gains[name]) for name, w in weights.items())

    return int(max(front["trials"], key=worth)["trial"])


def _gains(job: Job, trial: Trial) -> tuple[Point, dict[str, float]] | None:
    seen = trial.objective
    if (
        trial.verdict is Verdict.WORSE and seen is not None and seen.least_gain > 0
    ):  # a gain that is none: work that was moved
        return None
    if trial.state is not TrialState.COMPLETE or not trial.measured:
        return None
    point: list[float] = []
    gains: dict[str, float] = {}
    # The comparisons begin with the job's metrics, in order; `time` is told as the clock that it means.
    if len(trial.comparisons) < len(job.metrics):
        return None
    for metric, comparison in zip(job.metrics, trial.comparisons, strict=False):
        if comparison.difference is not None:
            gain = value = comparison.difference[0]
        elif comparison.ratio > 0:
            gain, value = comparison.ratio, math.log(comparison.ratio)
        else:
            return None
        point.append(value)
        gains[metric.name] = gain
    return tuple(point), gains


def _beats(one: Point, other: Point) -> bool:
    """Return whether one is at least as good in all metrics, and better in one."""
    return all(a >= b for a, b in zip(one, other, strict=True)) and one != other


def front_lines(front: Mapping[str, Any] | None) -> list[str]:
    """Return the front in words, a line a trial; none where no two candidates are on it."""
    rows = [row for row in (front or {}).get("trials", ()) if row["trial"]]
    if len(rows) < 2:
        return []
    lines = ["No other trial beats these in all metrics (gains by the search, 1 is the unchanged program):"]
    for row in rows:
        shown = ", ".join(f"{name} {gain:.3g}" for name, gain in row["gains"].items())
        lines.append(f"  trial {row['trial']}: {shown}")
    volume = (front or {}).get("hypervolume")
    if volume is not None:
        lines.append(f"  hypervolume over the unchanged program: {volume:.3g} (of logarithms of ratios)")
    return lines
