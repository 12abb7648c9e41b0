"""Place the experts of one instance: python run.py SEED"""

import sys

from instance import instance
from servesim import answers
from solve import solve


def main(seed):
    """Write answer.txt."""
    answers.write("answer.txt", seed, solve(instance(seed)))


if __name__ == "__main__":
    main(int(sys.argv[1]))
