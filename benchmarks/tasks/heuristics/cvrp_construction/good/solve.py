"""The next stop of a delivery round: the first one of a plan by savings for all customers that are left."""


def next_stop(here, unserved, room, demands, capacity, distances):
    """Return the customer of `unserved` to go to from `here`, or 0: back to the depot.

    Joins rounds by savings (G. Clarke and J. W. Wright, "Scheduling of vehicles from a central depot to a
    number of delivery points", 1964). The round that the vehicle is on takes part: it can only be joined at
    `here`.

    Args:
        here: Where the vehicle is; 0 is the depot, which it leaves full.
        unserved: Customers that are left, ascending; at least one.
        room: What the vehicle has left; no demand is larger than the capacity.
        demands: By place; the depot's is 0.
        capacity: Of a vehicle.
        distances: Table of distances between all places, whole numbers.
    """
    places = (*unserved, here) if here else unserved
    rounds = {customer: [customer] for customer in unserved}
    loads = {customer: demands[customer] for customer in unserved}
    if here:
        # The depot stands for what lies behind the vehicle: nothing is joined at that end.
        rounds[here], loads[here] = [0, here], capacity - room
    owner = {place: place for place in places}
    for _, one, other in _savings(places, distances):
        first, second = owner[one], owner[other]
        if first == second or loads[first] + loads[second] > capacity:
            continue
        joined = _joined(rounds[first], one, rounds[second], other)
        if joined:
            loads[first] += loads.pop(second)
            del rounds[second]
            rounds[first] = joined
            for place in joined:
                if place:
                    owner[place] = first
    if not here:
        longest = max(rounds.values(), key=lambda stops: max(distances[0][stop] for stop in stops))
        return longest[0]
    path = rounds[owner[here]]
    if path[-1] == 0:
        path.reverse()
    return path[2] if len(path) > 2 else 0


def _savings(places, distances):
    """Return what joining each two places saves, the largest saving first."""
    home = distances[0]
    found = [
        (home[one] + home[other] - distances[one][other], one, other)
        for number, one in enumerate(places)
        for other in places[:number]
    ]
    return sorted((saving for saving in found if saving[0] > 0), reverse=True)


def _joined(first, one, second, other):
    """Return two rounds joined by the way between `one` and `other`, None where one of them is no end."""
    if first[-1] != one:
        first = first[::-1]
    if second[0] != other:
        second = second[::-1]
    return first + second if first[-1] == one and second[0] == other else None
