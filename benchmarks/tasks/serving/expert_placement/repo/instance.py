"""Instances: which experts tokens take, and which they take next."""

import random

LAYERS, EXPERTS, DEVICES, TOKENS = 12, 8, 4, 4096
MS_PER_TOKEN, MS_PER_MOVE = 0.002, 0.0005


def instance(seed, layers=LAYERS, experts=EXPERTS, devices=DEVICES, tokens=TOKENS):
    """Return a workload as plain data.

    `moves[l][i][j]` is how many tokens go from expert i of layer l to expert j of layer l + 1,
    `loads[l][i]` how many expert i of layer l works off. Some experts are popular, and each has favourites
    in the next layer.
    """
    rng = random.Random(seed)
    loads = [_shares(rng, experts, tokens, 0.6)]
    moves = []
    for _ in range(layers - 1):
        drawn = [_shares(rng, experts, load, 1.2) for load in loads[-1]]
        moves.append(drawn)
        loads.append([sum(row[j] for row in drawn) for j in range(experts)])
    return {
        "layers": layers,
        "experts": experts,
        "devices": devices,
        "loads": loads,
        "moves": moves,
        "ms_per_token": MS_PER_TOKEN,
        "ms_per_move": MS_PER_MOVE,
    }


def _shares(rng, count, total, spread):
    """Return `count` whole numbers with this total, unevenly."""
    weights = [rng.lognormvariate(0, spread) for _ in range(count)]
    scale = total / sum(weights)
    found = [int(weight * scale) for weight in weights]
    found[rng.randrange(count)] += total - sum(found)
    return found


def batch_ms(workload, placement):
    """Return the milliseconds of a batch; `placement[l][i]` is the device of expert i of layer l."""
    total = 0.0
    for loads, places in zip(workload["loads"], placement, strict=True):
        on_device = [0] * workload["devices"]
        for load, device in zip(loads, places, strict=True):
            on_device[device] += load
        total += workload["ms_per_token"] * max(on_device)
    for layer, table in enumerate(workload["moves"]):
        here, there = placement[layer], placement[layer + 1]
        moved = sum(
            count for i, row in enumerate(table) for j, count in enumerate(row) if here[i] != there[j]
        )
        total += workload["ms_per_move"] * moved
    return total
