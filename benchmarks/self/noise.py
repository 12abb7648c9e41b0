"""Models of a machine's noise, for simulations of timing rules.

A model yields the logarithm of what the machine does to each of many processes measured one after
the other: the noise of the process itself (layout, hashing, placement), a slow drift that all share,
and bursts in which everything is slower for a while.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["MODELS", "Noise", "timelines"]


@dataclass(frozen=True)
class Noise:
    """One machine."""

    name: str
    pair_sd: float  # SD of the log ratio of two processes of equal code, side by side
    drift_sd: float = 0.0  # SD of the shared slow level, a first-order autoregression
    heavy: bool = False  # process noise from Student's t with 3 degrees of freedom, same scale
    burst: float = 1.0  # how many times slower everything is within a burst


# 6 % (CPU time) and 13 % (wall time) are what process pairs of identical Python and NumPy kernels
# showed on a shared two-core virtual machine.
MODELS = (
    Noise("CPU time 6 %, calm", 0.06),
    Noise("CPU time 6 %, drift", 0.06, drift_sd=0.08),
    Noise("wall time 13 %, drift", 0.13, drift_sd=0.15),
    Noise("wall time 13 %, drift, heavy tails", 0.13, drift_sd=0.15, heavy=True),
    Noise("wall time 13 %, drift, bursts", 0.13, drift_sd=0.15, burst=1.5),
)

DRIFT_MEMORY = 0.98  # correlation of neighbouring processes: the level lasts about 50 of them
BURST_STARTS, BURST_ENDS = 0.01, 0.1  # a process: bursts last 10 processes, 9 % of the time


def timelines(noise: Noise, rng: np.random.Generator, rounds: int, length: int) -> NDArray[np.float64]:
    """Return log slowdowns of shape (rounds, length), one row a timeline of consecutive processes."""
    import numpy as np

    shape = (rounds, length)
    own = rng.standard_t(3, shape) if noise.heavy else rng.standard_normal(shape)
    logs = own * noise.pair_sd / math.sqrt(2)
    level = noise.drift_sd * rng.standard_normal(rounds)
    step = noise.drift_sd * math.sqrt(1 - DRIFT_MEMORY**2)
    bursting = rng.random(rounds) < BURST_STARTS / (BURST_STARTS + BURST_ENDS)
    for k in range(length):
        logs[:, k] += level + bursting * math.log(noise.burst)
        level = DRIFT_MEMORY * level + step * rng.standard_normal(rounds)
        chance = rng.random(rounds)
        bursting = np.where(bursting, chance >= BURST_ENDS, chance < BURST_STARTS)
    return np.asarray(logs, dtype=np.float64)
