"""What layers of a dense network make of a batch of signals."""

import numpy as np


def solve(seed, width, layers):
    """Return the sum of every unit's output over the batch after the last layer.

    Every layer multiplies the batch by the same weights, and takes absolute values. One generator
    draws the batch, then the weights, each width x width and uniformly between 0 and 1; of the
    weights 0.5 is taken off.
    """
    rng = np.random.default_rng(seed)
    batch = rng.random((width, width))
    weights = rng.random((width, width))
    weights -= 0.5
    product = np.empty((width, width))
    for _ in range(layers):
        np.matmul(batch, weights, out=product)
        np.abs(product, out=batch)
    return batch.sum(axis=0).tolist()
