"""Simulate the split in answer.txt on requests that it wasn't made for: python judge.py SEED"""

import sys

from instance import instance
from servesim import answers
from splits import COUNT, KEYS, LOWEST, SHARE, goodput


def judge(seed, answer):
    """Return the goodput of a split; raises `Refusal` for one that can't be, or has none."""
    found = goodput(instance(seed, day="today"), checked(answer))
    if not found:
        raise answers.Refusal(
            f"not {SHARE:.0%} of the requests keep the limits even at {LOWEST} requests a second"
        )
    return {"goodput": found}


def checked(answer):
    """Return the split; raises `Refusal`."""
    plan = answers.keys(answer, "the split", KEYS)
    for key in ("prefill", "decode"):
        answers.integer(plan[key], key, 1, COUNT)
    for key in ("tensor_prefill", "tensor_decode"):
        if answers.integer(plan[key], key, 1, 4) == 3:
            raise answers.Refusal(f"{key}: 1, 2 or 4 is expected")
    answers.integer(plan["max_batch"], "max_batch", 1, 1024)
    if plan["prefill"] * plan["tensor_prefill"] + plan["decode"] * plan["tensor_decode"] > COUNT:
        raise answers.Refusal(f"the copies take more than {COUNT} devices")
    return plan


if __name__ == "__main__":
    answers.judged(judge, sys.argv)
