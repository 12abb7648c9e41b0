"""Reference formulations of the group."""

from __future__ import annotations

from .solving import Program


def crew_tasks(data):
    n = len(data["hours"])
    p = Program(n * n, whole=True)
    p.cost[:] = [h for row in data["hours"] for h in row]
    for i in range(n):
        p.row({i * n + j: 1 for j in range(n)}, 1, 1)
        p.row({j * n + i: 1 for j in range(n)}, 1, 1)
    return p.least()


def rucksack(data):
    p = Program(len(data["worth"]), whole=True)
    p.cost[:], p.high[:] = data["worth"], 1
    p.row(dict(enumerate(data["weight"])), high=data["limit"])
    return p.most()


def school_trip(data):
    p = Program(len(data["seats"]), whole=True)
    p.cost[:], p.high[:] = data["cost"], data["fleet"]
    p.row(dict(enumerate(data["seats"])), low=data["pupils"])
    p.row(dict.fromkeys(range(len(p.cost)), 1), high=data["drivers"])
    return p.least()


def bulk_buy(data):
    p = Program(len(data["sizes"]), whole=True)
    p.cost[:] = data["price"]
    p.row(dict(enumerate(data["sizes"])), low=data["needed"])
    p.row(dict.fromkeys(range(len(p.cost)), 1), high=data["room"])
    return p.least()


def whole_mix(data):
    p = Program(2, whole=True)
    p.cost[:] = data["profit"]
    p.low[1] = data["least_second"]
    p.row(dict(enumerate(data["steel"])), high=data["steel_available"])
    p.row(dict(enumerate(data["hours"])), high=data["hours_available"])
    return p.most()
