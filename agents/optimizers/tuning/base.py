"""What the searches share that never ask for a known point."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from strop.agents.optimizers.tuning.space import Known, Space, Values

__all__ = ["Expected", "NewPointSearch", "unit_of"]

LARGE = 1e100  # costs beyond are reckoned in parts of the largest


def unit_of(costs: Iterable[float]) -> float:
    """Return what costs are divided by so that their squares are numbers: 1 but for costs beyond 1e100."""
    largest = max(map(abs, costs))
    return largest if largest > LARGE else 1.0


class Expected(NamedTuple):
    """A point, and what a model of the trials so far expects of it."""

    values: Values
    cost: float
    sd: float  # standard deviation of that cost


class NewPointSearch:
    """Asks for a proposal of its own, else for a random point; what was asked, noted or told is known.

    A search of this kind says what it proposes (`_proposed`), and what it keeps of a cost (`_learn`).
    """

    name: str

    def __init__(self, space: Space, *, seed: int = 0) -> None:
        self._space = space
        self._known = Known(space)
        self._rng = random.Random(seed)

    def ask(self) -> Values | None:
        """Return a point that is not known yet, None where there is none left."""
        point = self._proposed()
        if point is None:
            point = self._known.fresh(self._rng)
        if point is not None:
            self._known.add(point)
        return point

    def note(self, values: Mapping[str, Any]) -> None:
        """Know of a point that somebody else waits for."""
        self._known.add(values)

    def tell(self, values: Mapping[str, Any], cost: float | None) -> None:
        """Learn the cost of a point, whoever asked for it; None, or no finite number: it failed."""
        self._known.add(values)
        self._learn(values, cost if cost is not None and math.isfinite(cost) else None)

    def _proposed(self) -> Values | None:
        """Return a point that is not known; None: a random one will do."""
        return None

    def _learn(self, values: Mapping[str, Any], cost: float | None) -> None:
        """Keep what came of a point; None: it failed."""
