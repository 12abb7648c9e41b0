"""Reference formulations of the group."""

from __future__ import annotations

import numpy as np

from .solving import Program


def water_flow(data):
    pipes = data["pipes"]
    p = Program(len(pipes))
    p.high[:] = [c for _, _, c in pipes]
    for point in {end for a, b, _ in pipes for end in (a, b)} - {"source", "town"}:
        p.row({k: (b == point) - (a == point) for k, (a, b, _) in enumerate(pipes)}, 0, 0)
    p.cost[:] = [b == "town" for _, b, _ in pipes]
    return p.most()


def hub_shipping(data):
    plants, hubs, shops = len(data["have"]), len(data["room"]), len(data["need"])
    p = Program(plants * hubs + hubs * shops)
    into = lambda i, k: i * hubs + k
    out = lambda k, j: plants * hubs + k * shops + j
    for k in range(hubs):
        for i in range(plants):
            p.cost[into(i, k)] = data["to_hub"][i][k] + data["handling"][k]
        for j in range(shops):
            p.cost[out(k, j)] = data["to_shop"][k][j]
        p.row({into(i, k): 1 for i in range(plants)}, high=data["room"][k])
        p.row({into(i, k): 1 for i in range(plants)} | {out(k, j): -1 for j in range(shops)}, 0, 0)
    for i in range(plants):
        p.row({into(i, k): 1 for k in range(hubs)}, high=data["have"][i])
    for j in range(shops):
        p.row({out(k, j): 1 for k in range(hubs)}, data["need"][j], data["need"][j])
    return p.least()


def cash_plan(data):
    months = len(data["receipts"])
    loan, save, deposit = (1 + data[f"{kind}_percent"] / 100 for kind in ("loan", "saving", "deposit"))
    p = Program(3 * months)  # loans, what is kept, deposits
    b, v, w = (range(k * months, (k + 1) * months) for k in range(3))
    p.high[list(b)] = data["loan_limit"]
    p.high[w[-1]] = 0
    for t in range(months):
        own = data["receipts"][t] - data["payments"][t] + (data["start"] if t == 0 else 0)
        terms = {b[t]: 1, v[t]: -1, w[t]: -1}
        if t >= 1:
            terms |= {b[t - 1]: -loan, v[t - 1]: save}
        if t >= 2:
            terms[w[t - 2]] = deposit
        p.row(terms, -own, -own)
    p.cost[v[-1]], p.cost[w[-2]], p.cost[b[-1]] = save, deposit, -loan
    return p.most()


def absolute_fit(data):
    count = len(data["points"])
    p = Program(count + 2)
    p.low[:2] = -np.inf
    p.cost[2:] = 1
    for k, (x, y) in enumerate(data["points"]):
        p.row({0: 1, 1: x, k + 2: 1}, low=y)
        p.row({0: 1, 1: x, k + 2: -1}, high=y)
    return p.least()


def market_game(data):
    gain = data["gain"]
    p = Program(len(gain) + 1)
    p.low[-1] = -np.inf
    p.cost[-1] = 1
    p.row(dict.fromkeys(range(len(gain)), 1), 1, 1)
    for j in range(len(gain[0])):
        p.row({len(gain): 1} | {i: -row[j] for i, row in enumerate(gain)}, high=0)
    return p.most()
