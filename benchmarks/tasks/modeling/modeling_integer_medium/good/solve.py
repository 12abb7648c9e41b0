"""Answers to word problems: a function gets a text and the numbers in it, and returns what it asks for."""

from itertools import product


def solve_project_choice(text, data):
    """Try all choices."""
    best = 0
    (a, b), (c, d) = data["needs"], data["excludes"]
    for plan in product((0, 1), repeat=len(data["value"])):
        first = sum(n * v for n, v in zip(plan, data["first_year"]))
        second = sum(n * v for n, v in zip(plan, data["second_year"]))
        within = first <= data["first_budget"] and second <= data["second_budget"]
        if within and plan[a - 1] <= plan[b - 1] and plan[c - 1] + plan[d - 1] <= 1:
            best = max(best, sum(n * v for n, v in zip(plan, data["value"])))
    return float(best)


def solve_depot_sites(text, data):
    """For each set of open depots, the cheapest one for each village."""
    costs = []
    for plan in product((0, 1), repeat=len(data["fixed"])):
        opened = [row for row, is_open in zip(data["service"], plan) if is_open]
        if opened:
            fixed = sum(f for f, is_open in zip(data["fixed"], plan) if is_open)
            costs.append(fixed + sum(min(column) for column in zip(*opened)))
    return float(min(costs))


def solve_fire_stations(text, data):
    """Try all sets of sites."""
    districts = {one for covered in data["covers"] for one in covered}
    costs = []
    for plan in product((0, 1), repeat=len(data["cost"])):
        reached = {one for covered, built in zip(data["covers"], plan) if built for one in covered}
        if reached == districts:
            costs.append(sum(c for c, built in zip(data["cost"], plan) if built))
    return float(min(costs))


def solve_ward_shifts(text, data):
    """With a given first shift, each next one is best as small as it can be."""
    needed = data["needed"]
    totals = []
    for first in range(max(needed) + 1):
        shifts = [first]
        for amount in needed[1:-1]:
            shifts.append(max(0, amount - shifts[-1]))
        shifts.append(max(0, needed[-1] - shifts[-1], needed[0] - first))
        totals.append(sum(shifts))
    return float(min(totals))


def solve_parcel_vans(text, data):
    """For each set of parcels: the fewest vans, and then the least load of the last one."""
    weights, limit = data["weights"], data["limit"]
    best = [(1, 0)] + [(len(weights) + 1, 0)] * (2 ** len(weights) - 1)
    for chosen in range(1, len(best)):
        for k, weight in enumerate(weights):
            if chosen >> k & 1:
                vans, load = best[chosen ^ 1 << k]
                state = (vans, load + weight) if load + weight <= limit else (vans + 1, weight)
                best[chosen] = min(best[chosen], state)
    return float(best[-1][0])
