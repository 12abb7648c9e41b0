"""Instances: a model, a kind of device and what users send; and the simulation of a plan."""

import random

from servesim.cluster import Cluster
from servesim.costs import DEVICES, MODELS, Costs
from servesim.figures import latency, mean
from servesim.server import Server
from servesim.traffic import Request, bursts, length

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
COUNT, TOTAL = 8, 300
LONGEST = (4000, 1000)  # tokens of prompt and output
TYPICAL_BATCH = 64
KEYS = ("tensor", "pipeline", "replicas", "max_batch", "max_prefill")


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


def fits(workload, plan):
    """Return whether a copy of the model has memory for the longest request that can come."""
    return _costs(workload, plan).kv_tokens >= sum(LONGEST)


def mean_latency_s(workload, plan):
    """Return the mean seconds from arrival to last token, as simulated; raises ValueError if nothing fits."""
    costs = _costs(workload, plan)
    servers = [
        Server(str(copy), costs, max_batch=plan["max_batch"], max_prefill=plan["max_prefill"])
        for copy in range(plan["replicas"])
    ]
    requests = [Request(number, *one) for number, one in enumerate(workload["requests"])]
    return mean(latency(state) for state in Cluster(servers).run(requests).values())


def _costs(workload, plan):
    model, device = MODELS[workload["model"]], DEVICES[workload["device"]]
    return Costs(model, device, tensor=plan["tensor"], pipeline=plan["pipeline"])
