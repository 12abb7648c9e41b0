"""Orders, tours, lots and patterns."""

from __future__ import annotations

from .wording import listed, num, nums


def batch_plan(draw):
    """Lots with a cost of setting up."""
    need = [draw.randint(10, 80) for _ in range(7)]
    data = {"need": need, "setup": [draw.randint(60, 200) for _ in need], "holding": draw.randint(1, 4)}
    text = (
        f"A brewery has to deliver {nums(need)} barrels at the end of the coming weeks, in that order. In "
        "any week it may brew any number of barrels, for that week's or later deliveries; a week in which "
        f"it brews costs {nums(data['setup'])} dollars for cleaning, in the same order, however much it "
        f"brews. Each barrel that is left over after a week's delivery costs {num(data['holding'])} dollars "
        "for the week. There is no stock at the beginning. What is the lowest total cost of cleaning and "
        "storing, in dollars?"
    )
    return text, data


def round_trip(draw):
    """A tour through towns with given distances."""
    names = draw.sample(["Arden", "Birch", "Corby", "Dover", "Esher", "Frome", "Goole", "Hythe"], 7)
    places = [(draw.uniform(0, 60), draw.uniform(0, 60)) for _ in names]
    roads = []
    for i, (x, y) in enumerate(places):
        for j in range(i + 1, len(names)):
            far = ((x - places[j][0]) ** 2 + (y - places[j][1]) ** 2) ** 0.5
            roads.append([names[i], names[j], max(2, round(far * draw.uniform(1, 1.5)))])
    each = "; ".join(f"{a} - {b}: {num(d)}" for a, b, d in roads)
    text = (
        f"A van starts in {names[0]}, visits each of {listed(names[1:])} exactly once, and returns to "
        f"{names[0]}. It drives from one town to the next on the direct road, in either direction; these are "
        f"their lengths in km: {each}. How long is the shortest round trip, in km?"
    )
    return text, {"towns": names, "roads": roads}


def late_jobs(draw):
    """One machine, due dates, costs of being late."""
    count = 6
    hours = [draw.randint(2, 12) for _ in range(count)]
    due = [draw.randint(3, max(4, sum(hours) // 2)) for _ in hours]  # so that one is late in any order
    data = {"hours": hours, "due": due, "penalty": [draw.randint(1, 9) for _ in hours]}
    each = "; ".join(
        f"job {k + 1} takes {num(hours[k])} hours, is due {num(due[k])} hours from now, and costs "
        f"{num(data['penalty'][k])} dollars for each hour that it ends later"
        for k in range(count)
    )
    text = (
        "A printer has one press and does one job after the other, without breaks and without pauses: "
        f"{each}. What is the lowest total cost of being late, in dollars, over all orders of the jobs?"
    )
    return text, data


def machine_loads(draw):
    """Jobs to machines of limited time."""
    cost = [[draw.randint(5, 40) for _ in range(8)] for _ in range(3)]
    hours = [[draw.randint(4, 16) for _ in range(8)] for _ in range(3)]
    plan = [draw.randrange(3) for _ in range(8)]
    limit = [
        max(20, sum(hours[i][j] for j in range(8) if plan[j] == i) + draw.randint(0, 4)) for i in range(3)
    ]
    data = {"cost": cost, "hours": hours, "limit": limit}
    each = " ".join(
        f"Machine {'ABC'[i]} runs {num(limit[i])} hours at most; the jobs take {nums(hours[i])} hours on it "
        f"and cost {nums(cost[i])} dollars on it."
        for i in range(3)
    )
    text = (
        f"Eight jobs, always listed in the same order, are each done on one of three machines. {each} No job "
        "is divided. What is the lowest total cost, in dollars?"
    )
    return text, data


def pipe_cutting(draw):
    """The fewest rods for ordered pieces."""
    lengths = sorted(draw.sample(range(12, 50), 4))
    data = {
        "rod": draw.randint(85, 110),
        "lengths": lengths,
        "ordered": [draw.randint(2, 7) for _ in lengths],
    }
    each = listed([f"{num(n)} pieces of {num(size)} cm" for n, size in zip(data["ordered"], lengths)])
    text = (
        f"A plumber cuts rods of {num(data['rod'])} cm. Ordered are {each}. Pieces can't be joined, and "
        "cutting loses nothing. How many rods have to be cut at least?"
    )
    return text, data


PROBLEMS = (batch_plan, round_trip, late_jobs, machine_loads, pipe_cutting)
