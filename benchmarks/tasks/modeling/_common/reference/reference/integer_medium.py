"""Reference formulations of the group."""

from __future__ import annotations

from .solving import Program


def project_choice(data):
    p = Program(len(data["value"]), whole=True)
    p.cost[:], p.high[:] = data["value"], 1
    p.row(dict(enumerate(data["first_year"])), high=data["first_budget"])
    p.row(dict(enumerate(data["second_year"])), high=data["second_budget"])
    a, b = data["needs"]
    c, d = data["excludes"]
    p.row({a - 1: 1, b - 1: -1}, high=0)
    p.row({c - 1: 1, d - 1: 1}, high=1)
    return p.most()


def depot_sites(data):
    sites, villages = len(data["fixed"]), len(data["service"][0])
    p = Program(sites * (villages + 1), whole=True)
    p.high[:] = 1
    p.cost[:sites] = data["fixed"]
    for i in range(sites):
        for j in range(villages):
            served = sites + i * villages + j
            p.cost[served] = data["service"][i][j]
            p.row({served: 1, i: -1}, high=0)
    for j in range(villages):
        p.row({sites + i * villages + j: 1 for i in range(sites)}, 1, 1)
    return p.least()


def fire_stations(data):
    p = Program(len(data["cost"]), whole=True)
    p.cost[:], p.high[:] = data["cost"], 1
    for district in sorted({one for covered in data["covers"] for one in covered}):
        p.row({k: 1 for k, covered in enumerate(data["covers"]) if district in covered}, low=1)
    return p.least()


def ward_shifts(data):
    count = len(data["needed"])
    p = Program(count, whole=True)
    p.cost[:] = 1
    for k, needed in enumerate(data["needed"]):
        p.row({k: 1, (k - 1) % count: 1}, low=needed)
    return p.least()


def parcel_vans(data):
    weights = sorted(data["weights"], reverse=True)
    items = len(weights)
    vans = _first_fit(weights, data["limit"])
    p = Program(vans * (items + 1), whole=True)
    p.high[:] = 1
    p.cost[:vans] = 1
    for v in range(vans):
        p.row({vans + v * items + k: w for k, w in enumerate(weights)} | {v: -data["limit"]}, high=0)
        if v:
            p.row({v - 1: 1, v: -1}, low=0)
    for k in range(items):
        p.row({vans + v * items + k: 1 for v in range(vans)}, 1, 1)
        for v in range(k + 1, vans):
            p.high[vans + v * items + k] = 0  # vans are alike: the k-th parcel needs none beyond the k-th van
    return p.least()


def _first_fit(weights, limit):
    """Return how many vans are enough."""
    loads = []
    for weight in weights:
        for v, load in enumerate(loads):
            if load + weight <= limit:
                loads[v] += weight
                break
        else:
            loads.append(weight)
    return len(loads)
