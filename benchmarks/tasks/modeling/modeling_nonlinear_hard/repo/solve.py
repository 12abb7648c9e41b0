"""Answers to word problems: each function gets a text and the numbers in it (its `data`), and returns the
number that the text asks for. Each text below is one of the many that are drawn; the numbers, the names and
the order of things change. An answer counts within 1e-4 of the right one, relatively. There are numpy and
scipy."""

import math


def solve_price_breaks(text, data):
    """A plant uses 4854 valves a year, evenly, and orders them in lots of one size, which may be a
    fraction. An order costs 111 dollars. A valve costs 19.94 dollars in lots below 417, 18.91 dollars in
    lots from there to below 1428, and 18.01 dollars in lots from there on; the price holds for the whole
    lot. On average half a lot is in stock, and a valve in stock costs 18 per cent of its price a year.
    What is the lowest cost of a year for orders, valves and stock, in dollars?

    data = {"demand": 4854, "order_cost": 111, "holding_percent": 18, "prices": [19.94, 18.91, 18.01],
    "breaks": [417, 1428]}
    """
    demand, costs = data["demand"], []
    lows, highs = [0, *data["breaks"]], [*data["breaks"], math.inf]
    for price, low, high in zip(data["prices"], lows, highs):
        stock = price * data["holding_percent"] / 100
        lot = max(low, math.sqrt(2 * demand * data["order_cost"] / stock))
        if lot < high:
            costs.append(demand / lot * data["order_cost"] + demand * price + lot / 2 * stock)
    return min(costs)


def solve_spare_parts(text, data):
    """A pump has four stages, each with one or more equal parts side by side. A stage works if at least
    one of its parts does, and the pump works if all stages do; parts fail independently. Costs are in
    thousand dollars: a part of stage 1 works with chance 0.61 and costs 5; a part of stage 2 works with
    chance 0.61 and costs 12; a part of stage 3 works with chance 0.91 and costs 5; a part of stage 4
    works with chance 0.66 and costs 9. A stage has at most 5 parts, and all parts together cost at most
    75. What is the largest chance that the pump works?

    data = {"chance": [0.61, 0.61, 0.91, 0.66], "cost": [5, 12, 5, 9], "most": 5, "budget": 75}
    """
    # Two parts in each stage.
    return math.prod(1 - (1 - chance) ** 2 for chance in data["chance"])


def solve_whole_revenue(text, data):
    """A studio makes x vases and y bowls, whole numbers. A vase sells at 84 - 2.98 x - 0.5 y dollars, a
    bowl at 146 - 1.24 y - 0.5 x dollars, and all are sold at these prices. A vase takes 5 hours and a
    bowl 6 hours; there are 159 hours. If any bowls are made, a mould for 667 dollars is needed, once.
    What is the largest income (sales less the mould), in dollars?

    data = {"price": [84, 146], "drop": [2.98, 1.24], "cross": 0.5, "hours": [5, 6], "available": 159,
    "setup": 667}
    """
    # Vases alone.
    most = data["available"] // data["hours"][0]
    count = min(most, round(data["price"][0] / (2 * data["drop"][0])))
    return count * (data["price"][0] - data["drop"][0] * count)


def solve_radio_mast(text, data):
    """A radio mast can stand anywhere. It has to reach farms at these places (km east, km north): (69,
    65), (13, 16), (34, 32), (61, 69), (46, 3), (13, 74), (41, 45). Which range, in km, does it need at
    least?

    data = {"farms": [[69, 65], [13, 16], [34, 32], [61, 69], [46, 3], [13, 74], [41, 45]]}
    """
    # In the middle of a rectangle around the farms.
    east, north = zip(*data["farms"])
    middle = ((min(east) + max(east)) / 2, (min(north) + max(north)) / 2)
    return max(math.dist(middle, farm) for farm in data["farms"])


def solve_pipeline_route(text, data):
    """A pipeline leads from a well in the south to a port in the north through strips of land that run
    exactly west to east, one after the other from south to north (costs in thousand dollars per km of
    pipe): marsh, 12 km wide, 32 per km; heath, 4 km wide, 43 per km; rock, 12 km wide, 39 per km; sand,
    12 km wide, 38 per km. The well lies on the southern edge of the first strip, the port on the northern
    edge of the last one, 13 km farther east than the well. In each strip the pipe is straight. What does
    the cheapest pipeline cost, in thousand dollars?

    data = {"width": [12, 4, 12, 12], "cost": [32, 43, 39, 38], "shift": 13}
    """
    # Straight to the port.
    length = math.hypot(data["shift"], sum(data["width"]))
    return length * sum(c * w for c, w in zip(data["cost"], data["width"])) / sum(data["width"])
