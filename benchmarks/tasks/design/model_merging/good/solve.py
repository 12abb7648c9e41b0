"""How much of each expert the merged network has: the least loss on the examples, by gradient descent."""

from __future__ import annotations

import os
from typing import Any

SHARES = [float(os.environ.get(f"MERGE_EXPERT_{number}", "0.3333")) for number in (1, 2, 3)]
STEPS, RATE, MOVE = 60, 1.0, 1e-4
# Pulls towards one share for all tensors: a thousand examples could otherwise be learnt by heart.
PULL = 0.005


def solve(base: Any, experts: list[Any], inputs: Any, classes: Any) -> list[list[float]]:
    """Return a row of shares, one for each expert, for each of the tensors of nets.TENSORS."""
    import numpy
    from nets import log_loss, merged

    def loss(shares: Any) -> float:
        pulled = ((shares - shares.mean(axis=0)) ** 2).sum()
        return log_loss(merged(base, experts, shares.tolist()), inputs, classes) + PULL * pulled

    shares = numpy.array([SHARES] * 4)
    now, rate = loss(shares), RATE
    for _ in range(STEPS):
        slope = numpy.zeros_like(shares)
        for place in numpy.ndindex(*shares.shape):
            step = numpy.zeros_like(shares)
            step[place] = MOVE
            slope[place] = (loss(shares + step) - loss(shares - step)) / (2 * MOVE)
        while rate > 1e-4 and loss(shares - rate * slope) >= now:
            rate /= 2
        shares = shares - rate * slope
        now, rate = loss(shares), 1.5 * rate
    return shares.tolist()
