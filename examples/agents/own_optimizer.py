"""An optimizer of one's own, in 10 lines: a grid over the job's knobs, one knob at a time.

python examples/agents/own_optimizer.py path/to/repo
PYTHONPATH=examples/agents strop run path/to/repo --optimizer own_optimizer:Grid
"""

import sys

import strop
from strop.agents import View
from strop.candidate import Candidate
from strop.trial import Trial


class Grid:
    name = "one_by_one"

    def __init__(self, view: View) -> None:
        ends = [(knob.name, value) for knob in view.job.knobs for value in (knob.low, knob.high) if value]
        self.left = [Candidate(knobs=((name, int(value)),), author=self.name) for name, value in ends]

    def ask(self, count: int) -> list[Candidate]:
        asked, self.left = self.left[:count], self.left[count:]
        return asked

    def tell(self, trial: Trial) -> None:
        """A grid learns nothing."""


if __name__ == "__main__":
    print(strop.optimize(sys.argv[1], optimizers=[Grid]))
