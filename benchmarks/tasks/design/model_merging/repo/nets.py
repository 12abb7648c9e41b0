"""Small networks as dicts of arrays: reading, merging and judging them.

Three experts come from one base network, each trained on further on one of three domains (examples.py).
make_experts.py makes experts.json, which is part of the task.
"""

from __future__ import annotations

import json

import numpy

TENSORS = ("weights_1", "bias_1", "weights_2", "bias_2")

Network = dict[str, numpy.ndarray]


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
