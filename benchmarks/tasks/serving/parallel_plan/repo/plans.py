"""The simulation of a plan on a workload, see instance.py."""

from servesim.cluster import Cluster
from servesim.costs import DEVICES, MODELS, Costs
from servesim.figures import latency, mean
from servesim.server import Server
from servesim.traffic import Request

COUNT = 8  # devices
LONGEST = (4000, 1000)  # tokens of prompt and output
KEYS = ("tensor", "pipeline", "replicas", "max_batch", "max_prefill")


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
