"""Simulated years of an insurer: how much do all claims of a year add up to?"""

import numpy as np

CLAIMS = 16384  # of a year


def solve(seed, shape, years):
    """Return the sum of claims of every year.

    Claims follow a gamma distribution of the given shape and scale 1. One generator draws the claims
    of all years, year by year.
    """
    rng = np.random.default_rng(seed)
    claims = np.empty(CLAIMS)
    totals = []
    for _ in range(years):
        rng.standard_gamma(shape, out=claims)
        totals.append(float(claims.sum()))
    return totals
