"""Reference formulations of the group: each objective as the text has it, minimised over its one unknown."""

from __future__ import annotations

import math

from scipy.optimize import minimize_scalar


def least(objective, low, high):
    """Return the least value of a function with one low point between two bounds."""
    return minimize_scalar(objective, bounds=(low, high), method="bounded", options={"xatol": 1e-9}).fun


def ticket_price(data):
    sold = lambda price: data["most"] - data["lost"] * price
    return -least(lambda p: data["fixed"] - (p - data["cost"]) * sold(p), 0, data["most"] / data["lost"])


def garden_fence(data):
    front = lambda side: (data["budget"] - 2 * data["side"] * side) / data["front"]
    return -least(lambda side: -side * front(side), 0, data["budget"] / (2 * data["side"]))


def order_size(data):
    stock = data["unit_cost"] * data["holding_percent"] / 100
    year = lambda q: data["demand"] / q * data["order_cost"] + q / 2 * stock
    return least(year, 1e-3, data["demand"] * 10)


def tin_can(data):
    def cost(radius):
        height = data["volume"] / (math.pi * radius**2)
        return 2 * math.pi * radius**2 * data["end_cost"] + 2 * math.pi * radius * height * data["side_cost"]

    return least(cost, 0.1, 50)


def open_box(data):
    volume = lambda x: (data["length"] - 2 * x) * (data["width"] - 2 * x) * x
    return -least(lambda x: -volume(x), 0, data["width"] / 2)
