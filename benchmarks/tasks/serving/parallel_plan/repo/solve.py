"""How a model is spread over devices."""

import os


def solve(workload):
    """Return a plan: {"tensor", "pipeline", "replicas", "max_batch", "max_prefill"}.

    instance.py says what `workload` is, plans.py simulates plans and can be imported. Knobs come from the
    environment.
    """
    tensor = int(os.environ.get("TENSOR", "8"))
    pipeline = int(os.environ.get("PIPELINE", "1"))
    return {
        "tensor": tensor,
        "pipeline": pipeline,
        "replicas": workload["devices"] // (tensor * pipeline),
        "max_batch": int(os.environ.get("MAX_BATCH", "16")),
        "max_prefill": int(os.environ.get("MAX_PREFILL", "2048")),
    }
