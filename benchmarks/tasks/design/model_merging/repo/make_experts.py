"""Train the base network and the experts, and write experts.json: python make_experts.py"""

from __future__ import annotations

import json

import numpy
from examples import CLASSES, DOMAINS, INPUTS, drawn
from nets import Network, log_likelihoods

HIDDEN = 24


def trained(network: Network, key: list[int], shares: tuple[float, ...], count: int, steps: int) -> Network:
    """Return the network after `steps` steps of gradient descent with momentum on data of the key."""
    inputs, classes = drawn(key, count, shares)
    network = {name: values.copy() for name, values in network.items()}
    speed = {name: numpy.zeros_like(values) for name, values in network.items()}
    wanted = numpy.eye(CLASSES)[classes]
    for _ in range(steps):
        hidden = numpy.maximum(0, inputs @ network["weights_1"] + network["bias_1"])
        error = (numpy.exp(log_likelihoods(network, inputs)) - wanted) / count
        back = (error @ network["weights_2"].T) * (hidden > 0)
        slopes = {
            "weights_1": inputs.T @ back, "bias_1": back.sum(axis=0),
            "weights_2": hidden.T @ error, "bias_2": error.sum(axis=0),
        }  # fmt: skip
        for name, slope in slopes.items():
            speed[name] = 0.9 * speed[name] - 0.05 * slope
            network[name] += speed[name]
    return network


def main() -> None:
    """Write the base network and the experts, with four decimals."""
    rng = numpy.random.default_rng(7)
    start = {
        "weights_1": rng.normal(0, 0.4, (INPUTS, HIDDEN)), "bias_1": numpy.zeros(HIDDEN),
        "weights_2": rng.normal(0, 0.2, (HIDDEN, CLASSES)), "bias_2": numpy.zeros(CLASSES),
    }  # fmt: skip
    base = trained(start, [1, 0], (1 / 3, 1 / 3, 1 / 3), 60, 60)
    networks = [base]
    for domain in range(DOMAINS):
        only = tuple(float(domain == other) for other in range(DOMAINS))
        networks.append(trained(base, [1, 1 + domain], only, 400, 150))
    with open("experts.json", "w", encoding="utf-8") as file:
        json.dump(
            [{name: values.round(4).tolist() for name, values in one.items()} for one in networks], file
        )
        file.write("\n")


if __name__ == "__main__":
    main()
