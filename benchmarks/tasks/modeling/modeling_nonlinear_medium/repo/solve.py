"""Answers to word problems: each function gets a text and the numbers in it (its `data`), and returns the
number that the text asks for. Each text below is one of the many that are drawn; the numbers, the names and
the order of things change. An answer counts within 1e-4 of the right one, relatively. There are numpy and
scipy."""

import math


def solve_twin_prices(text, data):
    """A bakery sells two cakes at prices p and q, in dollars. Of the first it sells 659 - 8 p + 5 q a
    week, of the second 407 - 12 q + 3 p (fractions count). The first costs 6 dollars to make, the second
    5 dollars. What is the largest weekly profit, in dollars, over all pairs of prices?

    data = {"base": [659, 407], "own": [8, 12], "other": [5, 3], "cost": [6, 5]}
    """
    (a, b), (c, d), (e, f), (g, h) = data["base"], data["own"], data["other"], data["cost"]
    right = (a + c * g - f * h, b + d * h - e * g)
    whole = 4 * c * d - (e + f) ** 2
    p = (2 * d * right[0] + (e + f) * right[1]) / whole
    q = (2 * c * right[1] + (e + f) * right[0]) / whole
    return (p - g) * (a - c * p + e * q) + (q - h) * (b - d * q + f * p)


def solve_calm_portfolio(text, data):
    """All of a sum of money is put into land, shares and bonds, in shares that are not negative. Their
    yearly returns are, on average: land 11.91 per cent, with a standard deviation of 22 per cent; shares
    11.8 per cent, with a standard deviation of 29 per cent; bonds 11.38 per cent, with a standard
    deviation of 30 per cent. Correlations of their returns: -0.05 between land and shares; -0.26 between
    land and bonds; -0.06 between shares and bonds. The average return of the whole has to be at least
    11.8 per cent. What is the smallest possible standard deviation of its return, in per cent?

    data = {"assets": ["land", "shares", "bonds"], "mean": [11.91, 11.8, 11.38], "risk": [22, 29, 30],
    "correlation": [-0.05, -0.26, -0.06], "wanted": 11.8}
    """
    # The calmest one of those that return enough.
    return float(min(r for r, mean in zip(data["risk"], data["mean"]) if mean >= data["wanted"]))


def solve_ad_response(text, data):
    """A firm has up to 96 thousand dollars for advertising. If x thousand dollars are spent on a channel,
    it brings so many customers: 80 sqrt(x) for cinema (x at most 37), 28 sqrt(x) for radio (x at most
    40), 68 sqrt(x) for posters (x at most 36) and 30 sqrt(x) for podcasts (x at most 34). Amounts can't
    be negative. What is the largest number of customers? (The answer may be a fraction.)

    data = {"channels": ["cinema", "radio", "posters", "podcasts"], "factor": [80, 28, 68, 30], "most":
    [37, 40, 36, 34], "budget": 96}
    """
    # The same amount for each channel.
    each = data["budget"] / len(data["factor"])
    return sum(f * math.sqrt(min(each, m)) for f, m in zip(data["factor"], data["most"]))


def solve_depot_place(text, data):
    """A depot is to be built anywhere in a plain. It serves shops at these places (km east, km north),
    with so many trips a day: (14, 45) with 5 trips; (30, 6) with 4 trips; (60, 40) with 4 trips; (14, 38)
    with 9 trips; (7, 30) with 7 trips. A trip goes to the shop and back, in a straight line. How many km
    have to be driven a day at least?

    data = {"shops": [[14, 45, 5], [30, 6, 4], [60, 40, 4], [14, 38, 9], [7, 30, 7]]}
    """
    # The mean of the places.
    trips = sum(w for _, _, w in data["shops"])
    east = sum(w * x for x, _, w in data["shops"]) / trips
    north = sum(w * y for _, y, w in data["shops"]) / trips
    return sum(2 * w * math.hypot(x - east, y - north) for x, y, w in data["shops"])


def solve_split_queue(text, data):
    """Each hour 30 cars come to a border with three gates, and a sign sends a fixed part of them to each
    gate. The gates can handle 18, 22 and 16 cars an hour. If x cars an hour are sent to a gate that can
    handle m, on average x / (m - x) cars are there; x has to be smaller than m, and may be 0 or a
    fraction. How many cars are at the three gates together, on average, if they are sent in the best way?

    data = {"rate": [18, 22, 16], "arrivals": 30}
    """
    # In the proportion of what the gates can handle.
    part = data["arrivals"] / sum(data["rate"])
    return len(data["rate"]) * part / (1 - part)
