"""Summary of a sensor's readings, some of which are missing."""

import numpy as np


def _quantile(values, part):
    """Return the value below which `part` of the values lie, between two of them by interpolation."""
    ordered = np.sort(values)
    place = part * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _trimmed_mean(values, part):
    """Return the mean without the lowest and the highest `part` of the values."""
    ordered = np.sort(values)
    cut = int(part * len(ordered))
    return np.mean(ordered[cut : len(ordered) - cut])


def solve(readings, parts, trim):
    """Return [missing readings, quantiles, trimmed mean, median deviation from the median].

    Args:
        readings: numbers; a missing one is None.
        parts: the quantiles that are asked for, each from 0 to 1.
        trim: part of the readings at each end that the mean leaves out; less than 0.5.

    Without any reading all numbers are 0.
    """
    column = np.array(readings, dtype=object)  # None has no place among floats
    values = column[column != None]  # noqa: E711
    missing = len(readings) - len(values)
    if len(values) == 0:
        return [missing, [0.0 for _ in parts], 0.0, 0.0]
    quantiles = [float(_quantile(values, part)) for part in parts]
    deviation = _quantile(np.abs(values - _quantile(values, 0.5)), 0.5)
    return [missing, quantiles, float(_trimmed_mean(values, trim)), float(deviation)]
