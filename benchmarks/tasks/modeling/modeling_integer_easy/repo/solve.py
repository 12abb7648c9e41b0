"""Answers to word problems: each function gets a text and the numbers in it (its `data`), and returns the
number that the text asks for. Each text below is one of the many that are drawn; the numbers, the names and
the order of things change. An answer counts within 1e-4 of the right one, relatively. There are numpy and
scipy."""

import math
from itertools import permutations


def solve_crew_tasks(text, data):
    """Dan, Cleo, Ben and Eve share four jobs; each of them does exactly one. Dan needs 40 hours for job
    1, 36 hours for job 2, 15 hours for job 3 and 24 hours for job 4. Cleo needs 40 hours for job 1, 24
    hours for job 2, 28 hours for job 3 and 37 hours for job 4. Ben needs 31 hours for job 1, 19 hours for
    job 2, 11 hours for job 3 and 16 hours for job 4. Eve needs 12 hours for job 1, 11 hours for job 2, 39
    hours for job 3 and 10 hours for job 4. What is the smallest possible sum of their hours?

    data = {"names": ["Dan", "Cleo", "Ben", "Eve"], "hours": [[40, 36, 15, 24], [40, 24, 28, 37], [31, 19,
    11, 16], [12, 11, 39, 10]]}
    """
    hours = data["hours"]
    orders = permutations(range(len(hours)))
    return float(min(sum(hours[i][j] for i, j in enumerate(order)) for order in orders))


def solve_rucksack(text, data):
    """A hiker chooses what to carry. radio: 16 kg, worth 48; stove: 18 kg, worth 19; lamp: 10 kg, worth
    28; tent: 14 kg, worth 28; camera: 20 kg, worth 31; map case: 4 kg, worth 56; rope: 18 kg, worth 45.
    There is one of each, and it is carried whole or left. The load may weigh at most 46 kg. What is the
    largest worth that can be carried?

    data = {"things": ["radio", "stove", "lamp", "tent", "camera", "map case", "rope"], "weight": [16, 18,
    10, 14, 20, 4, 18], "worth": [48, 19, 28, 28, 31, 56, 45], "limit": 46}
    """
    # The things of most worth a kilogram first.
    load, worth = 0, 0
    things = sorted(zip(data["weight"], data["worth"]), key=lambda thing: -thing[1] / thing[0])
    for weight, value in things:
        if load + weight <= data["limit"]:
            load += weight
            worth += value
    return float(worth)


def solve_school_trip(text, data):
    """A school takes 199 pupils on a trip: a van has 11 seats and costs 134 dollars, and there are 7 of
    them; a small bus has 29 seats and costs 264 dollars, and there are 5 of them; a coach has 47 seats
    and costs 452 dollars, and there are 8 of them. Each needs a driver, who takes no seat; there are 7
    drivers. What does it cost at least to have a seat for every pupil, in dollars?

    data = {"seats": [11, 29, 47], "cost": [134, 264, 452], "fleet": [7, 5, 8], "pupils": 199, "drivers":
    7}
    """
    # Large ones first.
    left, cost = data["pupils"], 0
    for seats, price, fleet in sorted(zip(data["seats"], data["cost"], data["fleet"]), reverse=True):
        count = min(fleet, max(0, math.ceil(left / seats)))
        cost += count * price
        left -= count * seats
    return float(cost)


def solve_bulk_buy(text, data):
    """A kitchen needs at least 72 jars. The shop sells packs of 6 for 10 dollars, packs of 11 for 22
    dollars and packs of 12 for 27 dollars, any number of each, but the van has room for 11 packs,
    whatever their size. Packs are not opened. What does it cost at least, in dollars?

    data = {"sizes": [6, 11, 12], "price": [10, 22, 27], "needed": 72, "room": 11}
    """
    # One size alone.
    costs = [price * math.ceil(data["needed"] / size) for size, price in zip(data["sizes"], data["price"])]
    return float(min(costs))


def solve_whole_mix(text, data):
    """A smith makes gates and lamps. A gate takes 11 kg of steel and 3 hours and earns 82 dollars; a lamp
    takes 8 kg and 9 hours and earns 32 dollars. There are 76 kg of steel and 52 hours. At least 1 lamps
    are ordered. Only whole pieces are made. What can the smith earn at most, in dollars?

    data = {"profit": [82, 32], "steel": [11, 8], "hours": [3, 9], "steel_available": 76,
    "hours_available": 52, "least_second": 1}
    """
    # The lamps that have to be made, and gates with the rest.
    lamps = data["least_second"]
    gates = min(
        (data["steel_available"] - lamps * data["steel"][1]) // data["steel"][0],
        (data["hours_available"] - lamps * data["hours"][1]) // data["hours"][0],
    )
    return float(gates * data["profit"][0] + lamps * data["profit"][1])
