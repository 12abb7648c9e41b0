"""How devices are split between prefill and decoding."""

import os


def solve(workload):
    """Return a split: {"prefill", "decode", "tensor_prefill", "tensor_decode", "max_batch"}.

    `prefill` and `decode` are numbers of copies. instance.py says what `workload` is, splits.py simulates
    splits and can be imported. Knobs come from the environment.
    """
    devices = int(os.environ.get("PREFILL_DEVICES", "6"))
    tensor_prefill = int(os.environ.get("TENSOR_PREFILL", "1"))
    tensor_decode = int(os.environ.get("TENSOR_DECODE", "1"))
    return {
        "prefill": devices // tensor_prefill,
        "decode": (workload["devices"] - devices) // tensor_decode,
        "tensor_prefill": tensor_prefill,
        "tensor_decode": tensor_decode,
        "max_batch": int(os.environ.get("MAX_BATCH", "64")),
    }
