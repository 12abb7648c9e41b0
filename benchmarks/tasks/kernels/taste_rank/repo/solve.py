"""Ranks films by their likeness: a film is good if it is like good ones."""

import numpy as np


def _rank(tastes, weights, traits, damping, steps):
    """Return every film's rank: (n,), its sum is 1.

    Args:
        tastes: (n, k), what a film's viewers like; positive.
        weights: (k, k), how what they like goes with what films have; positive.
        traits: (n, k), what a film has; positive.
        damping: part of the rank that comes from the likeness to others, from 0 to 1.
        steps: rounds.
    """
    count = len(tastes)
    ranks = np.full(count, 1.0 / count)
    for _ in range(steps):
        flow = tastes @ weights @ traits.T @ ranks
        ranks = damping * flow / flow.sum() + (1.0 - damping) / count
    return ranks


def solve(seed, films, factors, damping, steps):
    """Return the ranks of films; their factors are drawn from the seed.

    One generator draws all of them, uniformly between 0 and 1, in this order: tastes (films x factors),
    weights (factors x factors), traits (films x factors).
    """
    rng = np.random.default_rng(seed)
    tastes = rng.random((films, factors))
    weights = rng.random((factors, factors))
    traits = rng.random((films, factors))
    return _rank(tastes, weights, traits, damping, steps).tolist()
