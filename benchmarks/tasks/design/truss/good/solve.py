"""Sections of a truss's bars: each grows with the work it does, until all work alike for their weight."""

from __future__ import annotations

import os
from typing import Any

ROUNDS = int(os.environ.get("TRUSS_ROUNDS", "200"))
THINNEST = 2e-4


def solve(truss: Any) -> list[float]:
    """Return the section of each bar in cm^2, 0 for no bar."""
    import numpy

    joints = numpy.array(truss.joints)
    one, other = numpy.array(truss.bars).T
    step = joints[other] - joints[one]
    length = numpy.hypot(*step.T)
    count, size = len(length), 2 * len(joints)
    along = numpy.zeros((count, size))
    every = numpy.arange(count)
    for axis in range(2):
        along[every, 2 * other + axis] = step[:, axis] / length
        along[every, 2 * one + axis] = -step[:, axis] / length
    free = [2 * j + axis for j in range(len(joints)) if j not in truss.held for axis in range(2)]
    along = along[:, free]
    loads = numpy.zeros((len(truss.cases), size))
    for row, case in zip(loads, truss.cases, strict=True):
        for joint, force in case.items():
            row[2 * joint : 2 * joint + 2] = force
    areas = numpy.ones(count)
    for _ in range(ROUNDS):
        stiffness = (along.T * (areas / length)) @ along
        moved = numpy.linalg.solve(stiffness, loads[:, free].T)
        strain = along @ moved / length[:, None]
        # At the optimum all bars above the thinnest section have the same sum of squared strains.
        areas *= numpy.sqrt((strain**2).sum(axis=1))
        areas = numpy.maximum(areas / areas.max(), THINNEST)
    return [float(area) for area in areas]
