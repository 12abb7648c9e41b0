"""Reference formulations of the group."""

from __future__ import annotations

from .linear_easy import transport
from .solving import Program


def power_dispatch(data):
    blocks = data["first_block"] + data["second_block"]
    p = Program(len(blocks))
    p.cost[:] = data["first_cost"] + data["second_cost"]
    p.high[:] = blocks  # a plant's second block costs more, so that it never comes before the first
    p.row(dict.fromkeys(range(len(blocks)), 1), data["demand"], data["demand"])
    return p.least()


def grain_transport(data):
    return transport(data["have"], data["need"], data["cost"])


def monthly_plan(data):
    months = len(data["need"])
    p = Program(2 * months)  # made, left over
    p.cost[:months], p.cost[months:] = data["unit_cost"], data["holding"]
    p.high[:months] = data["capacity"]
    for t, need in enumerate(data["need"]):
        if t == 0:
            need -= data["first_stock"]
            p.row({0: 1, months: -1}, need, need)
        else:
            p.row({t: 1, months + t - 1: 1, months + t: -1}, need, need)
    return p.least()


def oil_blend(data):
    p = Program(len(data["cost"]))
    p.cost[:] = [data["price"] - c for c in data["cost"]]
    p.high[:] = data["stock"]
    p.row(dict.fromkeys(range(len(p.cost)), 1), high=data["capacity"])
    p.row({k: h - data["least_hardness"] for k, h in enumerate(data["hardness"])}, low=0)
    p.row({k: h - data["most_hardness"] for k, h in enumerate(data["hardness"])}, high=0)
    return p.most()


def fair_share(data):
    count = len(data["now"])
    p = Program(count + 1)
    p.cost[count] = 1
    p.high[:count] = data["most"]
    p.row(dict.fromkeys(range(count), 1), high=data["budget"])
    for k in range(count):
        p.row({count: 1, k: -data["gain"][k]}, high=data["now"][k])
    return p.most()
