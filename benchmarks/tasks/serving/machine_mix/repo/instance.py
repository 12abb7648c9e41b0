"""Instances: rates of requests by size, and what machines serve of them."""

import random

from servesim.costs import DEVICES, MODELS, Costs

PROMPTS, OUTPUTS, SLICES = (64, 256, 1024, 4096), (32, 128, 512), 8
TYPES = ("L4", "A10G", "A100", "H100")
LARGEST_BATCH = 256
SLACK = 1e-6  # of a machine: what its load may lie above, which solvers can't tell from none


def instance(seed, prompts=PROMPTS, outputs=OUTPUTS, types=TYPES, slices=SLICES, rate=None):
    """Return a workload as plain data; rates are in requests a second, prices in dollars an hour."""
    rng = random.Random(seed)
    token_s = rng.uniform(0.05, 0.12)
    total = rng.uniform(100.0, 300.0) if rate is None else rate
    sizes = [(prompt, output) for prompt in prompts for output in outputs]
    weights = [rng.lognormvariate(0, 1.0) / (prompt + 4 * output) ** 0.5 for prompt, output in sizes]
    costs = [Costs(MODELS["3b"], DEVICES[name]) for name in types]
    return {
        "types": list(types),
        "prices": [DEVICES[name].price for name in types],
        "sizes": [list(size) for size in sizes],
        "rates": [total * weight / sum(weights) for weight in weights],
        "capacities": [[capacity(one, *size, token_s) for one in costs] for size in sizes],
        "slices": slices,
        "token_s": token_s,
    }


def capacity(costs, prompt, output, token_s):
    """Return the requests a second of one size that a machine serves, with tokens at most `token_s` s apart.

    In a steady state of `batch` sequences, batch / output requests begin and end in each step, and each has
    its prompt prefilled between steps. The largest batch that memory and the limit allow serves most. 0: none
    does.
    """
    best = 0.0
    prefill = costs.prefill([prompt])
    for batch in range(1, LARGEST_BATCH + 1):
        if batch * (prompt + output) > costs.kv_tokens:
            break
        fixed, slope = costs.decode(batch)
        step = fixed + slope * batch * (prompt + output / 2) + batch / output * prefill
        if step > token_s:
            break
        best = batch / output / step
    return best


def loads(workload, parts):
    """Return the machines of each type that the parts need, not rounded; None where a type isn't able."""
    needed = [0.0] * len(workload["types"])
    for row, rate, able in zip(parts, workload["rates"], workload["capacities"], strict=True):
        for kind, count in enumerate(row):
            if count and not able[kind]:
                return None
            if count:
                needed[kind] += count * rate / workload["slices"] / able[kind]
    return needed
