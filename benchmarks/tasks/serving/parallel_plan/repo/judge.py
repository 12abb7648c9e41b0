"""Simulate the plan in answer.txt on requests that it wasn't made for: python judge.py SEED"""

import sys

from instance import instance
from plans import COUNT, KEYS, fits, mean_latency_s
from servesim import answers


def judge(seed, answer):
    """Return the mean latency under a plan; raises `Refusal` for one that can't be."""
    plan = checked(answer)
    workload = instance(seed, day="today")
    if not fits(workload, plan):
        raise answers.Refusal("a copy of the model has no memory for the longest request")
    return {"mean_latency_s": mean_latency_s(workload, plan)}


def checked(answer):
    """Return the plan; raises `Refusal`."""
    plan = answers.keys(answer, "the plan", KEYS)
    for key in ("tensor", "pipeline", "replicas"):
        answers.integer(plan[key], key, 1, COUNT)
    for key in ("tensor", "pipeline"):
        if plan[key] & (plan[key] - 1):
            raise answers.Refusal(f"{key}: a power of two is expected")
    answers.integer(plan["max_batch"], "max_batch", 1, 1024)
    answers.integer(plan["max_prefill"], "max_prefill", 1, 65536)
    if plan["tensor"] * plan["pipeline"] * plan["replicas"] > COUNT:
        raise answers.Refusal(f"tensor * pipeline * replicas is more than {COUNT} devices")
    return plan


if __name__ == "__main__":
    answers.judged(judge, sys.argv)
