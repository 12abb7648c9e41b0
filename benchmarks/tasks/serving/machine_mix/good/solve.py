"""Which machines to rent: the integer program, solved exactly by branch and bound (HiGHS)."""

import math

import numpy
from scipy.optimize import Bounds, LinearConstraint, milp

ROUNDING = 1e-6  # of a machine: the tolerance of solvers, and of judge.py


def solve(workload):
    """Return {"machines": [...], "parts": [[...], ...]}; README.md says what it means."""
    prices, slices = numpy.array(workload["prices"]), workload["slices"]
    able = numpy.array(workload["capacities"])
    rates = numpy.array(workload["rates"])
    sizes, types = able.shape
    # Variables: parts of each size for each type, then machines of each type.
    shares = numpy.divide(rates[:, None] / slices, able, out=numpy.zeros_like(able), where=able > 0)
    whole = numpy.hstack([numpy.kron(numpy.eye(sizes), numpy.ones(types)), numpy.zeros((sizes, types))])
    room = numpy.zeros((types, sizes * types + types))
    for kind in range(types):
        room[kind, kind : sizes * types : types] = shares[:, kind]
        room[kind, sizes * types + kind] = -1
    most = numpy.concatenate([numpy.where(able > 0, slices, 0).ravel(), numpy.full(types, numpy.inf)])
    found = milp(
        numpy.concatenate([numpy.zeros(sizes * types), prices]),
        integrality=numpy.ones(sizes * types + types),
        bounds=Bounds(0, most),
        constraints=[LinearConstraint(whole, slices, slices), LinearConstraint(room, -numpy.inf, 0)],
        options={"mip_rel_gap": 0.0, "time_limit": 30},
    )
    if found.status != 0 or found.x is None:  # at its time limit it has a plan, and no proof
        raise ValueError(f"no mix was found: {found.message}")
    parts = numpy.rint(found.x[: sizes * types]).astype(int).reshape(sizes, types)
    needed = (parts * shares).sum(axis=0)
    return {"machines": [math.ceil(load - ROUNDING) for load in needed], "parts": parts.tolist()}
