"""Compute the time of the placement in answer.txt: python judge.py SEED"""

import sys

from instance import batch_ms, instance
from servesim import answers


def judge(seed, answer):
    """Return the milliseconds of a batch; raises `Refusal` for what is no placement."""
    workload = instance(seed)
    devices, each = workload["devices"], workload["experts"] // workload["devices"]
    for layer, places in enumerate(answers.items(answer, "placement", workload["layers"])):
        what = f"layer {layer}"
        for device in answers.items(places, what, workload["experts"]):
            answers.integer(device, what, 0, devices - 1)
        for device in range(devices):
            if places.count(device) != each:
                raise answers.Refusal(
                    f"{what}: device {device} has to hold {each} experts, not {places.count(device)}"
                )
    return {"batch_ms": batch_ms(workload, answer)}


if __name__ == "__main__":
    answers.judged(judge, sys.argv)
