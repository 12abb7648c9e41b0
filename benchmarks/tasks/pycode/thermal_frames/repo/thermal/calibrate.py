"""Sensor counts to temperatures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Sensor:
    """What the factory measured of a sensor; all arrays are (rows, columns)."""

    gain: NDArray[np.int64]  # 256ths of a hundredth of a degree for one count
    offset: NDArray[np.int64]  # hundredths of a degree
    dead: NDArray[np.bool_]  # pixels that show nothing


def temperatures(counts: NDArray[np.uint16], sensor: Sensor) -> NDArray[np.int64]:
    """Return hundredths of a degree, (frames, rows, columns); a dead pixel shows the pixel on its left.

    In the first column a dead pixel shows 0.
    """
    degrees = (counts.astype(np.int64) * sensor.gain >> 8) + sensor.offset
    for row, column in zip(*np.nonzero(sensor.dead), strict=True):
        degrees[:, row, column] = degrees[:, row, column - 1] if column else 0
    return degrees
