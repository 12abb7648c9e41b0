"""Loudness of a recording in a room: the sound and its echoes, frame by frame."""

import os

import numpy as np

BLOCK = int(os.environ.get("ECHO_BLOCK", "64"))  # samples that are filtered at once


def _reverberate(signal, echoes):
    """Return the signal with its echoes, as long as the signal is.

    Args:
        signal: (n,) samples.
        echoes: (m,) part of a sample that is heard 0, 1, ... samples later; at least one.
    """
    count, length = len(signal), len(echoes)
    padded = np.concatenate([np.zeros(length - 1), signal])
    backwards = echoes[::-1]
    heard = np.empty(count)
    for start in range(0, count, BLOCK):
        stop = min(start + BLOCK, count)
        places = np.arange(start, stop)[:, np.newaxis] + np.arange(length)
        heard[start:stop] = np.sum(padded[places] * backwards, axis=1)
    return heard


def solve(samples, echoes, frame):
    """Return [mean square of every frame, the loudest sample's absolute value], echoes included.

    Args:
        samples: the recording.
        echoes: part of a sample that is heard 0, 1, ... samples later.
        frame: samples of a frame; the last one may be shorter.
    """
    if not samples or not echoes:
        return [[], 0.0]
    heard = _reverberate(np.array(samples, dtype=float), np.array(echoes, dtype=float))
    squares = [float(np.mean(heard[start : start + frame] ** 2)) for start in range(0, len(heard), frame)]
    return [squares, float(np.abs(heard).max())]
