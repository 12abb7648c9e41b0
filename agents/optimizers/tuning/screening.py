"""A screen of proposals: what a model of past trials calls hopeless is not worth an evaluation.

Source of the idea: Krishnan et al. 2023 (ArchGym), a proxy model learned from the trials of all agents.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from strop.agents.optimizers.tuning.gp import GpSearch
from strop.agents.optimizers.tuning.space import Space

__all__ = ["Screen"]

SURE = 1.64
"""Standard deviations that a point gets the benefit of; 5 % of a normal distribution lie beyond them."""

FEWEST, PER_KNOB = 6, 2
"""Finished trials before anything is refused: so many, and so many for each knob."""


class Screen:
    """Learns costs, and says which points can't be the best; lower costs are better."""

    def __init__(self, space: Space) -> None:
        # A model of its own: the sampler beside may be one without, and is left alone.
        self._model = GpSearch(space)
        self._fewest = max(FEWEST, PER_KNOB * len(space.knobs))
        self._finished: set[tuple[Any, ...]] = set()
        self._key = space.key

    def tell(self, values: Mapping[str, Any], cost: float | None) -> None:
        """Learn the cost of a point; None: it failed."""
        self._model.tell(values, cost)
        if cost is not None and math.isfinite(cost):
            self._finished.add(self._key(values))

    def problem(self, values: Mapping[str, Any]) -> str:
        """Return why a point is hopeless, or an empty string, which it is where too little is known.

        One fit to at most 150 trials, some tenths of a second.
        """
        if len(self._finished) < self._fewest:
            return ""
        mean, sd, best = self._model.predict(values)
        if mean - SURE * sd <= best:
            return ""
        shown = ", ".join(f"{name}={value}" for name, value in values.items())
        return (
            f"{shown}: past trials say that it can't be the best: behind by {mean - best:.2f} standard "
            f"deviations of all costs, by {mean - SURE * sd - best:.2f} at least"
        )
