"""Interleaved pairs: two built trees, each in its own fresh sandbox, timed one after the other.

The order inside a pair is random, both sides share the hash seed, nothing else is timed meanwhile,
and no sandbox is used twice, so nothing that a candidate wrote reaches the next pair.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from strop.job import Metric
from strop.sandbox.measure.quiet import quiet
from strop.sandbox.stages import BenchmarkRun, Built, Stages

__all__ = ["Pair", "log_ratios", "measure_pairs"]


@dataclass(frozen=True)
class Pair:
    """One run of each side."""

    first: BenchmarkRun  # of the tree that is the reference
    second: BenchmarkRun  # of the tree that is judged


def measure_pairs(
    stages: Stages,
    reference: Built,
    judged: Built,
    *,
    rng: random.Random,
    timeout_s: float,
    pristine: Built,
    check: Callable[[BenchmarkRun], None] | None = None,
) -> Iterator[Pair]:
    """Yield pairs without end; the caller takes as many as its plan says.

    `timeout_s` holds for the judged side alone. `check` sees every run of it, and raises
    `StageFailure` where its output is wrong.
    """
    while True:
        hash_seed = rng.randrange(1, 2**32 - 1)
        judged_first = rng.random() < 0.5
        with quiet():
            sandboxes = [stages.ready(reference)]
            try:
                sandboxes.append(stages.ready(judged))
                runs: list[BenchmarkRun | None] = [None, None]
                for side in (1, 0) if judged_first else (0, 1):
                    runs[side] = stages.benchmark(
                        judged if side else reference,
                        sandboxes[side],
                        hash_seed=hash_seed,
                        timeout_s=timeout_s if side else None,
                        pristine=pristine,
                    )
            finally:
                for sandbox in sandboxes:
                    stages.release(sandbox)
        first, second = runs
        assert first is not None and second is not None
        if check is not None:
            check(second)
        yield Pair(first, second)


def log_ratios(pairs: Sequence[Pair], metric: Metric) -> list[float]:
    """Return one log ratio a pair, more than 0 where the judged side is better.

    A value of 0 or below on either side has no ratio: such a pair counts as no difference for
    costs that round to 0 on both sides, else `ValueError`.
    """
    ratios = []
    for pair in pairs:
        a, b = pair.first.metrics[metric.name], pair.second.metrics[metric.name]
        if a == b:
            ratios.append(0.0)
            continue
        if a <= 0 or b <= 0:
            raise ValueError(
                f"metric {metric.name}: {a:g} against {b:g} has no ratio; values must be above 0"
            )
        ratios.append(math.log(a / b) if metric.direction == "minimize" else math.log(b / a))
    return ratios
