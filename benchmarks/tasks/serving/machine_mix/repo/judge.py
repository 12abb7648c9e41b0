"""Check the mix in answer.txt and add up its price: python judge.py SEED"""

import sys

from instance import SLACK, instance, loads
from servesim import answers

MOST = 10_000  # machines of one type


def judge(seed, answer):
    """Return the dollars an hour of a mix; raises `Refusal` for one that doesn't serve the workload."""
    return {"dollars_per_hour": price(instance(seed), answer)}


def price(workload, answer):
    """Return the dollars an hour of a mix for a workload."""
    types = workload["types"]
    found = answers.keys(answer, "the mix", ("machines", "parts"))
    machines = answers.items(found["machines"], "machines", len(types))
    for name, count in zip(types, machines, strict=True):
        answers.integer(count, f"machines of type {name}", 0, MOST)
    parts = answers.items(found["parts"], "parts", len(workload["sizes"]))
    for size, row in zip(workload["sizes"], parts, strict=True):
        what = f"parts of size {size}"
        for count in answers.items(row, what, len(types)):
            answers.integer(count, what, 0, workload["slices"])
        if sum(row) != workload["slices"]:
            raise answers.Refusal(f"{what}: {workload['slices']} in all are expected")
    needed = loads(workload, parts)
    if needed is None:
        raise answers.Refusal("a part goes to a type that can't serve its size")
    for name, load, count in zip(types, needed, machines, strict=True):
        if load > count + SLACK:
            raise answers.Refusal(f"{count} machines of type {name} are too few for a load of {load:.3f}")
    return sum(count * each for count, each in zip(machines, workload["prices"], strict=True))


if __name__ == "__main__":
    answers.judged(judge, sys.argv)
