"""HiGHS by way of scipy."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from . import Unsolved


class Program:
    """A linear program, written row by row; variables are counted from 0, and at least 0."""

    def __init__(self, count: int, *, whole: bool = False) -> None:
        """Begin with so many variables; `whole`: all of them integers."""
        self.cost = np.zeros(count)
        self.low, self.high = np.zeros(count), np.full(count, np.inf)
        self.whole = np.full(count, int(whole))
        self._rows: list[tuple[dict[int, float], float, float]] = []

    def row(self, terms: dict[int, float], low: float = -np.inf, high: float = np.inf) -> None:
        """Add: low <= sum of coefficient times variable <= high."""
        self._rows.append((terms, low, high))

    def least(self) -> float:
        """Return the least cost; raises `Unsolved`."""
        matrix = np.zeros((len(self._rows), len(self.cost)))
        for k, (terms, _, _) in enumerate(self._rows):
            for j, coefficient in terms.items():
                matrix[k, j] += coefficient
        rows = LinearConstraint(matrix, [r[1] for r in self._rows], [r[2] for r in self._rows])
        found = milp(
            self.cost,
            integrality=self.whole,
            bounds=Bounds(self.low, self.high),
            constraints=rows,
            options={"mip_rel_gap": 0.0, "time_limit": 20.0},
        )
        if found.status != 0 or found.x is None:
            raise Unsolved(found.message)
        return float(found.fun)

    def most(self) -> float:
        """Return the largest value of what `cost` holds; raises `Unsolved`."""
        self.cost = -self.cost
        return -self.least()
