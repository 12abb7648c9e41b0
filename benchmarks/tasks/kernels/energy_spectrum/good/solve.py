"""Spectrum of a detector: how many particles have which energy?"""

import numpy as np


def _spectrum(energies, edges):
    """Return how many energies lie in each bin, and their sums; a bin's lower edge belongs to it."""
    bins = len(edges) - 1
    places = np.searchsorted(edges, energies, side="right")  # 0 and bins + 1 are outside
    counts = np.bincount(places, minlength=bins + 2)
    sums = np.bincount(places, weights=energies, minlength=bins + 2)
    return counts[1 : bins + 1], sums[1 : bins + 1]


def solve(channels, threshold, calibration, top, bins):
    """Return [pulses in every bin, mean energy of every bin, pulses in no bin].

    Args:
        channels: height of every pulse, an integer.
        threshold: lower channels are noise.
        calibration: [offset, gain, bend]: energy = offset + gain * channel + bend * channel squared.
        top: the bins reach from 0 to this energy, which is in none of them.
        bins: number of bins, of the same width.

    The mean of an empty bin is 0.
    """
    offset, gain, bend = calibration
    heights = np.array(channels, dtype=int)
    energies = np.where(heights < threshold, -1.0, offset + gain * heights + bend * heights * heights)
    counts, sums = _spectrum(energies, np.linspace(0.0, top, bins + 1))
    means = sums / np.maximum(counts, 1)
    return [counts.tolist(), means.tolist(), len(channels) - int(counts.sum())]
