"""Anytime curves: how good the best candidate was after so many evaluations, as a picture in SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from strop.benchmarks.leaderboard.result import Result, StudyRow

__all__ = ["COLOURS", "anytime", "curve_svg"]

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#7a7a7a", "#a05195")
"""Told apart also by people who see few colours; lines differ in their dashes as well."""

DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 2", "1 2", "12 4", "5 2 1 2")
TICKS = (1, 1.05, 1.1, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100, 1000)
DRAWS = 1000
WIDTH, HEIGHT = 760, 320
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 12, 40

Curve = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def anytime(result: Result, optimizer: str, length: int) -> Curve | None:
    """Return best-so-far ratios (length + 1,) after 0 to `length` evaluations, with their 95 % limits."""
    rows: list[NDArray[np.float64]] = []
    for task in result.tasks:
        studies = [_best_so_far(row, length) for row in result.whole(optimizer, task.name)]
        if studies:
            rows.append(np.mean(studies, axis=0))
    if not rows or not result.of(optimizer):
        return None
    logs = np.stack(rows)
    rng = np.random.default_rng(len(rows))
    means = logs[rng.integers(len(rows), size=(DRAWS, len(rows)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975), axis=0)
    return np.exp(logs.mean(axis=0)), np.exp(low), np.exp(high)


def _best_so_far(row: StudyRow, length: int) -> NDArray[np.float64]:
    """Return the best log ratio that the search called promising, after each evaluation."""
    found = np.zeros(length + 1)
    for place, trial in enumerate(row.trials[:length], start=1):
        if trial.verdict == "promising" and trial.ratio and trial.ratio > 1:
            found[place:] = np.maximum(found[place:], math.log(trial.ratio))
    return found


def curve_svg(result: Result, names: Sequence[str]) -> str:
    """Return the curves of optimizers as an SVG element, empty where nothing was evaluated."""
    length = max((len(row.trials) for row in result.studies), default=0)
    found = {name: anytime(result, name, length) for name in names}
    curves = {name: curve for name, curve in found.items() if curve is not None}
    if length < 1 or not curves:
        return ""
    top = max(float(curve[2].max()) for curve in curves.values())
    top = max(1.1, top * 1.05)

    frame = _Frame(length, top)
    rows = (len(curves) + 3) // 4
    box, words = f"0 0 {WIDTH} {HEIGHT + 22 * rows}", escape(_words(curves, length))
    parts = [f'<svg viewBox="{box}" role="img" aria-label="{words}">', *frame.axes()]
    for number, (name, curve) in enumerate(curves.items()):
        parts += frame.curve(number, name, curve)
    return "\n".join([*parts, "</svg>"])


class _Frame:
    """Where things are in the picture; ratios are logarithmic, so that equal gains are equal heights."""

    def __init__(self, length: int, top: float) -> None:
        self.length, self.top = length, top

    def x(self, place: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * place / self.length

    def y(self, ratio: float) -> float:
        height = HEIGHT - TOP - BOTTOM
        return HEIGHT - BOTTOM - height * math.log(max(ratio, 1.0)) / math.log(self.top)

    def points(self, values: NDArray[np.float64]) -> list[str]:
        return [f"{self.x(place):.1f},{self.y(value):.1f}" for place, value in enumerate(values)]

    def axes(self) -> list[str]:
        right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM + 18
        parts, last = [], float("inf")
        for tick in (tick for tick in TICKS if tick <= self.top):
            y = self.y(tick)
            if last - y < 16:
                continue  # its figure would be written over the last one
            last = y
            parts.append(f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
            parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:g}×</text>')
        for place in range(0, self.length + 1, max(1, round(self.length / 8))):
            parts.append(f'<text x="{self.x(place):.1f}" y="{bottom}" text-anchor="middle">{place}</text>')
        middle = (LEFT + right) / 2
        return [*parts, f'<text x="{middle:.0f}" y="{HEIGHT - 6}" text-anchor="middle">evaluations</text>']

    def curve(self, number: int, name: str, curve: Curve) -> list[str]:
        """Return one curve with its band, and its line of the legend."""
        mean, low, high = (self.points(values) for values in curve)
        colour, dash = COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]
        stroke = f'fill="none" stroke="{colour}" stroke-width="2.2" stroke-dasharray="{dash}"'
        x, y = LEFT + (number % 4) * 176, HEIGHT + 14 + 22 * (number // 4)
        return [
            f'<polygon points="{" ".join([*high, *reversed(low)])}" fill="{colour}" opacity="0.10"/>',
            f'<polyline points="{" ".join(mean)}" {stroke}/>',
            f'<line x1="{x}" x2="{x + 28}" y1="{y - 4}" y2="{y - 4}" {stroke}/>',
            f'<text x="{x + 34}" y="{y}">{escape(name)}</text>',
        ]


def _words(curves: dict[str, Curve], length: int) -> str:
    ends = ", ".join(f"{name} {mean[-1]:.2f}" for name, (mean, _, _) in curves.items())
    return f"Best speedup seen after {length} evaluations: {ends}"
