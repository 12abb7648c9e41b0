"""Linear programs of a dozen variables."""

from __future__ import annotations

from .wording import cents, num, nums


def grain_transport(draw):
    """A transport problem of three by four."""
    need = [draw.randint(30, 90) for _ in range(4)]
    part = sum(need) // 3
    have = [part + draw.randint(-15, 15), part + draw.randint(-15, 15)]
    have.append(sum(need) - sum(have) + draw.randint(5, 40))
    cost = [[cents(draw, 4, 30) for _ in need] for _ in have]
    data = {"need": need, "have": have, "cost": cost}
    lines = " ".join(
        f"Silo {'ABC'[i]} holds {num(have[i])} tonnes, and a tonne from it costs {nums(row)} dollars to the "
        "mills in that order."
        for i, row in enumerate(cost)
    )
    text = (
        f"Four mills, called W, X, Y and Z, need {nums(need)} tonnes of grain, in that order. {lines} Loads "
        "can be of any size; each mill gets exactly what it needs. What is the lowest total cost of "
        "transport, in dollars?"
    )
    return text, data


def monthly_plan(draw):
    """Production over months with stock."""
    months = 6
    need = [draw.randint(40, 120) for _ in range(months)]
    data = {
        "need": need,
        "unit_cost": [draw.randint(20, 60) for _ in range(months)],
        "capacity": max(need) + draw.randint(5, 25),
        "holding": draw.randint(2, 8),
        "first_stock": draw.randint(5, 30),
    }
    text = (
        f"A factory has orders of {nums(need)} units in the next months, one number a month, in order. "
        f"Making a unit costs {nums(data['unit_cost'])} dollars in those months. In each month at most "
        f"{num(data['capacity'])} units can be made. A unit that is still in stock at the end of a month "
        f"costs {num(data['holding'])} dollars for that month. Now there are {num(data['first_stock'])} "
        "units in stock. Orders have to be met in their month, from stock or from what is made in it; stock "
        "at the end of the last month costs the same and is worth nothing. Amounts may be fractions. What "
        "is the lowest total cost of making and holding, in dollars?"
    )
    return text, data


def oil_blend(draw):
    """A product of several oils within limits of hardness."""
    count = 4
    hardness = [round(draw.uniform(1.5, 9.0), 1) for _ in range(count)]
    cost = [draw.randint(80, 160) for _ in range(count)]
    stock = [draw.randint(80, 250) for _ in range(count)]
    middle = sum(hardness) / count
    data = {
        "hardness": hardness,
        "cost": cost,
        "stock": stock,
        "price": draw.randint(165, 210),
        "least_hardness": round(middle - draw.uniform(0.1, 0.6), 1),
        "most_hardness": round(middle + draw.uniform(0.1, 0.6), 1),
        "capacity": draw.randint(150, 450),
    }
    each = "; ".join(
        f"oil {k + 1} costs {num(cost[k])} dollars a tonne, has hardness {num(hardness[k])}, and "
        f"{num(stock[k])} tonnes of it can be bought"
        for k in range(count)
    )
    text = (
        f"A refinery blends one product: {each}. A tonne of the product sells for {num(data['price'])} "
        "dollars and weighs as much as the oils in it. Its hardness is the average of its oils' by weight "
        f"and has to lie between {num(data['least_hardness'])} and {num(data['most_hardness'])}. The "
        f"refinery can blend at most {num(data['capacity'])} tonnes, and sells all of it. What is the "
        "largest profit (sales less the cost of the oils), in dollars?"
    )
    return text, data


def power_dispatch(draw):
    """Plants with two blocks of power each."""
    first = [draw.randint(50, 150) for _ in range(4)]
    second = [draw.randint(30, 120) for _ in range(4)]
    low = [draw.randint(15, 50) for _ in range(4)]
    high = [c + draw.randint(5, 40) for c in low]
    total = sum(first) + sum(second)
    data = {
        "first_block": first,
        "second_block": second,
        "first_cost": low,
        "second_cost": high,
        "demand": draw.randint(total // 3, 3 * total // 4),
    }
    each = " ".join(
        f"Plant {k + 1} gives up to {num(first[k])} MWh at {num(low[k])} dollars each, and up to "
        f"{num(second[k])} MWh more at {num(high[k])} dollars each."
        for k in range(4)
    )
    text = (
        f"A grid has to supply exactly {num(data['demand'])} MWh in an hour from its plants. {each} Any "
        "fraction can be generated. What is the lowest total cost, in dollars?"
    )
    return text, data


def fair_share(draw):
    """The best lowest value."""
    names = draw.sample(["North", "East", "South", "West", "Hill", "Lake"], 5)
    now = [draw.randint(40, 70) for _ in names]
    gain = [cents(draw, 0.3, 2.5) for _ in names]
    data = {
        "schools": names,
        "now": now,
        "gain": gain,
        "budget": draw.randint(30, 90),
        "most": draw.randint(15, 30),
    }
    each = "; ".join(
        f"{name} has {num(n)} points now and gains {num(g)} points with each thousand dollars"
        for name, n, g in zip(names, now, gain)
    )
    text = (
        f"A town has {num(data['budget'])} thousand dollars for its schools. {each}. Any fraction of a "
        f"thousand dollars can be given, but at most {num(data['most'])} thousand to one school. The town "
        "wants the school with the fewest points to have as many points as possible afterwards. How many "
        "points will that be?"
    )
    return text, data


PROBLEMS = (power_dispatch, grain_transport, monthly_plan, oil_blend, fair_share)
