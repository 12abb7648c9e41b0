"""Several unknowns, one best point."""

from __future__ import annotations

from .wording import cents, listed, num


def twin_prices(draw):
    """Two products that take customers from each other."""
    data = {
        "base": [draw.randint(300, 700), draw.randint(300, 700)],
        "own": [draw.randint(8, 14), draw.randint(8, 14)],
        "other": [draw.randint(1, 5), draw.randint(1, 5)],
        "cost": [draw.randint(5, 12), draw.randint(5, 12)],
    }
    (a, b), (c, d), (e, f), (g, h) = data["base"], data["own"], data["other"], data["cost"]
    text = (
        f"A bakery sells two cakes at prices p and q, in dollars. Of the first it sells {num(a)} - {num(c)} "
        f"p + {num(e)} q a week, of the second {num(b)} - {num(d)} q + {num(f)} p (fractions count). The "
        f"first costs {num(g)} dollars to make, the second {num(h)} dollars. What is the largest weekly "
        "profit, in dollars, over all pairs of prices?"
    )
    return text, data


def calm_portfolio(draw):
    """The least variance for a wanted return, without short sales."""
    names = draw.sample(["bonds", "shares", "land", "gold"], 3)
    risk = [draw.randint(5, 30) for _ in names]
    mean = [cents(draw, 2, 12) for _ in names]
    pairs = ((0, 1), (0, 2), (1, 2))
    weight = [draw.uniform(0.2, 1) for _ in names]
    wanted = sum(w * m for w, m in zip(weight, mean)) / sum(weight)
    data = {
        "assets": names,
        "mean": mean,
        "risk": risk,
        "correlation": [cents(draw, -0.3, 0.5) for _ in pairs],
        "wanted": round(wanted, 2),
    }
    each = "; ".join(
        f"{n} {num(m)} per cent, with a standard deviation of {num(r)} per cent"
        for n, m, r in zip(names, mean, risk)
    )
    linked = "; ".join(
        f"{num(c)} between {names[i]} and {names[j]}" for (i, j), c in zip(pairs, data["correlation"])
    )
    text = (
        f"All of a sum of money is put into {listed(names)}, in shares that are not negative. Their yearly "
        f"returns are, on average: {each}. Correlations of their returns: {linked}. The average return of "
        f"the whole has to be at least {num(data['wanted'])} per cent. What is the smallest possible "
        "standard deviation of its return, in per cent?"
    )
    return text, data


def ad_response(draw):
    """Square roots under a budget, with an upper limit each."""
    names = draw.sample(["radio", "posters", "cinema", "podcasts", "fairs"], 4)
    factor = [draw.randint(20, 120) for _ in names]
    most = [draw.randint(10, 40) for _ in names]
    data = {
        "channels": names,
        "factor": factor,
        "most": most,
        "budget": draw.randint(sum(most) // 2, 3 * sum(most) // 4),
    }
    each = listed([f"{num(f)} sqrt(x) for {n} (x at most {num(m)})" for n, f, m in zip(names, factor, most)])
    text = (
        f"A firm has up to {num(data['budget'])} thousand dollars for advertising. If x thousand dollars are "
        f"spent on a channel, it brings so many customers: {each}. Amounts can't be negative. What is the "
        "largest number of customers? (The answer may be a fraction.)"
    )
    return text, data


def depot_place(draw):
    """The point with the least weighted distances."""
    shops = [[draw.randint(0, 60), draw.randint(0, 60), draw.randint(2, 9)] for _ in range(5)]
    each = "; ".join(f"({num(x)}, {num(y)}) with {num(w)} trips" for x, y, w in shops)
    text = (
        "A depot is to be built anywhere in a plain. It serves shops at these places (km east, km north), "
        f"with so many trips a day: {each}. A trip goes to the shop and back, in a straight line. How many "
        "km have to be driven a day at least?"
    )
    return text, {"shops": shops}


def split_queue(draw):
    """Customers over three counters with waiting."""
    rate = [draw.randint(10, 40) for _ in range(3)]
    data = {"rate": rate, "arrivals": draw.randint(sum(rate) // 2, 4 * sum(rate) // 5)}
    text = (
        f"Each hour {num(data['arrivals'])} cars come to a border with three gates, and a sign sends a fixed "
        f"part of them to each gate. The gates can handle {listed([num(r) for r in rate])} cars an hour. If "
        "x cars an hour are sent to a gate that can handle m, on average x / (m - x) cars are there; x has "
        "to be smaller than m, and may be 0 or a fraction. How many cars are at the three gates together, "
        "on average, if they are sent in the best way?"
    )
    return text, data


PROBLEMS = (twin_prices, calm_portfolio, ad_response, depot_place, split_queue)
