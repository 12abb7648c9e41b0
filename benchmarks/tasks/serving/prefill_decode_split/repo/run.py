"""Split the devices for one instance: python run.py SEED

solve() runs in a process of its own (apart.py), which is told yesterday's requests alone: the seed tells today's.
"""

import sys

from apart import Apart
from instance import instance
from servesim import answers


def main(seed):
    """Write answer.txt."""
    with Apart("solve.py", "splits") as candidate:
        answer = candidate.ask("solve", instance(seed))
    answers.write("answer.txt", seed, answer)


if __name__ == "__main__":
    main(int(sys.argv[1]))
