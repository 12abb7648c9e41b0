"""Answers to word problems: a function gets a text and the numbers in it, and returns what it asks for."""

from itertools import permutations, product


def solve_crew_tasks(text, data):
    """Try all orders of the jobs."""
    hours = data["hours"]
    orders = permutations(range(len(hours)))
    return float(min(sum(hours[i][j] for i, j in enumerate(order)) for order in orders))


def solve_rucksack(text, data):
    """The largest worth for each weight."""
    best = [0] * (data["limit"] + 1)
    for weight, worth in zip(data["weight"], data["worth"]):
        for total in range(data["limit"], weight - 1, -1):
            best[total] = max(best[total], best[total - weight] + worth)
    return float(best[-1])


def solve_school_trip(text, data):
    """Try all numbers of each kind of bus."""
    costs = []
    for plan in product(*(range(fleet + 1) for fleet in data["fleet"])):
        seats = sum(n * s for n, s in zip(plan, data["seats"]))
        if seats >= data["pupils"] and sum(plan) <= data["drivers"]:
            costs.append(sum(n * c for n, c in zip(plan, data["cost"])))
    return float(min(costs))


def solve_bulk_buy(text, data):
    """Try all numbers of packs of each size."""
    costs = []
    for plan in product(range(data["room"] + 1), repeat=len(data["sizes"])):
        jars = sum(n * s for n, s in zip(plan, data["sizes"]))
        if jars >= data["needed"] and sum(plan) <= data["room"]:
            costs.append(sum(n * p for n, p in zip(plan, data["price"])))
    return float(min(costs))


def solve_whole_mix(text, data):
    """For each number of gates as many lamps as there can be."""
    best = 0
    for gates in range(data["steel_available"] // data["steel"][0] + 1):
        steel = data["steel_available"] - gates * data["steel"][0]
        hours = data["hours_available"] - gates * data["hours"][0]
        lamps = min(steel // data["steel"][1], hours // data["hours"][1])
        if lamps >= data["least_second"]:
            best = max(best, gates * data["profit"][0] + lamps * data["profit"][1])
    return float(best)
