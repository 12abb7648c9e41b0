"""Summary of a sensor's readings, some of which are missing."""

import numpy as np


def _interpolated(ordered, part):
    """Return the value below which `part` of ascending values lie."""
    place = part * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (place - below) * (ordered[above] - ordered[below]))


def solve(readings, parts, trim):
    """Return [missing readings, quantiles, trimmed mean, median deviation from the median].

    Args:
        readings: numbers; a missing one is None.
        parts: the quantiles that are asked for, each from 0 to 1.
        trim: part of the readings at each end that the mean leaves out; less than 0.5.

    Without any reading all numbers are 0.
    """
    column = np.array(readings, dtype=float)  # None becomes NaN
    ordered = np.sort(column[~np.isnan(column)])
    count = len(ordered)
    missing = len(readings) - count
    if count == 0:
        return [missing, [0.0 for _ in parts], 0.0, 0.0]
    quantiles = [_interpolated(ordered, part) for part in parts]
    cut = int(trim * count)
    deviations = np.abs(ordered - _interpolated(ordered, 0.5))
    middle = [(count - 1) // 2, count // 2]
    deviation = np.partition(deviations, middle)[middle].mean()
    return [missing, quantiles, float(ordered[cut : count - cut].mean()), float(deviation)]
