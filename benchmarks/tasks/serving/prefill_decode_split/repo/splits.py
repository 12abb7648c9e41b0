"""The goodput of a split, by simulation of a workload, see instance.py."""

import math

from servesim.cluster import Cluster
from servesim.costs import DEVICES, MODELS, Costs
from servesim.figures import attained
from servesim.server import Server
from servesim.traffic import Request, stretched

COUNT = 12  # devices
SHARE = 0.9  # of requests that have to keep both limits
LOWEST, HIGHEST, HALVINGS = 0.25, 256.0, 12  # requests a second; 12 halvings find the rate within 0.2 %
KEYS = ("prefill", "decode", "tensor_prefill", "tensor_decode", "max_batch")


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
