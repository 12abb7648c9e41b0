"""Bayesian optimisation with a Gaussian process of strop's own (`gaussian`).

The next point has the highest expected improvement over the best prediction: of all points where they are
few, else after a local search. Points that are waited for count as measured, at what is predicted of them,
so that the next ones lie elsewhere.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from strop.agents.optimizers.tuning.base import Expected, NewPointSearch, unit_of
from strop.agents.optimizers.tuning.gaussian import (
    USUAL_CATEGORY,
    USUAL_NUMBER,
    Array,
    GaussianProcess,
    log_expected_improvement,
)
from strop.agents.optimizers.tuning.space import Space, Values

__all__ = ["GpSearch"]

STARTUP = 5
"""Points before the first model: as many as a study's common ones (docs/tuning.md)."""

LISTED = 6_000
"""Most points that are predicted all at once: a proposal's time and memory grow with them (of 32,768 points
of 15 knobs beside 100 trials: 5 s and 1.6 GB). Larger spaces are searched."""

POOL = 1024
"""Random points that the local search starts from where the space isn't listed."""

TRIES = 4 * POOL
"""Random settings that the pool is drawn from: tight constraints leave a part of it empty."""

WALKED = 256
"""Most points that fill an emptier pool, each a neighbour of one that keeps the constraints."""

STARTS, STEPS, NEAR = 8, 20, 24
"""Best points of the pool that are improved, in so many steps of so many neighbours each."""

FITTED = 150
"""Most trials that a model is fitted to (the best half and the latest): its time grows with the cube."""

AWAITED = 50
"""Most points that are waited for and count, the latest: of some, nothing is ever told."""


class GpSearch(NewPointSearch):
    """Ask and tell over a space; costs are minimised, None is a failure."""

    name = "gp"

    def __init__(
        self,
        space: Space,
        *,
        seed: int = 0,
        startup: int = STARTUP,
        number: float = USUAL_NUMBER,
        category: float = USUAL_CATEGORY,
    ) -> None:
        super().__init__(space, seed=seed)
        self._startup = startup
        self._priors = {"number": number, "category": category}
        self._seen: dict[tuple[Any, ...], tuple[Values, float | None]] = {}
        self._awaited: dict[tuple[Any, ...], Values] = {}
        self._all: tuple[list[Values], Array] | None = None
        self._start: Array | None = None

    def ask(self) -> Values | None:
        """Return a point that is not known yet, None where there is none left."""
        point = super().ask()
        if point is not None:
            self._await(point)
        return point

    def note(self, values: Mapping[str, Any]) -> None:
        """Know of a point that somebody else waits for."""
        super().note(values)
        self._await(values)

    def _await(self, values: Mapping[str, Any]) -> None:
        key = self._space.key(values)
        if key not in self._seen:
            self._awaited[key] = dict(values)

    def _proposed(self) -> Values | None:
        """Return the model's point once there is enough to fit it to."""
        done = sum(cost is not None for _, cost in self._seen.values())
        enough = done >= max(2, self._startup)
        return self._by_model() if enough and not self._known.full else None

    def _learn(self, values: Mapping[str, Any], cost: float | None) -> None:
        """Keep the cost of a point for the next fit."""
        key = self._space.key(values)
        self._seen[key] = (dict(values), cost)
        self._awaited.pop(key, None)

    def predict(self, values: Mapping[str, Any]) -> tuple[float, float, float]:
        """Return the mean and standard deviation of a point's cost, and the best cost told, standardised.

        A failure counts as the worst cost. Raises `ValueError` where no cost was told.
        """
        import numpy as np

        points, y, _, _ = self._data()
        x = np.array([self._space.coordinates(point) for point in points])
        model = GaussianProcess.fit(x, y, self._space.categorical, **self._priors)
        mean, sd = model.predict(np.array([self._space.coordinates(values)]))
        return float(mean[0]), float(sd[0]), float(y.min())

    def outlook(self, count: int) -> list[Expected]:
        """Return the most promising new points, best first; none before there is a model.

        Nothing changes by it: the next point that is asked for is the same.
        """
        done = sum(cost is not None for _, cost in self._seen.values())
        if done < max(2, self._startup) or self._known.full:
            return []
        drawn, start = self._rng.getstate(), self._start
        new = (one for one in self._ranked() if one.values not in self._known)
        found = list(itertools.islice(new, count))
        self._rng.setstate(drawn)
        self._start = start
        return found

    # --- pieces ---------------------------------------------------------------------------------

    def _by_model(self) -> Values | None:
        new = (one.values for one in self._ranked() if one.values not in self._known)
        return next(new, None)

    def _ranked(self) -> Iterator[Expected]:
        """Yield points by their expected improvement, the highest first; known ones among them."""
        import numpy as np

        points, y, centre, spread = self._data()
        x = np.array([self._space.coordinates(point) for point in points])
        model = GaussianProcess.fit(x, y, self._space.categorical, self._start, **self._priors)
        self._start = model.log_parameters
        if self._awaited:
            awaited = list(self._awaited.values())[-AWAITED:]
            points = [*points, *awaited]
            model, y = model.believing(y, np.array([self._space.coordinates(point) for point in awaited]))
            x = model.x
        best = float(model.predict(x)[0].min())
        few = self._space.size is not None and self._space.size <= LISTED
        fresh, coordinates = self._listed() if few else self._searched(model, points, y, best)
        if not fresh:
            return
        mean, sd = model.predict(coordinates)
        for place in np.argsort(-log_expected_improvement(mean, sd, best)):
            yield Expected(fresh[place], centre + spread * float(mean[place]), spread * float(sd[place]))

    def _data(self) -> tuple[list[Values], Array, float, float]:
        """Return points, their standardised costs, and those costs' centre and spread.

        A failure is as bad as the worst.
        """
        import numpy as np

        rows = list(self._seen.values())
        if len(rows) > FITTED:
            order = sorted(range(len(rows)), key=lambda i: _cost_or_worst(rows[i][1]))
            kept = set(order[: FITTED // 2]) | set(range(len(rows) - FITTED // 2, len(rows)))
            rows = [row for place, row in enumerate(rows) if place in kept]
        costs = [cost for _, cost in rows if cost is not None]
        worst = max(costs)
        y = np.array([worst if cost is None else cost for _, cost in rows], dtype=float)
        points = [values for values, _ in rows]
        unit = unit_of(costs)
        y = y / unit
        centre, spread = float(y.mean()), float(y.std()) or 1.0
        return points, (y - centre) / spread, centre * unit, spread * unit

    def _listed(self) -> tuple[list[Values], Array]:
        import numpy as np

        if self._all is None:
            points = list(self._space.points())
            self._all = points, np.array([self._space.coordinates(point) for point in points])
        return self._all

    def _searched(
        self, model: GaussianProcess, points: list[Values], y: Array, best: float
    ) -> tuple[list[Values], Array]:
        """Return points of high expected improvement: random ones, improved step by step."""
        import numpy as np

        def rated(found: list[Values]) -> Array:
            x = np.array([self._space.coordinates(point) for point in found])
            return log_expected_improvement(*model.predict(x), best)

        pool = list(itertools.islice(self._space.drawn(self._rng, TRIES), POOL))
        pool += self._walked([*pool, *points], min(WALKED, POOL - len(pool)))
        for place in np.argsort(y)[:5]:
            pool += [self._space.neighbour(points[place], self._rng) for _ in range(NEAR)]
        order = np.argsort(-rated(pool))[:STARTS]
        current, values = [pool[i] for i in order], [float(v) for v in rated([pool[i] for i in order])]
        for _ in range(STEPS):
            near = [[self._space.neighbour(point, self._rng) for _ in range(NEAR)] for point in current]
            ratings = rated([point for group in near for point in group]).reshape(len(current), NEAR)
            for place, row in enumerate(ratings):
                top = int(row.argmax())
                if row[top] > values[place] and near[place][top] not in self._known:
                    current[place], values[place] = near[place][top], float(row[top])
        found = current + [pool[i] for i in order]
        return found, np.array([self._space.coordinates(point) for point in found])

    def _walked(self, starts: Sequence[Values], count: int) -> list[Values]:
        """Return so many points, each a neighbour of a start that is a point or of one found before."""
        if not count:
            return []
        proper = [point for point in starts if not self._space.problem(point)]
        first = len(proper)
        for _ in range(count if proper else 0):
            proper.append(self._space.neighbour(self._rng.choice(proper), self._rng))
        return proper[first:]


def _cost_or_worst(cost: float | None) -> float:
    return math.inf if cost is None else cost
