"""How devices are split between prefill and decoding: the best by simulation of yesterday's requests."""

from splits import LOWEST, goodput

SIZES, BATCH = (1, 2, 4), 256
BETTER = 1.005  # a split has to gain so much on the best one before it, or it is not looked at any closer


def solve(workload):
    """Return a split: {"prefill", "decode", "tensor_prefill", "tensor_decode", "max_batch"}."""
    best, rate = None, LOWEST / BETTER
    for plan in _plans(workload["devices"]):
        found = goodput(workload, plan, above=rate * BETTER)
        if found or best is None:
            best, rate = plan, max(found, rate)
    return best


def _plans(devices):
    """Yield splits that use all devices they can, even ones first: a good rate early saves simulations."""
    for first in sorted(range(1, devices), key=lambda one: abs(2 * one - devices)):
        for tensor_prefill in SIZES:
            for tensor_decode in SIZES:
                copies = first // tensor_prefill, (devices - first) // tensor_decode
                # What leaves a device of the prefill side idle is another split's, with fewer devices there.
                if min(copies) and first % tensor_prefill == 0:
                    yield {
                        "prefill": copies[0],
                        "decode": copies[1],
                        "tensor_prefill": tensor_prefill,
                        "tensor_decode": tensor_decode,
                        "max_batch": BATCH,
                    }
