"""Small linear programs."""

from __future__ import annotations

from .wording import cents, listed, num


def workshop_mix(draw):
    """Products, two resources."""
    names = draw.sample(["chair", "table", "stool", "cabinet", "desk", "bed"], 3)
    boards = [draw.randint(7, 12), draw.randint(2, 4), draw.randint(4, 8)]
    hours = [draw.randint(1, 3), draw.randint(5, 9), draw.randint(3, 6)]
    profit = [round((b + h) * draw.uniform(4, 6)) for b, h in zip(boards, hours)]
    data = {
        "products": names,
        "profit": profit,
        "boards": boards,
        "hours": hours,
        "boards_available": draw.randint(120, 250),
        "hours_available": draw.randint(100, 220),
    }
    each = "; ".join(
        f"one {name} takes {num(b)} boards and {num(h)} hours of work and earns {num(p)} dollars"
        for name, p, b, h in zip(names, profit, boards, hours)
    )
    text = (
        f"A workshop makes {listed([name + 's' for name in names])}: {each}. This month it has "
        f"{num(data['boards_available'])} boards and {num(data['hours_available'])} hours of work. Pieces "
        "need not be finished: amounts may be fractions. What is the largest amount in dollars that it can "
        "earn?"
    )
    return text, data


def animal_feed(draw):
    """The cheapest mix that has enough of two nutrients."""
    names = draw.sample(["maize", "soy meal", "barley", "oats", "bran"], 3)
    cost = [cents(draw, 0.4, 0.9) for _ in names]
    protein = [draw.randint(250, 450), draw.randint(60, 120), draw.randint(120, 250)]
    fat = [draw.randint(10, 30), draw.randint(60, 110), draw.randint(30, 60)]
    data = {
        "feeds": names,
        "cost": cost,
        "protein": protein,
        "fat": fat,
        "protein_needed": draw.randint(4000, 9000),
        "fat_needed": draw.randint(900, 2000),
    }
    each = "; ".join(
        f"a kilogram of {name} costs {num(c)} dollars and holds {num(p)} g of protein and {num(f)} g of fat"
        for name, c, p, f in zip(names, cost, protein, fat)
    )
    text = (
        f"A farmer mixes feed for a day. {each[0].upper()}{each[1:]}. The herd needs at least "
        f"{num(data['protein_needed'])} g of protein and at least {num(data['fat_needed'])} g of fat; more "
        "of either does no harm, and the total weight does not matter. Any amount of each feed can be "
        "bought. What does the cheapest mix cost, in dollars?"
    )
    return text, data


def budget_split(draw):
    """A budget over channels with lower and upper limits."""
    names = draw.sample(["radio", "newspapers", "posters", "search engines", "cinema", "podcasts"], 4)
    reach = draw.sample(range(8, 60), 4)
    low = [draw.randint(100, 400) for _ in names]
    high = [one + draw.randint(500, 2000) for one in low]
    data = {
        "channels": names,
        "reach": reach,
        "least": low,
        "most": high,
        "budget": draw.randint(sum(low) + 500, sum(high) - 500),
    }
    each = "; ".join(
        f"a dollar spent on {name} reaches {num(r)} people, and between {num(a)} and {num(b)} dollars have "
        "to be spent there"
        for name, r, a, b in zip(names, reach, low, high)
    )
    text = (
        f"A theatre advertises on {listed(names)}. {each[0].upper()}{each[1:]}. At most "
        f"{num(data['budget'])} dollars may be spent in all, and any fraction of a dollar can be. Nobody is "
        "reached twice. How many people can be reached at most? (The answer may be a fraction.)"
    )
    return text, data


def juice_blend(draw):
    """A blend of given size with enough fruit, from limited stocks."""
    names = draw.sample(["apple base", "grape base", "mango base", "peach base"], 3)
    cost = [cents(draw, 0.5, 3.0) for _ in names]
    fruit = draw.sample(range(15, 95), 3)
    litres = draw.randint(500, 1500)
    cut = sorted((draw.uniform(0.2, 0.45), draw.uniform(0.55, 0.8)))
    shares = [cut[0], cut[1] - cut[0], 1 - cut[1]]
    reached = sum(s * f for s, f in zip(shares, fruit))
    stock = [int(litres * s * draw.uniform(1.2, 2.0)) + 1 for s in shares]
    data = {
        "bases": names,
        "cost": cost,
        "fruit": fruit,
        "stock": stock,
        "litres": litres,
        "fruit_needed": int(reached),
    }
    each = "; ".join(
        f"{name} costs {num(c)} dollars a litre, is {num(f)} per cent fruit, and there are {num(s)} litres "
        "of it"
        for name, c, f, s in zip(names, cost, fruit, stock)
    )
    text = (
        f"A drinks maker blends exactly {num(litres)} litres of juice from {listed(names)}: {each}. The "
        f"blend has to be at least {num(data['fruit_needed'])} per cent fruit by volume; volumes add up. "
        "What is the lowest possible cost of the blend, in dollars?"
    )
    return text, data


def two_depots(draw):
    """A transport problem of two by three."""
    shops = draw.sample(["Ashby", "Borden", "Calder", "Denholm", "Elton"], 3)
    need = [draw.randint(20, 60) for _ in shops]
    first = draw.randint(sum(need) // 3, 2 * sum(need) // 3)
    have = [first, sum(need) - first + draw.randint(5, 25)]
    cost = [[draw.randint(3, 25) for _ in shops] for _ in have]
    data = {"shops": shops, "need": need, "have": have, "cost": cost}
    lines = [
        f"From the {side} depot a tonne costs "
        f"{listed([f'{num(c)} dollars to {s}' for c, s in zip(row, shops)])}."
        for side, row in zip(("north", "south"), cost)
    ]
    text = (
        f"Sand is kept in two depots: {num(have[0])} tonnes in the north and {num(have[1])} tonnes in the "
        f"south. {listed([f'{s} needs {num(n)} tonnes' for s, n in zip(shops, need)])}. {' '.join(lines)} "
        "Loads can be of any size. Every shop has to get what it needs. What is the lowest total cost of "
        "transport, in dollars?"
    )
    return text, data


PROBLEMS = (budget_split, workshop_mix, animal_feed, juice_blend, two_depots)
