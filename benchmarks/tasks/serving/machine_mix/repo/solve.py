"""Which machines to rent."""

import math
import os

RATE = float(os.environ.get("MIX_RATE", "0"))  # 0: the lowest price; 1: the lowest price for a request
SPARE = float(os.environ.get("MIX_SPARE", "0"))  # how much cheaper a type is that has room left; 0: not at all


def solve(workload):
    """Return {"machines": [...], "parts": [[...], ...]}; README.md says what it means.

    Every size goes to one type, the cheapest by the rule of `cost`; one after the other, as they come.
    """
    prices, slices = workload["prices"], workload["slices"]
    needed = [0.0] * len(prices)

    def cost(kind, rate, able):
        room = math.ceil(needed[kind]) - needed[kind] >= rate / able
        return prices[kind] / able**RATE * (1 - SPARE if room else 1)

    parts = []
    for rate, able in zip(workload["rates"], workload["capacities"], strict=True):
        kinds = [kind for kind in range(len(prices)) if able[kind]]
        best = min(kinds, key=lambda kind: cost(kind, rate, able[kind]))
        needed[best] += rate / able[best]
        parts.append([slices if kind == best else 0 for kind in range(len(prices))])
    return {"machines": [math.ceil(load) for load in needed], "parts": parts}
