"""Answers to word problems: each function gets a text and the numbers in it (its `data`), and returns the
number that the text asks for. Each text below is one of the many that are drawn; the numbers, the names and
the order of things change. An answer counts within 1e-4 of the right one, relatively. There are numpy and
scipy."""


def solve_budget_split(text, data):
    """A theatre advertises on radio, posters, cinema and search engines. A dollar spent on radio reaches
    34 people, and between 310 and 1361 dollars have to be spent there; a dollar spent on posters reaches
    56 people, and between 185 and 1333 dollars have to be spent there; a dollar spent on cinema reaches
    42 people, and between 377 and 1635 dollars have to be spent there; a dollar spent on search engines
    reaches 19 people, and between 327 and 1379 dollars have to be spent there. At most 2444 dollars may
    be spent in all, and any fraction of a dollar can be. Nobody is reached twice. How many people can be
    reached at most? (The answer may be a fraction.)

    data = {"channels": ["radio", "posters", "cinema", "search engines"], "reach": [34, 56, 42, 19],
    "least": [310, 185, 377, 327], "most": [1361, 1333, 1635, 1379], "budget": 2444}
    """
    spent = list(data["least"])
    left = data["budget"] - sum(spent)
    for k in sorted(range(len(spent)), key=lambda k: -data["reach"][k]):
        more = min(left, data["most"][k] - spent[k])
        spent[k] += more
        left -= more
    return float(sum(r * s for r, s in zip(data["reach"], spent)))


def solve_workshop_mix(text, data):
    """A workshop makes tables, beds and stools: one table takes 12 boards and 2 hours of work and earns
    70 dollars; one bed takes 2 boards and 6 hours of work and earns 34 dollars; one stool takes 8 boards
    and 5 hours of work and earns 72 dollars. This month it has 163 boards and 144 hours of work. Pieces
    need not be finished: amounts may be fractions. What is the largest amount in dollars that it can
    earn?

    data = {"products": ["table", "bed", "stool"], "profit": [70, 34, 72], "boards": [12, 2, 8], "hours":
    [2, 6, 5], "boards_available": 163, "hours_available": 144}
    """
    # One product alone, the best one.
    pieces = [
        min(data["boards_available"] / boards, data["hours_available"] / hours)
        for boards, hours in zip(data["boards"], data["hours"])
    ]
    return max(profit * count for profit, count in zip(data["profit"], pieces))


def solve_animal_feed(text, data):
    """A farmer mixes feed for a day. A kilogram of barley costs 0.64 dollars and holds 308 g of protein
    and 22 g of fat; a kilogram of bran costs 0.53 dollars and holds 62 g of protein and 60 g of fat; a
    kilogram of oats costs 0.58 dollars and holds 208 g of protein and 47 g of fat. The herd needs at
    least 4859 g of protein and at least 1079 g of fat; more of either does no harm, and the total weight
    does not matter. Any amount of each feed can be bought. What does the cheapest mix cost, in dollars?

    data = {"feeds": ["barley", "bran", "oats"], "cost": [0.64, 0.53, 0.58], "protein": [308, 62, 208],
    "fat": [22, 60, 47], "protein_needed": 4859, "fat_needed": 1079}
    """
    # One feed alone, the cheapest one.
    kilograms = [
        max(data["protein_needed"] / protein, data["fat_needed"] / fat)
        for protein, fat in zip(data["protein"], data["fat"])
    ]
    return min(cost * amount for cost, amount in zip(data["cost"], kilograms))


def solve_juice_blend(text, data):
    """A drinks maker blends exactly 1198 litres of juice from mango base, grape base and peach base:
    mango base costs 1.21 dollars a litre, is 31 per cent fruit, and there are 607 litres of it; grape
    base costs 1.49 dollars a litre, is 21 per cent fruit, and there are 893 litres of it; peach base
    costs 0.94 dollars a litre, is 53 per cent fruit, and there are 546 litres of it. The blend has to be
    at least 33 per cent fruit by volume; volumes add up. What is the lowest possible cost of the blend,
    in dollars?

    data = {"bases": ["mango base", "grape base", "peach base"], "cost": [1.21, 1.49, 0.94], "fruit": [31,
    21, 53], "stock": [607, 893, 546], "litres": 1198, "fruit_needed": 33}
    """
    # All bases in the proportion of their stocks.
    part = data["litres"] / sum(data["stock"])
    return part * sum(c * s for c, s in zip(data["cost"], data["stock"]))


def solve_two_depots(text, data):
    """Sand is kept in two depots: 44 tonnes in the north and 74 tonnes in the south. Denholm needs 25
    tonnes, Borden needs 49 tonnes and Elton needs 25 tonnes. From the north depot a tonne costs 10
    dollars to Denholm, 20 dollars to Borden and 23 dollars to Elton. From the south depot a tonne costs
    13 dollars to Denholm, 24 dollars to Borden and 16 dollars to Elton. Loads can be of any size. Every
    shop has to get what it needs. What is the lowest total cost of transport, in dollars?

    data = {"shops": ["Denholm", "Borden", "Elton"], "need": [25, 49, 25], "have": [44, 74], "cost": [[10,
    20, 23], [13, 24, 16]]}
    """
    # Shop by shop, from the nearer depot while it lasts.
    have, cost = list(data["have"]), 0
    for shop, need in enumerate(data["need"]):
        for depot in sorted(range(2), key=lambda i: data["cost"][i][shop]):
            load = min(need, have[depot])
            cost += load * data["cost"][depot][shop]
            have[depot] -= load
            need -= load
    return float(cost)
