"""Loudness of a recording in a room: the sound and its echoes, frame by frame."""

import numpy as np


def _reverberate(signal, echoes):
    """Return the signal with its echoes, as long as the signal is.

    Args:
        signal: (n,) samples.
        echoes: (m,) part of a sample that is heard 0, 1, ... samples later; at least one.
    """
    count, length = len(signal), len(echoes)
    if min(count, length) < 32:
        return np.convolve(signal, echoes)[:count]
    size = 1 << (count + length - 2).bit_length()  # room for all echoes, so that none wraps around
    return np.fft.irfft(np.fft.rfft(signal, size) * np.fft.rfft(echoes, size), size)[:count]


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
    starts = np.arange(0, len(heard), frame)
    sums = np.add.reduceat(heard * heard, starts)
    squares = sums / np.minimum(frame, len(heard) - starts)
    return [squares.tolist(), float(np.abs(heard).max())]
