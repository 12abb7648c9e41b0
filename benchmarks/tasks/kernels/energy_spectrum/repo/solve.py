"""Spectrum of a detector: how many particles have which energy?"""

import os

import numpy as np

BATCH = int(os.environ.get("SPECTRUM_BATCH", "1000"))  # pulses that are sorted into bins at once


def _energy(channel, threshold, offset, gain, bend):
    """Return the energy that belongs to a channel in keV; -1 below the threshold, which is noise."""
    if channel < threshold:
        return -1.0
    return offset + gain * channel + bend * channel * channel


def _spectrum(energies, edges):
    """Return how many energies lie in each bin, and their sums; a bin's lower edge belongs to it."""
    counts = np.zeros(len(edges) - 1, dtype=int)
    sums = np.zeros(len(edges) - 1)
    for start in range(0, len(energies), BATCH):
        some = energies[start : start + BATCH]
        for index in range(len(edges) - 1):
            inside = (some >= edges[index]) & (some < edges[index + 1])
            counts[index] += np.sum(inside)
            sums[index] += np.sum(some[inside])
    return counts, sums


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
    to_energy = np.vectorize(_energy, otypes=[float])
    energies = to_energy(np.array(channels, dtype=int), threshold, offset, gain, bend)
    counts, sums = _spectrum(energies, np.linspace(0.0, top, bins + 1))
    means = [float(total / count) if count else 0.0 for count, total in zip(counts, sums, strict=True)]
    return [counts.tolist(), means, len(channels) - int(counts.sum())]
