"""Answers to word problems: a function gets a text and the numbers in it, and returns what it asks for."""

import math


def solve_ticket_price(text, data):
    """The best price lies midway between the cost and the price that nobody pays."""
    price = (data["most"] / data["lost"] + data["cost"]) / 2
    return (price - data["cost"]) * (data["most"] - data["lost"] * price) - data["fixed"]


def solve_garden_fence(text, data):
    """Half of the budget goes into the front."""
    front, side = data["budget"] / 2 / data["front"], data["budget"] / 4 / data["side"]
    return front * side


def solve_order_size(text, data):
    """The order quantity of Harris (1913)."""
    stock = data["unit_cost"] * data["holding_percent"] / 100
    return math.sqrt(2 * data["demand"] * data["order_cost"] * stock)


def solve_tin_can(text, data):
    """The derivative by the radius is 0."""
    volume, end, side = data["volume"], data["end_cost"], data["side_cost"]
    radius = (volume * side / (2 * math.pi * end)) ** (1 / 3)
    return 2 * math.pi * radius**2 * end + 2 * volume * side / radius


def solve_open_box(text, data):
    """The derivative by the cut is 0."""
    a, b = data["length"], data["width"]
    cut = (a + b - math.sqrt(a * a - a * b + b * b)) / 6
    return (a - 2 * cut) * (b - 2 * cut) * cut
