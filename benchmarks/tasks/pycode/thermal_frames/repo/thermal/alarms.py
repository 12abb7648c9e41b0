"""What in a frame is worth an alarm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Alarm:
    """The alarming part of one frame."""

    frame: int  # from 0, over the whole recording
    pixels: int  # how many stand out, in this frame and the one before
    row: int  # of the pixel that stands out most
    column: int
    contrast: int  # of that pixel, hundredths of a degree


def find_alarms(
    contrast: NDArray[np.int64], before: NDArray[np.bool_], first: int, limit: int
) -> list[Alarm]:
    """Return the alarms of a block of frames, at most one a frame.

    A pixel counts when its contrast is above `limit` in two frames in a row, so that one noisy
    frame is no alarm. `before` says which pixels were above it in the frame before the block.
    """
    alarms = []
    last = before
    for number, frame in enumerate(contrast):
        above = frame > limit
        lasting = above & last
        last = above
        pixels = int(lasting.sum())
        if pixels:
            place = int(np.where(lasting, frame, np.iinfo(np.int64).min).argmax())
            row, column = divmod(place, frame.shape[1])
            alarms.append(Alarm(first + number, pixels, row, column, int(frame[row, column])))
    return alarms
