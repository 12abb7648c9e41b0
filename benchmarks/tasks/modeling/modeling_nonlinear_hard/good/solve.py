"""Answers to word problems: a function gets a text and the numbers in it, and returns what it asks for."""

import math
from itertools import combinations, product


def solve_price_breaks(text, data):
    """For each price, the best lot, or the smallest that gets this price."""
    demand, costs = data["demand"], []
    lows, highs = [0, *data["breaks"]], [*data["breaks"], math.inf]
    for price, low, high in zip(data["prices"], lows, highs):
        stock = price * data["holding_percent"] / 100
        lot = max(low, math.sqrt(2 * demand * data["order_cost"] / stock))
        if lot < high:
            costs.append(demand / lot * data["order_cost"] + demand * price + lot / 2 * stock)
    return min(costs)


def solve_spare_parts(text, data):
    """Try all numbers of parts."""
    best = 0
    for plan in product(range(1, data["most"] + 1), repeat=len(data["cost"])):
        if sum(n * c for n, c in zip(plan, data["cost"])) <= data["budget"]:
            best = max(best, math.prod(1 - (1 - p) ** n for n, p in zip(plan, data["chance"])))
    return best


def solve_whole_revenue(text, data):
    """For each number of bowls, the whole number of vases next to the top of a parabola."""
    (a, b), (c, d), (e, f), cross = data["price"], data["drop"], data["hours"], data["cross"]
    incomes = []
    for y in range(data["available"] // f + 1):
        most = (data["available"] - f * y) // e
        top = (a - 2 * cross * y) / (2 * c)
        for x in {min(most, max(0, math.floor(top))), min(most, max(0, math.ceil(top)))}:
            sales = x * (a - c * x - cross * y) + y * (b - d * y - cross * x)
            incomes.append(sales - (data["setup"] if y else 0))
    return max(incomes)


def solve_radio_mast(text, data):
    """The smallest circle has two of the farms at its ends, or goes through three of them."""
    farms = data["farms"]
    middles = [((a + c) / 2, (b + d) / 2) for (a, b), (c, d) in combinations(farms, 2)]
    for (a, b), (c, d), (e, f) in combinations(farms, 3):
        area = 2 * (a * (d - f) + c * (f - b) + e * (b - d))
        if area:
            one, two, three = a * a + b * b, c * c + d * d, e * e + f * f
            x = (one * (d - f) + two * (f - b) + three * (b - d)) / area
            y = (one * (e - c) + two * (a - e) + three * (c - a)) / area
            middles.append((x, y))
    return min(max(math.dist(middle, farm) for farm in farms) for middle in middles)


def solve_pipeline_route(text, data):
    """As light does: the cost times the sine of the angle is the same in all strips."""
    low, high = 0, min(data["cost"])
    for _ in range(200):
        constant = (low + high) / 2
        sines = [constant / c for c in data["cost"]]
        offsets = [w * s / math.sqrt(max(1e-300, 1 - s * s)) for w, s in zip(data["width"], sines)]
        if sum(offsets) < data["shift"]:
            low = constant
        else:
            high = constant
    return sum(c * math.hypot(w, x) for c, w, x in zip(data["cost"], data["width"], offsets))
