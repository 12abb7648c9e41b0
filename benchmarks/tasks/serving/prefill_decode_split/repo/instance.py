"""Instances: what users send and expect."""

import random

from servesim.costs import DEVICES, MODELS, Costs
from servesim.traffic import length, poisson
from splits import COUNT

MODEL, DEVICE, TOTAL = "13b", "A100", 600
LONGEST = (6000, 1200)  # tokens of prompt and output


def instance(seed, day="yesterday", total=TOTAL):
    """Return a workload as plain data; `day` draws other requests of the same distribution.

    `requests` has seconds of arrival at a rate of one a second, tokens of the prompt and of the output.
    """
    rng = random.Random(seed)
    prompt, output = rng.choice((500, 1000, 2000)), rng.choice((50, 100, 200))
    costs = Costs(MODELS[MODEL], DEVICES[DEVICE])
    # Limits as multiples of what one device needs for a request alone.
    first_s = rng.uniform(2.5, 6.0) * costs.prefill([prompt]) + 0.05
    token_s = rng.uniform(1.7, 3.0) * costs.decode(1)[0]
    rng = random.Random(f"{day} {seed}")
    times = poisson(rng, 1.0, total)
    sizes = [(length(rng, prompt, 0.5, LONGEST[0]), length(rng, output, 0.6, LONGEST[1])) for _ in times]
    return {
        "model": MODEL,
        "device": DEVICE,
        "devices": COUNT,
        "first_s": first_s,
        "token_s": token_s,
        "requests": [[when, *size] for when, size in zip(times, sizes, strict=True)],
    }
