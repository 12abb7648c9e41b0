"""How a model is spread over devices: the best plan of a grid, as simulated on yesterday's requests."""

from plans import fits, mean_latency_s

SIZES, BATCHES, PREFILLS = (1, 2, 4, 8), (32, 64, 128, 256), (2048, 4096)


def solve(workload):
    """Return a plan: {"tensor", "pipeline", "replicas", "max_batch", "max_prefill"}."""
    plans = [plan for plan in _plans(workload["devices"]) if fits(workload, plan)]
    return min(plans, key=lambda plan: mean_latency_s(workload, plan))


def _plans(devices):
    for tensor in SIZES:
        for pipeline in SIZES:
            if tensor * pipeline > devices:
                continue
            for max_batch in BATCHES:
                for max_prefill in PREFILLS:
                    yield {
                        "tensor": tensor,
                        "pipeline": pipeline,
                        "replicas": devices // (tensor * pipeline),
                        "max_batch": max_batch,
                        "max_prefill": max_prefill,
                    }
