"""Reference formulations of the group."""

from __future__ import annotations

import math
from itertools import product

import numpy as np

from .nonlinear_easy import least
from .nonlinear_medium import convex
from .solving import Program


def price_breaks(data):
    demand = data["demand"]
    edges = [1e-3, *data["breaks"], 20 * demand]
    costs = []
    for price, low, high in zip(data["prices"], edges, edges[1:]):
        stock = price * data["holding_percent"] / 100
        year = lambda q: demand / q * data["order_cost"] + demand * price + q / 2 * stock
        # The edge below is part of the piece; what it is near to above is worse or belongs to the next piece.
        costs += [year(low), least(year, low, high)]
    return min(costs)


def spare_parts(data):
    stages, most = len(data["chance"]), data["most"]
    p = Program(
        stages * most, whole=True
    )  # whether stage k has n parts; logarithms make a sum of the product
    p.high[:] = 1
    for k, chance in enumerate(data["chance"]):
        p.cost[k * most : (k + 1) * most] = [-math.log(1 - (1 - chance) ** n) for n in range(1, most + 1)]
        p.row({k * most + n: 1 for n in range(most)}, 1, 1)
    p.row(
        {k * most + n: (n + 1) * data["cost"][k] for k in range(stages) for n in range(most)},
        high=data["budget"],
    )
    return math.exp(-p.least())


def whole_revenue(data):
    (a, b), (c, d), (e, f), cross = data["price"], data["drop"], data["hours"], data["cross"]
    best = 0.0
    for x, y in product(range(data["available"] // e + 1), range(data["available"] // f + 1)):
        if e * x + f * y <= data["available"]:
            income = x * (a - c * x - cross * y) + y * (b - d * y - cross * x) - (data["setup"] if y else 0)
            best = max(best, income)
    return best


def radio_mast(data):
    farms = data["farms"]
    middle = np.mean(farms, axis=0)
    rows = [lambda v, x=x, y=y: v[2] ** 2 - (v[0] - x) ** 2 - (v[1] - y) ** 2 for x, y in farms]
    starts = [(*(middle + shift), 60.0) for shift in ((0, 0), (5, -3), (-6, 4))]
    return convex(lambda v: v[2], starts, bounds=[(-200, 200), (-200, 200), (0, 400)], rows=rows)


def pipeline_route(data):
    width, cost, shift = data["width"], data["cost"], data["shift"]
    whole = lambda x: [*x, shift - sum(x)]
    price = lambda x: sum(c * math.hypot(w, v) for c, w, v in zip(cost, width, whole(x)))
    even = [shift / len(width)] * (len(width) - 1)
    return convex(price, [even, [0.0] * (len(width) - 1)])
