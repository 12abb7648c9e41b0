"""Pulses of a radiation counter: for some time after one that it counts, it sees no other."""


def _walk(times, dead):
    """Return the times of counted pulses, how many each hid, and the pause before each, as lists.

    Args:
        times: ascending times of all pulses, a list.
        dead: a pulse less than this after the last counted one is hidden.
    """
    counted, hidden, pauses = [], [], []
    if not times:
        return counted, hidden, pauses
    last, lost = times[0], -1
    pauses.append(last)
    for time in times:
        if time - last < dead:
            lost += 1
        elif lost < 0:  # the first pulse of a counter without dead time
            lost = 0
        else:
            counted.append(last)
            hidden.append(lost)
            pauses.append(time - last)
            last, lost = time, 0
    counted.append(last)
    hidden.append(lost)
    return counted, hidden, pauses


def solve(times, dead):
    """Return [times of counted pulses, pulses that each hid, pause before each counted pulse].

    Args:
        times: of all pulses, in nanoseconds, in any order.
        dead: dead time after a counted pulse, in nanoseconds.

    The pause before the first pulse is its time.
    """
    return list(_walk(sorted(times), dead))
