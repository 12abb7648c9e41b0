"""Instances: what users send and expect; and the goodput of a split, by simulation."""

import math
import random

from servesim.cluster import Cluster
from servesim.costs import DEVICES, MODELS, Costs
from servesim.figures import attained
from servesim.server import Server
from servesim.traffic import Request, length, poisson, stretched

MODEL, DEVICE, COUNT, TOTAL = "13b", "A100", 12, 600
LONGEST = (6000, 1200)  # tokens of prompt and output
SHARE = 0.9  # of requests that have to keep both limits
LOWEST, HIGHEST, HALVINGS = 0.25, 256.0, 12  # requests a second; 12 halvings find the rate within 0.2 %
KEYS = ("prefill", "decode", "tensor_prefill", "tensor_decode", "max_batch")


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


def share(workload, plan, rate):
    """Return the share of requests that keep both limits at a rate of requests a second, as simulated."""
    prefill, decode = (
        Costs(MODELS[workload["model"]], DEVICES[workload["device"]], tensor=plan[key])
        for key in ("tensor_prefill", "tensor_decode")
    )
    firsts = [
        Server(f"prefill {copy}", prefill, max_batch=plan["max_batch"], role="prefill")
        for copy in range(plan["prefill"])
    ]
    others = [
        Server(f"decode {copy}", decode, max_batch=plan["max_batch"], role="decode")
        for copy in range(plan["decode"])
    ]
    requests = [Request(number, *one) for number, one in enumerate(workload["requests"])]
    states = Cluster(firsts, decoders=others).run(stretched(requests, rate))
    return attained(states.values(), workload["first_s"], workload["token_s"])


def goodput(workload, plan, above=LOWEST):
    """Return the highest rate, in requests a second, at which enough requests keep both limits.

    0 where not even `above` is reached. Simulated at rates that halve the range, in logarithms.
    """
    if share(workload, plan, above) < SHARE:
        return 0.0
    low, high = math.log(above), math.log(HIGHEST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if share(workload, plan, math.exp(middle)) >= SHARE:
            low = middle
        else:
            high = middle
    return math.exp(low)
