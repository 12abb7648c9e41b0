"""Interleaved pairs: two built trees, each in its own fresh sandbox, timed one after the other.

The orders inside a pair are random, both sides share the inputs and the hash seed, nothing else is timed
meanwhile, and no sandbox is used twice, so nothing that a candidate wrote reaches the next pair. Programs
that compute in one process run on one CPU, whose pace is measured meanwhile (`pace`).

Each run gets a layout of memory of its own. Address randomisation moves whole pages only, so where things
lie within them depends on the program's text: a comment moved numpy's arrays and made the same code 4.8 %
(standard error 0.9) faster, which no number of pairs tells from a gain. An environment variable of a random
length turns that into noise (T. Mytkowicz et al., "Producing wrong data without doing anything obviously
wrong!", ASPLOS 2009).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from strop.errors import DaemonError, SandboxLost
from strop.extension import Sandbox
from strop.job import Metric
from strop.sandbox.driving import Inputs
from strop.sandbox.measure.intervals import interval
from strop.sandbox.measure.pace import free_cpu
from strop.sandbox.measure.quiet import background, quiet
from strop.sandbox.stages import BenchmarkRun, Built, Stages

__all__ = ["Pair", "differences", "influences", "log_ratios", "measure_pairs", "pace_corrections"]

PADDING_BYTES = 4096
"""Longest padding of the environment: a page, since whole pages are random already."""

CHANCE = random.SystemRandom()
"""Draws anew in every measurement. By the job's seed, orders that happen to favour one side would favour it
for everybody, and a candidate could know them."""

INFLUENCE_PAIRS, INFLUENCE_CONFIDENCE = 8, 0.98
"""Pairs, and how surely, before a difference in what the sides do to the pace counts as theirs."""

RETRIES = 2
"""Pairs of one series that may be measured again; few, so that nobody can fish for lucky ones."""


@dataclass(frozen=True)
class Pair:
    """One run of each side."""

    first: BenchmarkRun  # of the tree that is the reference
    second: BenchmarkRun  # of the tree that is judged
    beside: bool = True  # made together; False: the first is of another moment, and its times say nothing
    judged_first: bool = False  # in time: whatever it left behind met the other side
    pace_weight: float = 0.0  # the power of its CPU's pace by which times are corrected

    @property
    def log_paces(self) -> float:
        """How much faster the CPU was beside the first side, as a log ratio; 0 where that is not known."""
        a, b = self.first.pace, self.second.pace
        return math.log(a / b) if a and b else 0.0

    @property
    def influence(self) -> float | None:
        """How much more the second side slowed the pace than the first, as a log ratio."""
        sides = (self.first, self.second)
        if not all(side.pace and side.own_pace for side in sides):
            return None
        own, other = (side.own_pace / side.pace for side in sides)
        return math.log(other / own)


@dataclass(frozen=True)
class _Draw:
    """What chance decides in a pair."""

    judged_first: bool  # in time
    judged_filled_first: bool
    paddings: tuple[int, int]  # of the environment, in bytes
    hash_seeds: tuple[int, int]
    cpu: int | None  # the only one of both sides

    @classmethod
    def by(cls, rng: random.Random, apart: bool, one_cpu: bool) -> _Draw:
        # Never derived from the inputs' seed: a candidate can read it, or tell it by hashing.
        hash_seed = rng.randrange(1, 2**32 - 1)
        return cls(
            judged_first=rng.random() < 0.5,
            judged_filled_first=rng.random() < 0.5,
            paddings=(rng.randrange(PADDING_BYTES), rng.randrange(PADDING_BYTES)),
            hash_seeds=(rng.randrange(1, 2**32 - 1) if apart else hash_seed, hash_seed),
            cpu=free_cpu() if one_cpu else None,
        )


def measure_pairs(
    stages: Stages,
    reference: Built,
    judged: Built,
    *,
    rng: random.Random = CHANCE,
    inputs: Iterable[Inputs],
    timeout_s: float,
    check: Callable[[BenchmarkRun, BenchmarkRun], None] | None = None,
    cold: bool = False,
    timed: bool = True,
    known: dict[Inputs, BenchmarkRun] | None = None,
    apart: bool = False,
    pace_weight: float | None = None,
) -> Iterator[Pair]:
    """Yield one pair for each of `inputs`; the caller takes as many as its plan says.

    A pair that the provider lost is measured anew, whole, at most `RETRIES` times in all.

    Args:
        rng: Draws the orders inside each pair, the hash seeds and the layouts of memory.
        inputs: Seeds and splits, one a pair; may be endless.
        timeout_s: Deadline of the judged side alone.
        check: Sees every pair's (judged, reference), and raises `StageFailure` where the judged
            side's output is wrong.
        cold: For `[calls]`: one call in a new process.
        timed: Whether nothing else may go on meanwhile; False where only results are looked at.
        known: For values that depend on nothing but the inputs: runs of the reference, which are not
            made again and are added here. Nothing is timed then.
        apart: Whether each side has a hash seed of its own: tells values that hang on it.
        pace_weight: The power of the pace by which CPU times are corrected, both sides on one CPU, whose pace
            is measured; None: on any CPU.
    """
    retries = RETRIES
    for these in inputs:
        if stages.job.calls is not None:
            stages.requests(these)  # made before anything is timed
        while True:
            draw = _Draw.by(rng, apart, timed and pace_weight is not None)
            try:
                if known is not None:
                    hash_seed = draw.hash_seeds[1]
                    first, second = _untimed(stages, (reference, judged), hash_seed, these, timeout_s, known)
                else:
                    first, second = _pair(stages, (reference, judged), draw, these, timeout_s, cold, timed)
                break
            except (SandboxLost, DaemonError):
                retries -= 1
                if retries < 0:
                    raise
        if check is not None:
            check(second, first)
        yield Pair(
            first,
            second,
            beside=known is None,
            judged_first=draw.judged_first,
            pace_weight=pace_weight or 0.0,
        )


def _pair(
    stages: Stages,
    sides: tuple[Built, Built],
    draw: _Draw,
    inputs: Inputs,
    timeout_s: float,
    cold: bool,
    timed: bool,
) -> tuple[BenchmarkRun, BenchmarkRun]:
    """Fill both sandboxes, then run both sides in them."""
    with quiet() if timed else background():
        sandboxes: dict[int, Sandbox] = {}
        try:
            for side in (1, 0) if draw.judged_filled_first else (0, 1):
                sandboxes[side] = stages.ready(sides[side])
            cpu = draw.cpu
            if cpu is not None and not all([sandbox.pin(cpu) for sandbox in sandboxes.values()]):
                cpu = None
            runs = {}
            for side in (1, 0) if draw.judged_first else (0, 1):
                runs[side] = stages.benchmark(
                    sides[side],
                    sandboxes[side],
                    hash_seed=draw.hash_seeds[side],
                    padding=draw.paddings[side],
                    inputs=inputs,
                    timeout_s=timeout_s if side else None,
                    cold=cold,
                    cpu=cpu,
                )
                # What a side leaves in memory or on disk is gone before the other one is timed.
                stages.release(sandboxes.pop(side))
            return runs[0], runs[1]
        finally:
            for sandbox in sandboxes.values():
                stages.release(sandbox)


def _untimed(
    stages: Stages,
    sides: tuple[Built, Built],
    hash_seed: int,
    inputs: Inputs,
    timeout_s: float,
    known: dict[Inputs, BenchmarkRun],
) -> tuple[BenchmarkRun, BenchmarkRun]:
    """Run the judged side, and the reference where its run isn't known."""

    def run(side: int) -> BenchmarkRun:
        sandbox = stages.ready(sides[side])
        try:
            deadline = timeout_s if side else None
            return stages.benchmark(
                sides[side], sandbox, hash_seed=hash_seed, inputs=inputs, timeout_s=deadline
            )
        finally:
            stages.release(sandbox)

    with background():
        if inputs not in known:
            known[inputs] = run(0)
        return known[inputs], run(1)


def log_ratios(pairs: Sequence[Pair], metric: Metric, *, influenced: bool | None = None) -> list[float]:
    """Return one log ratio a pair, more than 0 where the judged side is better.

    A value of 0 or below on either side has no ratio: such a pair counts as no difference for
    costs that round to 0 on both sides, else `ValueError`. CPU time is corrected by the pace of the CPU.

    Args:
        influenced: Whether a side changed the pace; default: as these pairs tell.
    """
    corrections = pace_corrections(pairs, metric, influenced=influenced) or (0.0,) * len(pairs)
    ratios = []
    for pair, correction in zip(pairs, corrections, strict=True):
        a, b = pair.first.metrics[metric.name], pair.second.metrics[metric.name]
        if a != b and (a <= 0 or b <= 0):
            raise ValueError(
                f"metric {metric.name}: {a:g} against {b:g} has no ratio; values must be above 0 "
                "(qualities such as accuracy take compare = 'difference')"
            )
        gain = correction + (math.log(a) - math.log(b) if a != b else 0.0)
        ratios.append(gain if metric.direction == "minimize" else -gain)
    return ratios


def pace_corrections(
    pairs: Sequence[Pair], metric: Metric, *, influenced: bool | None = None
) -> tuple[float, ...]:
    """Return what the pace of its CPU adds to the log ratio of each pair; nothing where none is corrected.

    Args:
        influenced: Whether a side changed the pace; default: as these pairs tell.
    """
    if metric.name != "cpu_time" or not any(pair.pace_weight and pair.log_paces for pair in pairs):
        return ()
    if influences(pairs) if influenced is None else influenced:
        return ()
    return tuple(pair.pace_weight * pair.log_paces for pair in pairs)


def influences(pairs: Sequence[Pair]) -> bool:
    """Return whether the sides changed the pace of their CPU differently, by more than chance explains.

    Either way round: the first may be another candidate, too.
    """
    found = [pair.influence for pair in pairs]
    known = [influence for influence in found if influence is not None]
    if len(known) < INFLUENCE_PAIRS:
        return False
    seen = interval(known, INFLUENCE_CONFIDENCE)
    return not seen.low <= 1 <= seen.high


def differences(pairs: Sequence[Pair], metric: Metric) -> list[float]:
    """Return one difference a pair in the metric's unit, more than 0 where the judged side is better.

    CPU time of the judged side is what it would be at the first's pace.
    """
    sign = -1 if metric.direction == "minimize" else 1
    corrections = pace_corrections(pairs, metric) or (0.0,) * len(pairs)
    found = []
    for pair, correction in zip(pairs, corrections, strict=True):
        pace = math.exp(-correction)
        found.append(sign * (pair.second.metrics[metric.name] * pace - pair.first.metrics[metric.name]))
    return found
