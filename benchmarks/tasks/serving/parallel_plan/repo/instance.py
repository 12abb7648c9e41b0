"""Instances: a model, a kind of device and what users send."""

import random

from plans import COUNT, LONGEST
from servesim.costs import DEVICES, MODELS, Costs
from servesim.traffic import bursts, length

PAIRS = (
    ("7b", "L4"),
    ("13b", "L4"),
    ("7b", "A10G"),
    ("13b", "A100-PCIe"),
    ("34b", "A100-PCIe"),
    ("34b", "A100"),
    ("70b", "A100-PCIe"),
    ("70b", "H100"),
)
TOTAL = 300
TYPICAL_BATCH = 64


def instance(seed, day="yesterday", total=TOTAL):
    """Return a workload as plain data; `day` draws other requests of the same distribution.

    `requests` has seconds of arrival, tokens of the prompt and of the output.
    """
    rng = random.Random(seed)
    model, device = rng.choice(PAIRS)
    prompt, output = rng.choice((200, 500, 1200)), rng.choice((60, 150, 300))
    costs = Costs(MODELS[model], DEVICES[device], tensor=COUNT)
    fixed, slope = costs.decode(TYPICAL_BATCH)
    step = fixed + slope * TYPICAL_BATCH * (prompt + output / 2)
    step += TYPICAL_BATCH / output * costs.prefill([prompt])
    rate = rng.uniform(0.5, 1.0) * TYPICAL_BATCH / output / step
    rng = random.Random(f"{day} {seed}")
    # A burst comes about once in fifty requests.
    times = bursts(rng, rate, total, period=50 / rate)
    sizes = [(length(rng, prompt, 0.7, LONGEST[0]), length(rng, output, 0.7, LONGEST[1])) for _ in times]
    return {
        "model": model,
        "device": device,
        "devices": COUNT,
        "requests": [[when, *size] for when, size in zip(times, sizes, strict=True)],
    }
