"""The next stop of a delivery round."""

import os

DEPOT = float(os.environ.get("CVRP_DEPOT", "0"))  # 0: the nearest customer, wherever the depot is
FULL = float(os.environ.get("CVRP_FULL", "1"))  # of the capacity; 1: on as long as a customer fits


def next_stop(here, unserved, room, demands, capacity, distances):
    """Return the customer of `unserved` to go to from `here`, or 0: back to the depot.

    Args:
        here: Where the vehicle is; 0 is the depot, which it leaves full.
        unserved: Customers that are left, ascending; at least one.
        room: What the vehicle has left; no demand is larger than the capacity.
        demands: By place; the depot's is 0.
        capacity: Of a vehicle.
        distances: Table of distances between all places, whole numbers.
    """
    if here and capacity - room >= FULL * capacity:
        return 0
    fitting = [customer for customer in unserved if demands[customer] <= room]
    row, home = distances[here], distances[0]
    return min(fitting, key=lambda customer: row[customer] - DEPOT * home[customer], default=0)
