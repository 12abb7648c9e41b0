"""Which machines to rent."""

import math


def solve(workload):
    """Return {"machines": [...], "parts": [[...], ...]}; README.md says what it means.

    Every size goes to the type of the lowest price that can serve it.
    """
    prices, slices = workload["prices"], workload["slices"]
    needed = [0.0] * len(prices)
    parts = []
    for rate, able in zip(workload["rates"], workload["capacities"], strict=True):
        kind = min((kind for kind in range(len(prices)) if able[kind]), key=lambda kind: prices[kind])
        needed[kind] += rate / able[kind]
        parts.append([slices if other == kind else 0 for other in range(len(prices))])
    return {"machines": [math.ceil(load) for load in needed], "parts": parts}
