"""Reference formulations of the group: convex programs by SLSQP from several starts."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
from scipy.optimize import minimize

from . import Unsolved


def convex(objective, starts, *, bounds=None, rows=()):
    """Return the least value over several starts; `rows`: functions that are to be at least 0.

    Raises `Unsolved` where no start led to an end that keeps to the rows.
    """
    found = []
    for start in starts:
        end = minimize(
            objective,
            start,
            method="SLSQP",
            bounds=bounds,
            constraints=[{"type": "ineq", "fun": row} for row in rows],
            options={"maxiter": 500, "ftol": 1e-13},
        )
        if all(row(end.x) >= -1e-7 for row in rows):
            found.append(float(objective(end.x)))
    if not found:
        raise Unsolved("no start led to a feasible end")
    return min(found)


def twin_prices(data):
    base, own, other, cost = data["base"], data["own"], data["other"], data["cost"]

    def sold(prices):
        return [base[i] - own[i] * prices[i] + other[i] * prices[1 - i] for i in range(2)]

    def loss(prices):
        return -sum((prices[i] - cost[i]) * sold(prices)[i] for i in range(2))

    rows = [lambda p, i=i: sold(p)[i] for i in range(2)]
    return -convex(loss, [(20, 20), (40, 30)], rows=rows)


def calm_portfolio(data):
    risk, mean = np.array(data["risk"]), np.array(data["mean"])
    link = np.eye(3)
    for (i, j), value in zip(((0, 1), (0, 2), (1, 2)), data["correlation"]):
        link[i, j] = link[j, i] = value
    spread = np.outer(risk, risk) * link
    # The last share is what the others leave, so that there are no equations.
    whole = lambda x: np.array([*x, 1 - sum(x)])
    starts = [(a, b) for a, b in product((0.1, 0.4, 0.8), repeat=2) if a + b < 1]
    rows = [lambda x: 1 - sum(x), lambda x: mean @ whole(x) - data["wanted"]]
    return math.sqrt(convex(lambda x: whole(x) @ spread @ whole(x), starts, bounds=[(0, 1)] * 2, rows=rows))


def ad_response(data):
    factor, most, budget = np.array(data["factor"]), data["most"], data["budget"]
    start = budget * np.array(most) / sum(most)
    rows = [lambda x: budget - sum(x)]
    bounds = [(1e-9, m) for m in most]
    return -convex(
        lambda x: -float(factor @ np.sqrt(np.maximum(x, 0))), [start, start / 2], bounds=bounds, rows=rows
    )


def depot_place(data):
    shops = data["shops"]
    way = lambda at: sum(2 * w * math.hypot(at[0] - x, at[1] - y) for x, y, w in shops)
    middle = np.mean([s[:2] for s in shops], axis=0)
    smooth = convex(way, [middle, middle + 3, middle - (5, 2)])
    # The best place may be at a shop, where the sum has a corner.
    return min(smooth, *(way(s[:2]) for s in shops))


def split_queue(data):
    rate, arrivals = data["rate"], data["arrivals"]
    start = np.array(rate) * arrivals / sum(rate)
    waiting = lambda x: sum(v / (m - v) for v, m in zip(x, rate))
    # The last gate gets what the others leave.
    whole = lambda x: [*x, arrivals - sum(x)]
    bounds = [(0, m * (1 - 1e-4)) for m in rate[:-1]]
    rows = [lambda x: arrivals - sum(x), lambda x: rate[-1] * (1 - 1e-4) - whole(x)[-1]]
    return convex(lambda x: waiting(whole(x)), [start[:-1]], bounds=bounds, rows=rows)
