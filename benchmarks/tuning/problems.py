"""What a study lets optimizers search: anything with a space and a value for every point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from strop.tuning import RandomSearch, Space, Values

__all__ = ["Problem", "Scale", "cost_of", "random_points"]


@dataclass(frozen=True)
class Scale:
    """The values that normalised regret is measured between."""

    best: float
    worst: float

    def regret(self, value: float) -> float:
        """Return how far a value is from the best, as a part of the whole range: 0 best, 1 worst."""
        span = self.best - self.worst
        return (self.best - value) / span if span else 0.0


class Problem(Protocol):
    """A space, and what is measured at its points."""

    @property
    def name(self) -> str:
        """How it is asked for, e.g. iron_mind/Suzuki_Doyle."""

    @property
    def space(self) -> Space:
        """The knobs and their ranges."""

    @property
    def measurement(self) -> str:
        """What is measured, e.g. yield."""

    @property
    def maximize(self) -> bool:
        """Whether more is better."""

    @property
    def start(self) -> float:
        """What counts as the best value before anything was measured."""

    @property
    def default(self) -> Values | None:
        """What one would take without a tuner; None where nobody says."""

    @property
    def size(self) -> str:
        """How many points there are, for people."""

    def value(self, values: Values) -> float | None:
        """Return what is measured at a point, in its own unit; None where it fails."""

    def initial(self, seed: int, count: int) -> Sequence[Values]:
        """Return the points that every optimizer begins with, for a seed."""

    def stored(self, optimizer: str, seed: int) -> Sequence[float] | None:
        """Return the values that somebody's stored run of an optimizer saw; None where there is none."""

    def scale(self, seen: Sequence[float]) -> Scale:
        """Return the range of values, where only a measurement tells it from all that were seen."""


def cost_of(problem: Problem, value: float | None) -> float | None:
    """Return a value as a cost, lower is better."""
    return None if value is None else (-value if problem.maximize else value)


def random_points(space: Space, seed: int, count: int) -> list[Values]:
    """Return so many different random points, fewer where there are no more."""
    search = RandomSearch(space, seed=seed)
    found = (search.ask() for _ in range(count))
    return [point for point in found if point is not None]
