"""The columns of a board, the same in a terminal and on the site."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from strop.benchmarks.leaderboard.ranking import OptimizerRow, TaskScore
from strop.benchmarks.leaderboard.result import PrivateRow, StudyRow
from strop.report.words import duration

__all__ = ["COLUMNS", "Column", "gain_text", "interval", "number_text"]


class Column(NamedTuple):
    """One column."""

    head: str
    meaning: str
    cell: Callable[[OptimizerRow], str]
    value: Callable[[OptimizerRow], float]  # to sort by
    short: bool = False  # whether a terminal has room for it


def interval(ratio: float, low: float, high: float) -> str:
    """Return a ratio with its interval."""
    if ratio == low == high:
        return f"{ratio:.2f}"
    return f"{ratio:.2f} [{low:.2f}, {high:.2f}]"


def gain_text(row: StudyRow | PrivateRow | TaskScore) -> str:
    """Return a gain with its interval: a difference where its metric is compared so, else a ratio."""
    return _difference(row.difference) if row.difference else interval(row.ratio, row.low, row.high)


def _difference(found: Sequence[float]) -> str:
    """Return a difference with its interval, e.g. "+0.031 [+0.020, +0.042]": all with as many decimals."""
    size = max(abs(value) for value in found)
    places = max(3, 1 - math.floor(math.log10(size))) if size else 3
    estimate, low, high = (f"{value:+.{places}f}" for value in found)
    return f"{estimate} [{low}, {high}]"


def number_text(value: float) -> str:
    """Return a value of a task's own metric: all digits that matter to records, and no more."""
    return f"{value:.7g}"


def _share(value: float) -> str:
    return f"{value:.0%}"


def _private(row: OptimizerRow) -> str:
    if not row.private_total:
        return "–"
    gap = "" if row.private_gap is None else f", {row.private_gap:.2f}"
    same = f" ({row.private_same} on the same problem)" if row.private_same else ""
    return f"{row.private_held} of {row.private_total}{gap}{same}"


def _tokens(row: OptimizerRow) -> str:
    return f"{row.tokens:,.0f}".replace(",", " ")


COLUMNS = (
    Column(
        "geometric mean",
        "of the speedups over all tasks; what claims nothing, or is missing, counts as 1; with its 95 % "
        "interval",
        lambda r: interval(r.geometric_mean, r.low, r.high),
        lambda r: r.geometric_mean,
        short=True,
    ),
    Column(
        "harmonic",
        "harmonic mean, as AlgoTune reports it",
        lambda r: f"{r.harmonic_mean:.2f}",
        lambda r: r.harmonic_mean,
        short=True,
    ),
    Column(
        "≥ 1.1",
        "share of studies with at least 1.1 times",
        lambda r: _share(r.opt_1_1),
        lambda r: r.opt_1_1,
        short=True,
    ),
    Column("≥ 2", "share of studies with at least 2 times", lambda r: _share(r.opt_2), lambda r: r.opt_2),
    Column(
        "of the good version",
        "part of the bundled good versions' gains that was reached: logarithms, mean over the tasks with one",
        lambda r: "–" if r.known_share is None else _share(r.known_share),
        lambda r: r.known_share or 0.0,
    ),
    Column(
        "claims",
        "share of studies with a significant gain",
        lambda r: _share(r.significant),
        lambda r: r.significant,
        short=True,
    ),
    Column(
        "all at once",
        "share of studies whose gain stays significant where all of them are claimed together (Holm)",
        lambda r: _share(r.significant_holm),
        lambda r: r.significant_holm,
    ),
    Column(
        "false claims",
        "claims above 1.1 on control tasks, where there is nothing to gain",
        lambda r: f"{r.false_claims} of {r.controls}",
        lambda r: r.false_claims,
        short=True,
    ),
    Column(
        "regressions",
        "winners that are surely more than 5 % worse than the seed in time or memory, or where they were "
        "measured again (of a difference: worse at all)",
        lambda r: str(r.regressions),
        lambda r: r.regressions,
        short=True,
    ),
    Column(
        "private",
        "winners whose claim held on instances that nobody had seen (on the same problem, measured again, "
        "where a task has no instances), and the ratio there over the first one",
        _private,
        lambda r: r.private_gap or 0.0,
    ),
    Column("failed", "studies that ended with an error", lambda r: str(r.failed), lambda r: r.failed),
    Column(
        "evaluations",
        "a study",
        lambda r: f"{r.evaluations:.1f}",
        lambda r: r.evaluations,
        short=True,
    ),
    Column(
        "to 90 %",
        "evaluations until 90 % of the task's best claimed gain was seen; median of the studies that saw it",
        lambda r: "–" if r.evaluations_to_90 is None else f"{r.evaluations_to_90:g}",
        lambda r: r.evaluations_to_90 or float("inf"),
    ),
    Column("tokens", "a study", _tokens, lambda r: r.tokens, short=True),
    Column(
        "USD",
        "of all studies",
        lambda r: "unknown" if r.usd is None else f"{r.usd:.2f}",
        lambda r: float("inf") if r.usd is None else r.usd,
    ),
    Column("time", "a study", lambda r: duration(r.seconds), lambda r: r.seconds, short=True),
    Column(
        "different code",
        "share of candidates that differ in their normalised syntax",
        lambda r: _share(r.clusters_shape),
        lambda r: r.clusters_shape,
    ),
    Column(
        "different ends",
        "share of candidates that ended differently: where and why they failed, or with which gain, in steps "
        "of 10 %",
        lambda r: _share(r.clusters_behaviour),
        lambda r: r.clusters_behaviour,
    ),
    Column(
        "entropy",
        "of how candidates ended, in bits",
        lambda r: f"{r.entropy:.1f}",
        lambda r: r.entropy,
    ),
)
"""All columns, the one that ranks first."""
