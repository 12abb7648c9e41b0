"""The pace of a CPU while a program runs on it: a reference clock that slows down with the machine.

On a shared host a CPU has two speeds: its own, and the one it has while a neighbour computes on the other
half of its core. The same process takes 1.0 or 1.5 times its time there, for 0.1 to 5 s in turn, and CPU
time contains all of it. Pairs with one side in each state are most of the noise of such a machine.

So both sides of a pair run on one CPU, drawn by chance: the one that is fastest before the first side runs is
slower, as a rule, when the second does. Meanwhile a thread of ours wakes up there every few milliseconds
and times a loop of fixed work: loops per second of CPU time are the pace, and CPU time times pace is work
done. How far a program's time follows the pace (`pace_weight`) is fitted on pairs of the unchanged program
with itself, before any candidate is seen. For equal programs a pair and its paces are as likely one way round
as the other, so a signed-rank test of corrected log ratios stays exact, whatever the weight.

A program could slow the loop, by what it leaves in the caches for example, and gain by that. So each look
runs the loop a few times, at moments that nobody foresees, the first ones untimed; programs can't leave the
CPU; and the pace is held against that right before and after, when nothing of the program runs: where that
differs between the sides by more than chance explains, nothing is corrected (`pairs.influences`).

As a control variate: S. Asmussen & P. Glynn, "Stochastic Simulation", 2007, ch. V.2.
"""

from __future__ import annotations

import math
import os
import random
import threading
import time
from collections.abc import Sequence
from itertools import pairwise

__all__ = ["PaceMeter", "fitted_weight", "free_cpu", "usable_cpus"]

GAPS_S = (0.003, 0.007)
"""Between two looks, by chance, so that nobody is ready for one; each takes some 0.4 ms."""

WARM_ROUNDS, ROUNDS, LOOPS = 3_000, 1_000, 5
LEAST_LOOKS = 4
"""Looks that make a pace; a shorter run is not corrected."""

AROUND = 4
"""Looks right before, and right after: nothing of the program runs then."""

FREE = 1.3
"""Wall time over CPU time of a look up to which nobody else computes on a CPU."""

CHANCE = random.SystemRandom()

MOST_CPUS = 4
"""CPUs that are looked at for a free one, before a pair."""

USUAL_WEIGHT, MOST_WEIGHT = 0.9, 1.5
"""What a weight is where the pace did not change while it was fitted, and its most. Pure Python follows the
pace of a Python loop by a power of 1.1 to 1.3, array operations by 0.5 to 0.7."""

UNSURE = 0.02
"""Spread of log paces for which a fitted weight is half of what the pairs say, and half the usual one."""


class PaceMeter:
    """Measures the pace of one CPU inside of a with block."""

    def __init__(self, cpu: int) -> None:
        """`cpu` is one that this process may use; elsewhere there is no pace."""
        self._cpu = cpu
        self._ended = threading.Event()
        self._looks: list[float] = []
        self._around: list[float] = []
        self._began = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="pace", daemon=True)

    def __enter__(self) -> PaceMeter:
        """Start to look."""
        self._thread.start()
        self._began.wait()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop."""
        self._ended.set()
        self._thread.join()

    @property
    def pace(self) -> float:
        """Loops per second of CPU time, on average over wall time; 0 where there were too few looks."""
        return _mean_pace(self._looks)

    @property
    def own_pace(self) -> float:
        """The pace while nothing of the program ran, right before it and after; 0 where it is not known."""
        return _mean_pace(self._around) if self._looks else 0.0

    def _watch(self) -> None:
        there = _move_to(self._cpu)
        try:
            self._around += [_look() for _ in range(AROUND if there else 0)]
        finally:
            self._began.set()
        while there and not self._ended.wait(CHANCE.uniform(*GAPS_S)):
            self._looks.append(_look())
        self._ended.wait()
        self._around += [_look() for _ in range(AROUND if there else 0)]


def _mean_pace(looks: Sequence[float]) -> float:
    return math.fsum(1 / look for look in looks) / len(looks) if len(looks) >= LEAST_LOOKS else 0.0


def usable_cpus() -> tuple[int, ...]:
    """Return the CPUs that a pair may be held to; none where the system doesn't tell."""
    return tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ()


def free_cpu() -> int | None:
    """Return a CPU by chance, one that nobody else computes on if there is one; None where none is told."""
    cpus = usable_cpus()
    drawn = CHANCE.sample(cpus, min(len(cpus), MOST_CPUS))
    free: list[int] = []

    def look() -> None:
        for cpu in drawn:
            if _move_to(cpu):
                wall, busy = time.perf_counter(), time.thread_time()
                _look()
                if time.perf_counter() - wall <= FREE * (time.thread_time() - busy):
                    free.append(cpu)
                    return

    if len(drawn) > 1:
        thread = threading.Thread(target=look, name="pace", daemon=True)  # the caller stays where it is
        thread.start()
        thread.join()
    return next(iter(free or drawn), None)


def fitted_weight(log_ratios: Sequence[float], log_paces: Sequence[float]) -> float:
    """Return by which power of the pace a program's time changes, from pairs of it with itself.

    Args:
        log_ratios: Of the times, one a pair.
        log_paces: Of the paces, the same way round: where the first side's is higher, its time is lower.
    """
    spread = math.fsum(pace**2 for pace in log_paces) + len(log_paces) * UNSURE**2
    product = math.fsum(ratio * pace for ratio, pace in zip(log_ratios, log_paces, strict=True))
    usual = USUAL_WEIGHT * len(log_paces) * UNSURE**2
    return min(MOST_WEIGHT, max(0.0, (usual - product) / spread)) if log_paces else 0.0


def _look() -> float:
    """Return the CPU time of the loop, in seconds: the least of a few, undisturbed by what comes between."""
    _loop(WARM_ROUNDS)  # what another program left in the caches is not the machine's pace
    marks = [time.thread_time()]
    for _ in range(LOOPS):
        _loop(ROUNDS)
        marks.append(time.thread_time())
    return max(min(after - before for before, after in pairwise(marks)), 1e-9)


def _loop(rounds: int) -> None:
    total = 0
    for number in range(rounds):
        total += number


def _move_to(cpu: int) -> bool:
    """Keep this thread on a CPU from now on; on Linux each thread has an affinity of its own."""
    try:
        os.sched_setaffinity(0, {cpu})
    except (AttributeError, OSError):  # no such call, or the CPU is not there, or not for us
        return False
    return True
