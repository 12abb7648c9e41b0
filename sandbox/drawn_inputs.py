"""Which inputs a benchmark gets: those of the search, and those that no trial has seen."""

from __future__ import annotations

import itertools
import random
import secrets
from collections.abc import Iterator
from dataclasses import replace

from strop.job import Job
from strop.sandbox.driving import Inputs, uses_seed, uses_split

__all__ = ["DrawnInputs"]

SEARCH_SEEDS = 4  # of the inputs that the search may use
FOLDS = 16  # the same for qualities, which take another seed for each pair


class DrawnInputs:
    """The inputs of one job: a few for the search, drawn from its seed, and any number of others."""

    def __init__(self, job: Job, seed: int) -> None:
        self._job = job
        rng = random.Random(f"{seed} inputs")
        count = FOLDS if job.objective.compare == "difference" else SEARCH_SEEDS
        seeds = rng.sample(range(1, 10_000), count) if uses_seed(job) else [1]
        self.searched = [Inputs(one) for one in seeds]

    def search(self) -> Iterator[Inputs]:
        """Yield the inputs of the search, over and over."""
        return itertools.cycle(self.searched)

    def held_out(self, count: int) -> list[Inputs]:
        """Return inputs that no trial has seen: nothing in a sandbox lets a candidate foresee them."""
        if not uses_seed(self._job):
            first = self.searched[0]
            return [replace(first, split="test") if uses_split(self._job) else first] * count
        used = {inputs.seed for inputs in self.searched}
        fresh: list[Inputs] = []
        while len(fresh) < count:
            seed = secrets.randbelow(2**31 - 10_001) + 10_000
            if seed not in used:
                used.add(seed)
                fresh.append(Inputs(seed, "test"))
        return fresh
