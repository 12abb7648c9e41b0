"""A recording from counts to alarms, a block of frames at a time."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal import background
from thermal.alarms import Alarm, find_alarms
from thermal.calibrate import Sensor, temperatures
from thermal.surround import contrast


@dataclass(frozen=True)
class Scan:
    """What came out of a recording."""

    alarms: list[Alarm]
    coldest: int  # hundredths of a degree, over all pixels and frames
    hottest: int
    contrast: NDArray[np.int64]  # (frames, rows, columns)


def block_size() -> int:
    """Return how many frames go through at once: THERMAL_BLOCK, 6 where it isn't set."""
    return max(1, int(os.environ.get("THERMAL_BLOCK", "6")))


def scan(counts: NDArray[np.uint16], sensor: Sensor, *, block: int, limit: int = 250) -> Scan:
    """Return the alarms of a recording of at least one frame; `block` changes the time, not the result."""
    if not len(counts):
        raise ValueError("the recording has no frames: scan() needs at least one")
    state = background.start(temperatures(counts[:1], sensor)[0])
    before = np.zeros(counts.shape[1:], dtype=bool)
    alarms: list[Alarm] = []
    parts, extremes = [], []
    for first in range(0, len(counts), block):
        degrees = temperatures(counts[first : first + block], sensor)
        extremes += [int(degrees.min()), int(degrees.max())]
        part = contrast(background.subtract(degrees, state))
        alarms += find_alarms(part, before, first, limit)
        before = part[-1] > limit
        parts.append(part)
    return Scan(alarms, min(extremes), max(extremes), np.concatenate(parts))
