"""How fast a system of coupled parts swings or fades: the moduli of its modes."""

import numpy as np


def solve(seed, parts):
    """Return the absolute values of all eigenvalues of the couplings, ascending.

    The couplings are a matrix of parts x parts numbers, drawn uniformly between 0 and 1.
    """
    couplings = np.random.default_rng(seed).random((parts, parts))
    return np.sort(np.abs(np.linalg.eigvals(couplings))).tolist()
