"""Answers to word problems: each function gets a text and the numbers in it (its `data`), and returns the
number that the text asks for. Each text below is one of the many that are drawn; the numbers, the names and
the order of things change. An answer counts within 1e-4 of the right one, relatively. There are numpy and
scipy."""

import math
from itertools import product


def solve_project_choice(text, data):
    """A council chooses projects (numbers in thousand dollars): project 1 is worth 74 and costs 14 in the
    first and 12 in the second year; project 2 is worth 55 and costs 18 in the first and 27 in the second
    year; project 3 is worth 71 and costs 24 in the first and 23 in the second year; project 4 is worth 46
    and costs 9 in the first and 8 in the second year; project 5 is worth 90 and costs 24 in the first and
    20 in the second year; project 6 is worth 31 and costs 30 in the first and 28 in the second year;
    project 7 is worth 34 and costs 13 in the first and 7 in the second year; project 8 is worth 60 and
    costs 18 in the first and 25 in the second year. It can spend 65 in the first and 51 in the second
    year; money does not carry over. Project 5 may only be chosen if project 7 is. Projects 3 and 4
    exclude each other. What is the largest total worth, in thousand dollars?

    data = {"value": [74, 55, 71, 46, 90, 31, 34, 60], "first_year": [14, 18, 24, 9, 24, 30, 13, 18],
    "second_year": [12, 27, 23, 8, 20, 28, 7, 25], "first_budget": 65, "second_budget": 51, "needs": [5,
    7], "excludes": [3, 4]}
    """
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
    """Seven villages are to be served, each by one open depot; a depot can serve any number of them.
    Costs are in thousand dollars. Depot A costs 54 to open, and serving the villages from it costs 32,
    50, 36, 19, 21, 10 and 64, in their order. Depot B costs 51 to open, and serving the villages from it
    costs 47, 60, 56, 11, 13, 16 and 66, in their order. Depot C costs 62 to open, and serving the
    villages from it costs 56, 14, 11, 33, 41, 20 and 37, in their order. Depot D costs 40 to open, and
    serving the villages from it costs 36, 27, 59, 14, 56, 28 and 16, in their order. What is the lowest
    total cost of opening and serving, in thousand dollars?

    data = {"fixed": [54, 51, 62, 40], "service": [[32, 50, 36, 19, 21, 10, 64], [47, 60, 56, 11, 13, 16,
    66], [56, 14, 11, 33, 41, 20, 37], [36, 27, 59, 14, 56, 28, 16]]}
    """
    # One depot alone.
    return float(min(fixed + sum(row) for fixed, row in zip(data["fixed"], data["service"])))


def solve_fire_stations(text, data):
    """A city has districts that are numbered from 1 to 9. Fire stations can be built at these sites
    (costs in thousand dollars): site A costs 46 and reaches the districts 2, 4, 6 and 8; site B costs 52
    and reaches the districts 3, 4, 5 and 8; site C costs 36 and reaches the districts 2, 5 and 8; site D
    costs 27 and reaches the districts 2 and 8; site E costs 29 and reaches the districts 5, 6 and 7; site
    F costs 38 and reaches the districts 1, 2, 6 and 7; site G costs 45 and reaches the districts 4, 6 and
    7; site H costs 60 and reaches the districts 2, 7, 8 and 9. Every district has to be reached by at
    least one station. What is the lowest total cost, in thousand dollars?

    data = {"cost": [46, 52, 36, 27, 29, 38, 45, 60], "covers": [[2, 4, 6, 8], [3, 4, 5, 8], [2, 5, 8],
    [2, 8], [5, 6, 7], [1, 2, 6, 7], [4, 6, 7], [2, 7, 8, 9]]}
    """
    # The cheapest site for each district, one after the other.
    missing = {one for covered in data["covers"] for one in covered}
    cost = 0
    for price, covered in sorted(zip(data["cost"], data["covers"])):
        if missing.intersection(covered):
            cost += price
            missing.difference_update(covered)
    return float(cost)


def solve_ward_shifts(text, data):
    """A hospital ward divides each day into six periods of equal length, from midnight to midnight. In
    these, in order, it needs at least 19, 15, 18, 3, 4 and 7 nurses. A nurse begins at the start of any
    period and works this one and the next; who begins with the last period of a day goes on in the first
    one of the next day. Every day is the same. How many nurses are needed in a day at least?

    data = {"needed": [19, 15, 18, 3, 4, 7]}
    """
    # Each nurse works two periods.
    return float(math.ceil(sum(data["needed"]) / 2))


def solve_parcel_vans(text, data):
    """Parcels of 62, 47, 30, 66, 38, 21, 61, 32 and 64 kg are to be driven to the airport. A van carries
    at most 99 kg, drives once, and parcels are not divided. How many vans are needed at least?

    data = {"weights": [62, 47, 30, 66, 38, 21, 61, 32, 64], "limit": 99}
    """
    # In order, with a new van where the next parcel is too much.
    vans, load = 1, 0
    for weight in data["weights"]:
        if load + weight > data["limit"]:
            vans, load = vans + 1, 0
        load += weight
    return float(vans)
