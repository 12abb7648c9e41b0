"""Breaks, whole numbers and several low points."""

from __future__ import annotations

from .wording import cents, num


def price_breaks(draw):
    """Order quantities with discounts for all units."""
    first = cents(draw, 10, 20)
    second = round(first * draw.uniform(0.94, 0.985), 2)
    third = round(second * draw.uniform(0.94, 0.985), 2)
    data = {
        "demand": draw.randint(1500, 6000),
        "order_cost": draw.randint(40, 120),
        "holding_percent": draw.randint(15, 30),
        "prices": [first, second, third],
        "breaks": [draw.randint(300, 600), draw.randint(900, 2000)],
    }
    text = (
        f"A plant uses {num(data['demand'])} valves a year, evenly, and orders them in lots of one size, "
        f"which may be a fraction. An order costs {num(data['order_cost'])} dollars. A valve costs "
        f"{num(first)} dollars in lots below {num(data['breaks'][0])}, {num(second)} dollars in lots from "
        f"there to below {num(data['breaks'][1])}, and {num(third)} dollars in lots from there on; the price "
        "holds for the whole lot. On average half a lot is in stock, and a valve in stock costs "
        f"{num(data['holding_percent'])} per cent of its price a year. What is the lowest cost of a year for "
        "orders, valves and stock, in dollars?"
    )
    return text, data


def spare_parts(draw):
    """Redundant parts under a budget."""
    chance = [cents(draw, 0.6, 0.92) for _ in range(4)]
    cost = [draw.randint(3, 12) for _ in chance]
    data = {"chance": chance, "cost": cost, "most": 5, "budget": sum(cost) * 2 + draw.randint(0, 14)}
    each = "; ".join(
        f"a part of stage {k + 1} works with chance {num(chance[k])} and costs {num(cost[k])}"
        for k in range(4)
    )
    text = (
        "A pump has four stages, each with one or more equal parts side by side. A stage works if at least "
        "one of its parts does, and the pump works if all stages do; parts fail independently. Costs are in "
        f"thousand dollars: {each}. A stage has at most {num(data['most'])} parts, and all parts together "
        f"cost at most {num(data['budget'])}. What is the largest chance that the pump works?"
    )
    return text, data


def whole_revenue(draw):
    """Whole numbers of two products with falling prices and a shared resource."""
    data = {
        "price": [draw.randint(80, 160), draw.randint(80, 160)],
        "drop": [cents(draw, 0.8, 3), cents(draw, 0.8, 3)],
        "cross": cents(draw, 0.1, 0.6),
        "hours": [draw.randint(2, 7), draw.randint(2, 7)],
        "available": draw.randint(100, 220),
        "setup": draw.randint(100, 900),
    }
    (a, b), (c, d), (e, f) = data["price"], data["drop"], data["hours"]
    text = (
        f"A studio makes x vases and y bowls, whole numbers. A vase sells at {num(a)} - {num(c)} x - "
        f"{num(data['cross'])} y dollars, a bowl at {num(b)} - {num(d)} y - {num(data['cross'])} x dollars, "
        f"and all are sold at these prices. A vase takes {num(e)} hours and a bowl {num(f)} hours; there are "
        f"{num(data['available'])} hours. If any bowls are made, a mould for {num(data['setup'])} dollars is "
        "needed, once. What is the largest income (sales less the mould), in dollars?"
    )
    return text, data


def radio_mast(draw):
    """The smallest circle around points."""
    places = [[draw.randint(0, 80), draw.randint(0, 80)] for _ in range(7)]
    each = ", ".join(f"({num(x)}, {num(y)})" for x, y in places)
    text = (
        "A radio mast can stand anywhere. It has to reach farms at these places (km east, km north): "
        f"{each}. Which range, in km, does it need at least?"
    )
    return text, {"farms": places}


def pipeline_route(draw):
    """The cheapest way through strips of land."""
    names = ["marsh", "heath", "rock", "sand"]
    width = [draw.randint(2, 12) for _ in names]
    cost = [draw.randint(10, 60) for _ in names]
    data = {"width": width, "cost": cost, "shift": draw.randint(10, 30)}
    each = "; ".join(f"{n}, {num(w)} km wide, {num(c)} per km" for n, w, c in zip(names, width, cost))
    text = (
        "A pipeline leads from a well in the south to a port in the north through strips of land that run "
        "exactly west to east, one after the other from south to north (costs in thousand dollars per km of "
        f"pipe): {each}. The well lies on the southern edge of the first strip, the port on the northern "
        f"edge of the last one, {num(data['shift'])} km farther east than the well. In each strip the pipe "
        "is straight. What does the cheapest pipeline cost, in thousand dollars?"
    )
    return text, data


PROBLEMS = (price_breaks, spare_parts, whole_revenue, radio_mast, pipeline_route)
