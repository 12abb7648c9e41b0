"""Scan a generated recording: python bench.py SEED [FRAMES]. Prints figures and a checksum, no times."""

from __future__ import annotations

import hashlib
import random
import sys

import numpy as np

from thermal import block_size, scan
from thermal.calibrate import Sensor

ROWS, COLUMNS = 24, 32


def generate(seed: int, frames: int) -> tuple[np.ndarray, Sensor]:
    """Return a noisy recording with drifting warmth and a few hot spots, and its sensor."""
    chance = random.Random(seed)
    shape = (ROWS, COLUMNS)
    gain = [chance.randrange(230, 280) for _ in range(ROWS * COLUMNS)]
    offset = [chance.randrange(-40, 40) for _ in range(ROWS * COLUMNS)]
    sensor = Sensor(
        np.array(gain).reshape(shape), np.array(offset).reshape(shape), np.zeros(shape, dtype=bool)
    )
    for _ in range(6):
        sensor.dead[chance.randrange(ROWS), chance.randrange(COLUMNS)] = True
    noise = np.frombuffer(chance.randbytes(frames * ROWS * COLUMNS), dtype=np.uint8)
    counts = noise.reshape(frames, *shape).astype(np.uint16) // 4 + 2000
    counts += np.arange(frames, dtype=np.uint16)[:, None, None]
    for _ in range(max(2, frames // 4)):
        first, row, column = chance.randrange(frames), chance.randrange(ROWS), chance.randrange(COLUMNS)
        counts[first : first + chance.randrange(2, 7), row, column] += chance.randrange(200, 900)
    return counts, sensor


def main() -> None:
    """Scan, and print the figures and a checksum of all contrasts and alarms."""
    seed = int(sys.argv[1])
    frames = int(sys.argv[2]) if len(sys.argv) > 2 else 110
    found = scan(*generate(seed, frames), block=block_size())
    print("frames", frames, "coldest", found.coldest, "hottest", found.hottest)
    print("alarms", len(found.alarms), "pixels", sum(alarm.pixels for alarm in found.alarms))
    digest = hashlib.sha256(found.contrast.astype("<i8").tobytes())
    digest.update(repr(found.alarms).encode())
    print("checksum", digest.hexdigest())


if __name__ == "__main__":
    main()
