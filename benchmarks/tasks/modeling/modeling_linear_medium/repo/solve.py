"""Answers to word problems: each function gets a text and the numbers in it (its `data`), and returns the
number that the text asks for. Each text below is one of the many that are drawn; the numbers, the names and
the order of things change. An answer counts within 1e-4 of the right one, relatively. There are numpy and
scipy."""


def solve_power_dispatch(text, data):
    """A grid has to supply exactly 442 MWh in an hour from its plants. Plant 1 gives up to 57 MWh at 36
    dollars each, and up to 80 MWh more at 70 dollars each. Plant 2 gives up to 59 MWh at 31 dollars each,
    and up to 118 MWh more at 59 dollars each. Plant 3 gives up to 122 MWh at 31 dollars each, and up to
    63 MWh more at 40 dollars each. Plant 4 gives up to 69 MWh at 19 dollars each, and up to 42 MWh more
    at 25 dollars each. Any fraction can be generated. What is the lowest total cost, in dollars?

    data = {"first_block": [57, 59, 122, 69], "second_block": [80, 118, 63, 42], "first_cost": [36, 31,
    31, 19], "second_cost": [70, 59, 40, 25], "demand": 442}
    """
    blocks = sorted(zip(data["first_cost"] + data["second_cost"], data["first_block"] + data["second_block"]))
    cost, left = 0, data["demand"]
    for price, size in blocks:
        cost += price * min(size, left)
        left -= min(size, left)
    return float(cost)


def solve_grain_transport(text, data):
    """Four mills, called W, X, Y and Z, need 81, 89, 62 and 65 tonnes of grain, in that order. Silo A
    holds 103 tonnes, and a tonne from it costs 15.48, 17.28, 15.53 and 17.6 dollars to the mills in that
    order. Silo B holds 113 tonnes, and a tonne from it costs 18.03, 16.35, 14.86 and 22.89 dollars to the
    mills in that order. Silo C holds 104 tonnes, and a tonne from it costs 23.1, 4.17, 13.96 and 8.53
    dollars to the mills in that order. Loads can be of any size; each mill gets exactly what it needs.
    What is the lowest total cost of transport, in dollars?

    data = {"need": [81, 89, 62, 65], "have": [103, 113, 104], "cost": [[15.48, 17.28, 15.53, 17.6],
    [18.03, 16.35, 14.86, 22.89], [23.1, 4.17, 13.96, 8.53]]}
    """
    # Mill by mill, from the nearest silo while it lasts.
    have, cost = list(data["have"]), 0
    for mill, need in enumerate(data["need"]):
        for silo in sorted(range(len(have)), key=lambda i: data["cost"][i][mill]):
            load = min(need, have[silo])
            cost += load * data["cost"][silo][mill]
            have[silo] -= load
            need -= load
    return float(cost)


def solve_monthly_plan(text, data):
    """A factory has orders of 77, 109, 85, 79, 108 and 48 units in the next months, one number a month,
    in order. Making a unit costs 45, 57, 40, 37, 43 and 54 dollars in those months. In each month at most
    130 units can be made. A unit that is still in stock at the end of a month costs 2 dollars for that
    month. Now there are 11 units in stock. Orders have to be met in their month, from stock or from what
    is made in it; stock at the end of the last month costs the same and is worth nothing. Amounts may be
    fractions. What is the lowest total cost of making and holding, in dollars?

    data = {"need": [77, 109, 85, 79, 108, 48], "unit_cost": [45, 57, 40, 37, 43, 54], "capacity": 130,
    "holding": 2, "first_stock": 11}
    """
    # Each month makes what it needs.
    stock, cost = data["first_stock"], 0
    for need, unit_cost in zip(data["need"], data["unit_cost"]):
        cost += (need - min(stock, need)) * unit_cost
        stock -= min(stock, need)
    return float(cost)


def solve_oil_blend(text, data):
    """A refinery blends one product: oil 1 costs 131 dollars a tonne, has hardness 8.9, and 141 tonnes of
    it can be bought; oil 2 costs 154 dollars a tonne, has hardness 5.7, and 139 tonnes of it can be
    bought; oil 3 costs 98 dollars a tonne, has hardness 8.1, and 213 tonnes of it can be bought; oil 4
    costs 157 dollars a tonne, has hardness 4.3, and 100 tonnes of it can be bought. A tonne of the
    product sells for 210 dollars and weighs as much as the oils in it. Its hardness is the average of its
    oils' by weight and has to lie between 6.2 and 7.3. The refinery can blend at most 289 tonnes, and
    sells all of it. What is the largest profit (sales less the cost of the oils), in dollars?

    data = {"hardness": [8.9, 5.7, 8.1, 4.3], "cost": [131, 154, 98, 157], "stock": [141, 139, 213, 100],
    "price": 210, "least_hardness": 6.2, "most_hardness": 7.3, "capacity": 289}
    """
    # The same amount of each oil.
    each = min(*data["stock"], data["capacity"] / len(data["stock"]))
    return float(sum(each * (data["price"] - cost) for cost in data["cost"]))


def solve_fair_share(text, data):
    """A town has 53 thousand dollars for its schools. North has 52 points now and gains 2.48 points with
    each thousand dollars; Hill has 43 points now and gains 2.09 points with each thousand dollars; West
    has 44 points now and gains 1.99 points with each thousand dollars; South has 41 points now and gains
    0.47 points with each thousand dollars; East has 64 points now and gains 2.47 points with each
    thousand dollars. Any fraction of a thousand dollars can be given, but at most 30 thousand to one
    school. The town wants the school with the fewest points to have as many points as possible
    afterwards. How many points will that be?

    data = {"schools": ["North", "Hill", "West", "South", "East"], "now": [52, 43, 44, 41, 64], "gain":
    [2.48, 2.09, 1.99, 0.47, 2.47], "budget": 53, "most": 30}
    """
    # The same amount for each school.
    each = min(data["most"], data["budget"] / len(data["now"]))
    return min(now + gain * each for now, gain in zip(data["now"], data["gain"]))
