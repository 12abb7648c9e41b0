"""Answers to word problems: a function gets a text and the numbers in it, and returns what it asks for."""

import math
from itertools import combinations


def solve_twin_prices(text, data):
    """Both derivatives are 0: two equations with two unknowns."""
    (a, b), (c, d), (e, f), (g, h) = data["base"], data["own"], data["other"], data["cost"]
    right = (a + c * g - f * h, b + d * h - e * g)
    whole = 4 * c * d - (e + f) ** 2
    p = (2 * d * right[0] + (e + f) * right[1]) / whole
    q = (2 * c * right[1] + (e + f) * right[0]) / whole
    return (p - g) * (a - c * p + e * q) + (q - h) * (b - d * q + f * p)


def solve_calm_portfolio(text, data):
    """For each set of assets that are held, with the return exact or free: where the derivatives are 0."""
    mean, risk, count = data["mean"], data["risk"], len(data["mean"])
    link = dict(zip(combinations(range(count), 2), data["correlation"]))
    spread = [
        [risk[i] * risk[j] * (1 if i == j else link[min(i, j), max(i, j)]) for j in range(count)]
        for i in range(count)
    ]
    found = []
    for size in range(1, count + 1):
        for held in combinations(range(count), size):
            for exact in (False, True):
                shares = _stationary(spread, mean, held, data["wanted"] if exact else None)
                if shares and min(shares) >= -1e-9:
                    if sum(s * mean[i] for s, i in zip(shares, held)) >= data["wanted"] - 1e-9:
                        pairs = [(s, i, t, j) for s, i in zip(shares, held) for t, j in zip(shares, held)]
                        found.append(sum(s * t * spread[i][j] for s, i, t, j in pairs))
    return math.sqrt(min(found))


def _stationary(spread, mean, held, wanted):
    """Return the shares of least variance with sum 1, and with the return as wanted; None: there are none."""
    size, extra = len(held), 1 if wanted is None else 2
    rows = []
    for i in held:
        rows.append([2 * spread[i][j] for j in held] + [1] + [mean[i]] * (extra - 1) + [0])
    rows.append([1] * size + [0] * extra + [1])
    if wanted is not None:
        rows.append([mean[j] for j in held] + [0] * extra + [wanted])
    solution = _solved(rows)
    return solution[:size] if solution else None


def _solved(rows):
    """Return the solution of linear equations by elimination; None: it isn't one point."""
    rows = [list(map(float, row)) for row in rows]
    for k in range(len(rows)):
        best = max(range(k, len(rows)), key=lambda r: abs(rows[r][k]))
        if abs(rows[best][k]) < 1e-9:
            return None
        rows[k], rows[best] = rows[best], rows[k]
        rows[k] = [v / rows[k][k] for v in rows[k]]
        for r in range(len(rows)):
            if r != k:
                rows[r] = [v - rows[r][k] * own for v, own in zip(rows[r], rows[k])]
    return [row[-1] for row in rows]


def solve_ad_response(text, data):
    """All channels that are not full gain the same by another dollar."""
    low, high = 1e-9, 1e9
    for _ in range(200):
        slope = math.sqrt(low * high)
        spent = [min(m, (f / (2 * slope)) ** 2) for f, m in zip(data["factor"], data["most"])]
        if sum(spent) > data["budget"]:
            low = slope
        else:
            high = slope
    return sum(f * math.sqrt(x) for f, x in zip(data["factor"], spent))


def solve_depot_place(text, data):
    """Narrow down the place by thirds, east and north: the sum of distances has one low point."""

    def narrowed(value, low, high):
        for _ in range(60):
            third = (high - low) / 3
            if value(low + third) < value(high - third):
                high -= third
            else:
                low += third
        return value((low + high) / 2)

    def way(x, y):
        return sum(2 * trips * math.hypot(x - a, y - b) for a, b, trips in data["shops"])

    return narrowed(lambda x: narrowed(lambda y: way(x, y), 0, 60), 0, 60)


def solve_split_queue(text, data):
    """At all gates in use another car adds the same number of waiting ones."""
    low, high = 1e-6, 1e9
    for _ in range(200):
        slope = math.sqrt(low * high)
        sent = [max(0, m - math.sqrt(m / slope)) for m in data["rate"]]
        if sum(sent) < data["arrivals"]:
            low = slope
        else:
            high = slope
    return sum(x / (m - x) for x, m in zip(sent, data["rate"]))
