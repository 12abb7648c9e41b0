"""Let the policy decide in a simulation of one instance: python run.py SEED

The policy runs in a process of its own (apart.py), which is told what has arrived alone: the seed tells the rest.
"""

import sys

from apart import Apart
from driver import Driver
from instance import instance, simulate
from servesim import answers


def main(seed):
    """Write answer.txt: the decisions, in the order in which they were asked for."""
    requests = instance(seed)
    with Apart("policy.py", "servesim.costs") as policy:
        driver = Driver(requests, lambda *told: policy.ask("choose", *told))
        simulate(requests, driver)
    answers.write("answer.txt", seed, driver.decisions)


if __name__ == "__main__":
    main(int(sys.argv[1]))
