"""Pulses of a radiation counter: for some time after one that it counts, it sees no other."""

import numpy as np


def _count_pulses(times, dead):
    """Return the times of counted pulses, and how many each of them hid (two arrays of integers).

    Args:
        times: (n,) ascending times of all pulses.
        dead: a pulse less than this after the last counted one is hidden.
    """
    counted = np.array([], dtype=np.int64)
    hidden = np.array([], dtype=np.int64)
    for time in times:
        if len(counted) == 0 or time - counted[-1] >= dead:
            counted = np.append(counted, time)
            hidden = np.append(hidden, 0)
        else:
            hidden[-1] += 1
    return counted, hidden


def solve(times, dead):
    """Return [times of counted pulses, pulses that each hid, pause before each counted pulse].

    Args:
        times: of all pulses, in nanoseconds, in any order.
        dead: dead time after a counted pulse, in nanoseconds.

    The pause before the first pulse is its time.
    """
    counted, hidden = _count_pulses(np.sort(np.array(times, dtype=np.int64)), dead)
    pauses = np.array([], dtype=np.int64)
    for index in range(len(counted)):
        before = counted[index - 1] if index else 0
        pauses = np.concatenate([pauses, [counted[index] - before]])
    return [counted.tolist(), hidden.tolist(), pauses.tolist()]
