"""Small choices of whole numbers."""

from __future__ import annotations

from .wording import listed, num


def crew_tasks(draw):
    """An assignment of four to four."""
    names = draw.sample(["Ada", "Ben", "Cleo", "Dan", "Eve", "Finn"], 4)
    hours = [[draw.randint(5, 40) for _ in range(4)] for _ in names]
    each = " ".join(
        f"{name} needs {listed([f'{num(h)} hours for job {j + 1}' for j, h in enumerate(row)])}."
        for name, row in zip(names, hours)
    )
    text = (
        f"{listed(names)} share four jobs; each of them does exactly one. {each} What is the smallest "
        "possible sum of their hours?"
    )
    return text, {"names": names, "hours": hours}


def rucksack(draw):
    """Things of weight and worth."""
    names = draw.sample(["tent", "lamp", "stove", "rope", "camera", "radio", "map case", "axe"], 7)
    weight = [draw.randint(3, 20) for _ in names]
    worth = [draw.randint(10, 90) for _ in names]
    data = {
        "things": names,
        "weight": weight,
        "worth": worth,
        "limit": draw.randint(sum(weight) // 3, sum(weight) // 2),
    }
    each = "; ".join(f"{n}: {num(w)} kg, worth {num(v)}" for n, w, v in zip(names, weight, worth))
    text = (
        f"A hiker chooses what to carry. {each}. There is one of each, and it is carried whole or left. The "
        f"load may weigh at most {num(data['limit'])} kg. What is the largest worth that can be carried?"
    )
    return text, data


def school_trip(draw):
    """Buses of three kinds."""
    seats = [draw.randint(8, 14), draw.randint(20, 30), draw.randint(40, 56)]
    cost = [draw.randint(90, 150), draw.randint(180, 290), draw.randint(330, 520)]
    fleet = [draw.randint(5, 8) for _ in seats]
    data = {
        "seats": seats,
        "cost": cost,
        "fleet": fleet,
        "pupils": draw.randint(130, 230),
        "drivers": draw.randint(7, 9),
    }
    each = "; ".join(
        f"a {kind} has {num(s)} seats and costs {num(c)} dollars, and there are {num(f)} of them"
        for kind, s, c, f in zip(("van", "small bus", "coach"), seats, cost, fleet)
    )
    text = (
        f"A school takes {num(data['pupils'])} pupils on a trip: {each}. Each needs a driver, who takes no "
        f"seat; there are {num(data['drivers'])} drivers. What does it cost at least to have a seat for "
        "every pupil, in dollars?"
    )
    return text, data


def bulk_buy(draw):
    """Packs of several sizes."""
    sizes = sorted(draw.sample(range(3, 25), 3))
    price = [round(size * draw.uniform(1.5, 2.6)) for size in sizes]
    data = {"sizes": sizes, "price": price, "needed": draw.randint(60, 120), "room": draw.randint(8, 14)}
    data["room"] = max(data["room"], -(-data["needed"] // sizes[-1]) + 1)
    each = listed([f"packs of {num(s)} for {num(p)} dollars" for s, p in zip(sizes, price)])
    text = (
        f"A kitchen needs at least {num(data['needed'])} jars. The shop sells {each}, any number of each, "
        f"but the van has room for {num(data['room'])} packs, whatever their size. Packs are not opened. "
        "What does it cost at least, in dollars?"
    )
    return text, data


def whole_mix(draw):
    """Products in whole pieces."""
    profit = [draw.randint(30, 90), draw.randint(30, 90)]
    steel, hours = [draw.randint(3, 12) for _ in profit], [draw.randint(2, 9) for _ in profit]
    data = {
        "profit": profit,
        "steel": steel,
        "hours": hours,
        "steel_available": draw.randint(50, 110),
        "hours_available": draw.randint(40, 90),
        "least_second": draw.randint(1, 3),
    }
    text = (
        f"A smith makes gates and lamps. A gate takes {num(steel[0])} kg of steel and {num(hours[0])} hours "
        f"and earns {num(profit[0])} dollars; a lamp takes {num(steel[1])} kg and {num(hours[1])} hours and "
        f"earns {num(profit[1])} dollars. There are {num(data['steel_available'])} kg of steel and "
        f"{num(data['hours_available'])} hours. At least {num(data['least_second'])} lamps are ordered. Only "
        "whole pieces are made. What can the smith earn at most, in dollars?"
    )
    return text, data


PROBLEMS = (crew_tasks, rucksack, school_trip, bulk_buy, whole_mix)
