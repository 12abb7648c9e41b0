"""Judge areas.txt, a cross-section (cm^2) for each bar, 0 for none: python judge.py SEED

Linear elastic bars, E = 21 000 kN/cm^2. The value is the sum over the cases of loads of load times movement
(kN cm), times the volume of all bars (dm^3): it doesn't change if all sections are scaled, and lower is
stiffer for the weight.
"""

from __future__ import annotations

import math
import re
import sys

import numpy
from instance import Instance, instance

YOUNG = 21_000.0
# The thinnest bar over the thickest one: keeps the equations far from what doubles can't solve.
THINNEST = 1e-4
NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?")


def read(truss: Instance, path: str = "areas.txt") -> list[float]:
    """Return the sections of a file; ends with a message and exit code 1 where they are none."""
    try:
        with open(path, "rb") as file:
            lines = file.read(100_000).decode("ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(f"{path}: {error}") from None
    if len(lines) != len(truss.bars):
        raise SystemExit(f"{path}: {len(lines)} lines, one for each of {len(truss.bars)} bars is expected")
    for line in lines:
        if not NUMBER.fullmatch(line):
            raise SystemExit(f"{path}: {line[:60]!r} is no section")
    areas = [float(line) for line in lines]
    most = max(areas)
    if not 1e-6 <= most <= 1e6:
        raise SystemExit(f"{path}: the largest section is not between 1e-6 and 1e6")
    if any(0 < area < THINNEST * most for area in areas):
        raise SystemExit(f"{path}: a section is below {THINNEST:g} of the largest one; 0 is none")
    return areas


def volume(truss: Instance, areas: list[float]) -> float:
    """Return the volume of the bars in dm^3."""
    return sum(area * truss.length(bar) for bar, area in enumerate(areas)) / 10


def work(truss: Instance, areas: list[float]) -> float:
    """Return the sum of the loads' work in kN cm; ends with a message where the truss can't bear them."""
    free, stiffness = assembled(truss, areas)
    total = 0.0
    for case in truss.cases:
        load = numpy.zeros(2 * len(truss.joints))
        for joint, (across, up) in case.items():
            load[2 * joint], load[2 * joint + 1] = across, up
        if not {k for k in range(len(load)) if load[k]} <= set(free):
            raise SystemExit("areas.txt: a load is on a joint without bars")
        try:
            numpy.linalg.cholesky(stiffness)
            moved = numpy.linalg.solve(stiffness, load[free])
        except numpy.linalg.LinAlgError:
            raise SystemExit("areas.txt: the bars are a mechanism, not a truss") from None
        if not abs(stiffness @ moved - load[free]).max() <= 1e-7 * abs(load).max():
            raise SystemExit("areas.txt: the bars are nearly a mechanism")
        total += float(load[free] @ moved)
    if not (math.isfinite(total) and total > 0):
        raise SystemExit("areas.txt: the loads do no work")
    return total


def assembled(truss: Instance, areas: list[float]) -> tuple[list[int], numpy.ndarray]:
    """Return the degrees of freedom of joints that have bars, and their stiffness in kN/cm."""
    stiffness = numpy.zeros((2 * len(truss.joints),) * 2)
    used = set()
    for bar, area in enumerate(areas):
        if not area:
            continue
        one, other = truss.bars[bar]
        used |= {one, other}
        length = truss.length(bar)
        cosine, sine = ((b - a) / length for a, b in zip(truss.joints[one], truss.joints[other], strict=True))
        along = numpy.array([-cosine, -sine, cosine, sine])
        where = [2 * one, 2 * one + 1, 2 * other, 2 * other + 1]
        stiffness[numpy.ix_(where, where)] += YOUNG * area / (100 * length) * numpy.outer(along, along)
    free = [2 * joint + axis for joint in sorted(used - set(truss.held)) for axis in (0, 1)]
    return free, stiffness[numpy.ix_(free, free)]


if __name__ == "__main__":
    truss = instance(int(sys.argv[1]))
    areas = read(truss)
    print(f"METRIC work_times_volume={work(truss, areas) * volume(truss, areas):.9f}")
