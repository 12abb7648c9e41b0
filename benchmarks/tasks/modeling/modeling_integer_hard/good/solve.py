"""Answers to word problems: a function gets a text and the numbers in it, and returns what it asks for."""

from itertools import permutations, product


def solve_batch_plan(text, data):
    """The cheapest plan up to each week, by the week of its last batch (Wagner and Whitin 1958)."""
    need, holding = data["need"], data["holding"]
    cheapest = [0]
    for t in range(len(need)):
        costs = []
        for s in range(t + 1):
            stored = sum(holding * (k - s) * need[k] for k in range(s, t + 1))
            costs.append(cheapest[s] + data["setup"][s] + stored)
        cheapest.append(min(costs))
    return float(cheapest[-1])


def solve_round_trip(text, data):
    """Try all orders of the towns."""
    far = {(a, b): d for one, other, d in data["roads"] for a, b in ((one, other), (other, one))}
    start, *others = data["towns"]
    tours = ((start, *order, start) for order in permutations(others))
    return float(min(sum(far[step] for step in zip(tour, tour[1:])) for tour in tours))


def solve_late_jobs(text, data):
    """For each set of jobs that come first: the least cost, by the last one of them."""
    hours, due, penalty = data["hours"], data["due"], data["penalty"]
    best = [0] * 2 ** len(hours)
    for done in range(1, len(best)):
        members = [k for k in range(len(hours)) if done >> k & 1]
        end = sum(hours[k] for k in members)
        best[done] = min(best[done ^ 1 << k] + penalty[k] * max(0, end - due[k]) for k in members)
    return float(best[-1])


def solve_machine_loads(text, data):
    """Job by job: the least cost for each way to have loaded the machines."""
    states = {(0,) * len(data["limit"]): 0}
    for job in range(len(data["cost"][0])):
        following = {}
        for loads, cost in states.items():
            for machine, limit in enumerate(data["limit"]):
                more = list(loads)
                more[machine] += data["hours"][machine][job]
                if more[machine] <= limit:
                    total = cost + data["cost"][machine][job]
                    key = tuple(more)
                    following[key] = min(following.get(key, total), total)
        states = following
    return float(min(states.values()))


def solve_pipe_cutting(text, data):
    """Rod by rod: what can be left to cut, until nothing is."""
    rod, lengths = data["rod"], data["lengths"]
    patterns = []
    for plan in product(*(range(rod // size + 1) for size in lengths)):
        rest = rod - sum(n * size for n, size in zip(plan, lengths))
        if 0 <= rest < min(lengths):
            patterns.append(plan)
    left, rods = {tuple(data["ordered"])}, 0
    while not any(sum(one) == 0 for one in left):
        left = {tuple(max(0, n - cut) for n, cut in zip(one, plan)) for one in left for plan in patterns}
        rods += 1
    return float(rods)
