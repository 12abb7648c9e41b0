"""Reference formulations of the group."""

from __future__ import annotations

from .solving import Program


def budget_split(data):
    p = Program(len(data["reach"]))
    p.cost[:] = data["reach"]
    p.low[:], p.high[:] = data["least"], data["most"]
    p.row(dict.fromkeys(range(len(p.cost)), 1), high=data["budget"])
    return p.most()


def workshop_mix(data):
    p = Program(len(data["profit"]))
    p.cost[:] = data["profit"]
    p.row(dict(enumerate(data["boards"])), high=data["boards_available"])
    p.row(dict(enumerate(data["hours"])), high=data["hours_available"])
    return p.most()


def animal_feed(data):
    p = Program(len(data["cost"]))
    p.cost[:] = data["cost"]
    p.row(dict(enumerate(data["protein"])), low=data["protein_needed"])
    p.row(dict(enumerate(data["fat"])), low=data["fat_needed"])
    return p.least()


def juice_blend(data):
    p = Program(len(data["cost"]))
    p.cost[:] = data["cost"]
    p.high[:] = data["stock"]
    p.row(dict.fromkeys(range(len(p.cost)), 1), data["litres"], data["litres"])
    p.row(dict(enumerate(data["fruit"])), low=data["fruit_needed"] * data["litres"])
    return p.least()


def two_depots(data):
    return transport(data["have"], data["need"], data["cost"])


def transport(have, need, cost):
    """Return the least cost of bringing what is needed from where it is."""
    m, n = len(have), len(need)
    p = Program(m * n)
    p.cost[:] = [c for row in cost for c in row]
    for i in range(m):
        p.row({i * n + j: 1 for j in range(n)}, high=have[i])
    for j in range(n):
        p.row({i * n + j: 1 for i in range(m)}, need[j], need[j])
    return p.least()
