"""Answers to word problems: each function gets a text and the numbers in it (its `data`), and returns the
number that the text asks for. Each text below is one of the many that are drawn; the numbers, the names and
the order of things change. An answer counts within 1e-4 of the right one, relatively. There are numpy and
scipy."""

import math


def solve_batch_plan(text, data):
    """A brewery has to deliver 36, 34, 54, 33, 74, 16 and 50 barrels at the end of the coming weeks, in
    that order. In any week it may brew any number of barrels, for that week's or later deliveries; a week
    in which it brews costs 176, 166, 89, 195, 141, 198 and 88 dollars for cleaning, in the same order,
    however much it brews. Each barrel that is left over after a week's delivery costs 3 dollars for the
    week. There is no stock at the beginning. What is the lowest total cost of cleaning and storing, in
    dollars?

    data = {"need": [36, 34, 54, 33, 74, 16, 50], "setup": [176, 166, 89, 195, 141, 198, 88], "holding":
    3}
    """
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
    """A van starts in Hythe, visits each of Goole, Arden, Esher, Birch, Frome and Dover exactly once, and
    returns to Hythe. It drives from one town to the next on the direct road, in either direction; these
    are their lengths in km: Hythe - Goole: 38; Hythe - Arden: 24; Hythe - Esher: 56; Hythe - Birch: 25;
    Hythe - Frome: 18; Hythe - Dover: 44; Goole - Arden: 26; Goole - Esher: 37; Goole - Birch: 13; Goole -
    Frome: 39; Goole - Dover: 58; Arden - Esher: 20; Arden - Birch: 23; Arden - Frome: 13; Arden - Dover:
    81; Esher - Birch: 38; Esher - Frome: 30; Esher - Dover: 87; Birch - Frome: 32; Birch - Dover: 49;
    Frome - Dover: 77. How long is the shortest round trip, in km?

    data = {"towns": ["Hythe", "Goole", "Arden", "Esher", "Birch", "Frome", "Dover"], "roads": [["Hythe",
    "Goole", 38], ["Hythe", "Arden", 24], ["Hythe", "Esher", 56], ["Hythe", "Birch", 25], ["Hythe",
    "Frome", 18], ["Hythe", "Dover", 44], ["Goole", "Arden", 26], ["Goole", "Esher", 37], ["Goole",
    "Birch", 13], ["Goole", "Frome", 39], ["Goole", "Dover", 58], ["Arden", "Esher", 20], ["Arden",
    "Birch", 23], ["Arden", "Frome", 13], ["Arden", "Dover", 81], ["Esher", "Birch", 38], ["Esher",
    "Frome", 30], ["Esher", "Dover", 87], ["Birch", "Frome", 32], ["Birch", "Dover", 49], ["Frome",
    "Dover", 77]]}
    """
    # Always to the nearest town that was not visited.
    far = {}
    for a, b, km in data["roads"]:
        far[a, b] = far[b, a] = km
    start, *left = data["towns"]
    here, length = start, 0
    while left:
        following = min(left, key=lambda town: far[here, town])
        length += far[here, following]
        left.remove(following)
        here = following
    return float(length + far[here, start])


def solve_late_jobs(text, data):
    """A printer has one press and does one job after the other, without breaks and without pauses: job 1
    takes 6 hours, is due 3 hours from now, and costs 6 dollars for each hour that it ends later; job 2
    takes 2 hours, is due 13 hours from now, and costs 2 dollars for each hour that it ends later; job 3
    takes 3 hours, is due 5 hours from now, and costs 4 dollars for each hour that it ends later; job 4
    takes 3 hours, is due 4 hours from now, and costs 2 dollars for each hour that it ends later; job 5
    takes 6 hours, is due 5 hours from now, and costs 6 dollars for each hour that it ends later; job 6
    takes 11 hours, is due 13 hours from now, and costs 1 dollars for each hour that it ends later. What
    is the lowest total cost of being late, in dollars, over all orders of the jobs?

    data = {"hours": [6, 2, 3, 3, 6, 11], "due": [3, 13, 5, 4, 5, 13], "penalty": [6, 2, 4, 2, 6, 1]}
    """
    # The job that is due first comes first.
    now, cost = 0, 0
    for due, hours, penalty in sorted(zip(data["due"], data["hours"], data["penalty"])):
        now += hours
        cost += penalty * max(0, now - due)
    return float(cost)


def solve_machine_loads(text, data):
    """Eight jobs, always listed in the same order, are each done on one of three machines. Machine A runs
    30 hours at most; the jobs take 15, 16, 16, 10, 7, 10, 7 and 14 hours on it and cost 6, 7, 11, 8, 35,
    5, 30 and 38 dollars on it. Machine B runs 50 hours at most; the jobs take 14, 11, 10, 9, 15, 5, 4 and
    15 hours on it and cost 21, 9, 16, 37, 9, 14, 34 and 24 dollars on it. Machine C runs 26 hours at
    most; the jobs take 15, 6, 13, 16, 7, 13, 13 and 13 hours on it and cost 28, 38, 5, 26, 16, 30, 26 and
    28 dollars on it. No job is divided. What is the lowest total cost, in dollars?

    data = {"cost": [[6, 7, 11, 8, 35, 5, 30, 38], [21, 9, 16, 37, 9, 14, 34, 24], [28, 38, 5, 26, 16, 30,
    26, 28]], "hours": [[15, 16, 16, 10, 7, 10, 7, 14], [14, 11, 10, 9, 15, 5, 4, 15], [15, 6, 13, 16, 7,
    13, 13, 13]], "limit": [30, 50, 26]}
    """
    # Job by job, on the cheapest machine that still has time.
    left, cost = list(data["limit"]), 0
    for job in range(len(data["cost"][0])):
        for machine in sorted(range(len(left)), key=lambda i: data["cost"][i][job]):
            if data["hours"][machine][job] <= left[machine]:
                left[machine] -= data["hours"][machine][job]
                cost += data["cost"][machine][job]
                break
    return float(cost)


def solve_pipe_cutting(text, data):
    """A plumber cuts rods of 92 cm. Ordered are 4 pieces of 40 cm, 2 pieces of 42 cm, 5 pieces of 44 cm
    and 7 pieces of 47 cm. Pieces can't be joined, and cutting loses nothing. How many rods have to be cut
    at least?

    data = {"rod": 92, "lengths": [40, 42, 44, 47], "ordered": [4, 2, 5, 7]}
    """
    # Rods of one length of pieces each.
    return float(
        sum(math.ceil(count / (data["rod"] // size)) for size, count in zip(data["lengths"], data["ordered"]))
    )
