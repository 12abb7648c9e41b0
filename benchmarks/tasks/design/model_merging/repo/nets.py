"""Small networks as dicts of arrays, and the data that they are trained for and judged on.

Three experts come from one base network, each trained on further on one of three domains, which share their
classes but not where these lie. make_experts.py makes experts.json, which is part of the task.
"""

from __future__ import annotations

import json

import numpy

INPUTS, HIDDEN, CLASSES, DOMAINS = 8, 24, 6, 3
TENSORS = ("weights_1", "bias_1", "weights_2", "bias_2")
DOMAIN_SHARES = (0.7, 0.2, 0.1)
CALIBRATION, JUDGED = 1000, 6000

Network = dict[str, numpy.ndarray]


def drawn(key: list[int], count: int, shares: tuple[float, ...] = DOMAIN_SHARES) -> tuple[numpy.ndarray, ...]:
    """Return inputs (count, 8) and classes (count,) of the domains in the given shares, drawn by a key."""
    fixed = numpy.random.default_rng(2024)
    centres = fixed.normal(0, 1.2, (CLASSES, INPUTS))
    shifts = fixed.normal(0, 0.9, (DOMAINS, CLASSES, INPUTS))
    rng = numpy.random.default_rng(key)
    classes = rng.integers(CLASSES, size=count)
    domains = rng.choice(DOMAINS, size=count, p=shares)
    inputs = centres[classes] + shifts[domains, classes] + rng.normal(0, 0.8, (count, INPUTS))
    return inputs, classes


def log_likelihoods(network: Network, inputs: numpy.ndarray) -> numpy.ndarray:
    """Return the logarithms of the probabilities of the classes: (rows, 6)."""
    hidden = numpy.maximum(0, inputs @ network["weights_1"] + network["bias_1"])
    found = hidden @ network["weights_2"] + network["bias_2"]
    found = found - found.max(axis=1, keepdims=True)
    return found - numpy.log(numpy.exp(found).sum(axis=1, keepdims=True))


def log_loss(network: Network, inputs: numpy.ndarray, classes: numpy.ndarray) -> float:
    """Return the mean log loss in nats."""
    return -float(log_likelihoods(network, inputs)[numpy.arange(len(classes)), classes].mean())


def load_networks(path: str = "experts.json") -> tuple[Network, list[Network]]:
    """Return the base network and the three experts."""
    with open(path, encoding="utf-8") as file:
        told = json.load(file)
    networks = [{name: numpy.array(values) for name, values in one.items()} for one in told]
    return networks[0], networks[1:]


def merged(base: Network, experts: list[Network], shares: list[list[float]]) -> Network:
    """Return base + sum of share * (expert - base), with a row of shares (one per expert) for each tensor."""
    return {
        name: base[name]
        + sum(share * (expert[name] - base[name]) for share, expert in zip(row, experts, strict=True))
        for name, row in zip(TENSORS, shares, strict=True)
    }
