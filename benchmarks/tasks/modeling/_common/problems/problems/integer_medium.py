"""Choices of yes and no that depend on each other."""

from __future__ import annotations

from .wording import num, nums


def project_choice(draw):
    """Projects with a budget in two years, one that needs another, two that exclude each other."""
    count = 8
    value = [draw.randint(20, 90) for _ in range(count)]
    first, second = ([draw.randint(5, 30) for _ in range(count)] for _ in range(2))
    a, b, c, d = draw.sample(range(count), 4)
    data = {
        "value": value,
        "first_year": first,
        "second_year": second,
        "first_budget": draw.randint(50, 80),
        "second_budget": draw.randint(50, 80),
        "needs": [a + 1, b + 1],
        "excludes": [c + 1, d + 1],
    }
    each = "; ".join(
        f"project {k + 1} is worth {num(value[k])} and costs {num(first[k])} in the first and "
        f"{num(second[k])} in the second year"
        for k in range(count)
    )
    text = (
        f"A council chooses projects (numbers in thousand dollars): {each}. It can spend "
        f"{num(data['first_budget'])} in the first and {num(data['second_budget'])} in the second year; "
        f"money does not carry over. Project {a + 1} may only be chosen if project {b + 1} is. Projects "
        f"{c + 1} and {d + 1} exclude each other. What is the largest total worth, in thousand dollars?"
    )
    return text, data


def depot_sites(draw):
    """Sites with fixed costs, customers with costs of service."""
    fixed = [draw.randint(20, 70) for _ in range(4)]
    service = [[draw.randint(8, 70) for _ in range(7)] for _ in fixed]
    each = " ".join(
        f"Depot {'ABCD'[i]} costs {num(fixed[i])} to open, and serving the villages from it costs "
        f"{nums(service[i])}, in their order."
        for i in range(4)
    )
    text = (
        "Seven villages are to be served, each by one open depot; a depot can serve any number of them. "
        f"Costs are in thousand dollars. {each} What is the lowest total cost of opening and serving, in "
        "thousand dollars?"
    )
    return text, {"fixed": fixed, "service": service}


def fire_stations(draw):
    """A cover of districts at the least cost."""
    districts, count = 9, 8
    covers = [sorted(draw.sample(range(1, districts + 1), draw.randint(2, 4))) for _ in range(count)]
    for number in range(1, districts + 1):
        if not any(number in one for one in covers):
            place = draw.randrange(count)
            covers[place] = sorted([*covers[place], number])
    data = {"cost": [draw.randint(20, 60) for _ in covers], "covers": covers}
    each = "; ".join(
        f"site {'ABCDEFGH'[k]} costs {num(data['cost'][k])} and reaches the districts {nums(covers[k])}"
        for k in range(count)
    )
    text = (
        f"A city has districts that are numbered from 1 to {districts}. Fire stations can be built at these "
        f"sites (costs in thousand dollars): {each}. Every district has to be reached by at least one "
        "station. What is the lowest total cost, in thousand dollars?"
    )
    return text, data


def ward_shifts(draw):
    """Workers over a day's periods, two in a row each."""
    data = {"needed": [draw.randint(3, 20) for _ in range(6)]}
    text = (
        "A hospital ward divides each day into six periods of equal length, from midnight to midnight. In "
        f"these, in order, it needs at least {nums(data['needed'])} nurses. A nurse begins at the start of "
        "any period and works this one and the next; who begins with the last period of a day goes on in "
        "the first one of the next day. Every day is the same. How many nurses are needed in a day at least?"
    )
    return text, data


def parcel_vans(draw):
    """The fewest vans for parcels."""
    data = {"weights": [draw.randint(15, 70) for _ in range(9)], "limit": draw.randint(95, 120)}
    text = (
        f"Parcels of {nums(data['weights'])} kg are to be driven to the airport. A van carries at most "
        f"{num(data['limit'])} kg, drives once, and parcels are not divided. How many vans are needed at "
        "least?"
    )
    return text, data


PROBLEMS = (project_choice, depot_sites, fire_stations, ward_shifts, parcel_vans)
