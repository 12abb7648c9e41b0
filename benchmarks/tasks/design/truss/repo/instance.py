"""A truss to design, drawn from a seed: joints on a grid, bars that may be there, walls, and loads."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

COLUMNS, ROWS, REACH = 8, 5, 2.9


@dataclass(frozen=True)
class Instance:
    """Joints (x, y) in m, bars as pairs of joints, held joints, cases of loads: {joint: (fx, fy)} in kN."""

    joints: tuple[tuple[float, float], ...]
    bars: tuple[tuple[int, int], ...]
    held: tuple[int, ...]
    cases: tuple[dict[int, tuple[float, float]], ...]

    def length(self, bar: int) -> float:
        """Return the length of a bar in m."""
        one, other = self.bars[bar]
        return math.dist(self.joints[one], self.joints[other])


def instance(seed: int) -> Instance:
    """Return the seed's truss: a wall on the left, two or three cases of one or two loads on the right."""
    rng = random.Random(seed)
    stretch = rng.uniform(0.8, 1.3)
    joints = tuple((float(x), y * stretch) for x in range(COLUMNS) for y in range(ROWS))
    bars = tuple((i, j) for i in range(len(joints)) for j in range(i + 1, len(joints)) if _connected(i, j))
    held = tuple(range(ROWS))
    right = [i for i in range(len(joints)) if joints[i][0] >= COLUMNS - 3]
    cases = tuple(
        {joint: (rng.uniform(-3, 3), rng.uniform(-10, -2)) for joint in rng.sample(right, rng.randint(1, 2))}
        for _ in range(rng.randint(2, 3))
    )
    return Instance(joints, bars, held, cases)


def _connected(i: int, j: int) -> bool:
    """Whether a bar may join two joints: near each other, with no joint of the grid between them."""
    across, up = j // ROWS - i // ROWS, j % ROWS - i % ROWS
    return math.gcd(across, up) == 1 and math.hypot(across, up) <= REACH
