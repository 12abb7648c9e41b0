"""Let the policy decide in a simulation of one instance: python run.py SEED"""

import sys

from driver import Driver
from instance import instance, simulate
from policy import choose
from servesim import answers


def main(seed):
    """Write answer.txt: the decisions, in the order in which they were asked for."""
    requests = instance(seed)
    driver = Driver(requests, choose)
    simulate(requests, driver)
    answers.write("answer.txt", seed, driver.decisions)


if __name__ == "__main__":
    main(int(sys.argv[1]))
