"""Instructions of a command, counted by callgrind: for short kernels on machines too noisy to time them.

callgrind runs the program on a simulated processor and counts what it executes, so that two runs of
one program on one input give the same number, whatever else the machine does: measured, bit for bit,
for Python programs at a load of 12. Three conditions: the same hash seed (another one moves the count
of a Python program by 5 %), no threads that race, and no reading of clocks to decide what to do.

What the count does not tell:

- time: a cache miss or a mispredicted branch costs the same as an addition;
- code that picks its instructions by the processor (BLAS, AVX kernels): the simulated one lacks
  AVX-512, so that another kernel is counted than runs in earnest;
- input and output, waiting, and the kernel's own work: system calls count as nothing;
- parallel gains: threads run one after the other;
- garbage collection, where its moments depend on time.

It is 60 to 100 times slower than the program, and its start alone takes about 2 s of CPU time: good
for kernels of at most 50 ms.

**Whose word it is.** The counter runs inside the candidate's own process, and its file belongs to the
candidate's user: a program can stop the counting by an instruction that callgrind obeys, or write
another file. Nothing outside can count instructions in its place without counters of the processor,
which virtual machines hide. So the source of a comparison is `SOURCE`, "self-reported", and it is
held against a clock that is read from outside: `objection`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from strop.extension import ExecResult, Sandbox
from strop.sandbox.profilers.callgrind import (
    FILES,
    OUTPUT_FOLDER,
    callgrind_problem,
    callgrind_total,
    callgrind_wrap,
)
from strop.sandbox.profilers.fetch import fetch
from strop.sandbox.profilers.schema import Malformed

__all__ = ["SOURCE", "Count", "count_env", "objection", "problem", "read", "wrap"]

SOURCE = "self-reported"
"""Of a comparison of instruction counts, see the module's text."""

TRUSTED_RATE = 3.0
"""How far instructions per second of outside CPU time may fall behind the baseline's.

Measured under callgrind on eleven Python kernels (arithmetic, text, dicts, calls, sorting, JSON,
patterns, copies, hashing) of 0.1 to 1.1 billion instructions: 54 to 150 million a second, a factor
of 2.8. So it exposes a count that was made up, not one that was trimmed.
"""


IMPOSSIBLE_RATE = 10.0
"""The same, of any single pair."""

START_S = 2.0
"""CPU time that callgrind's start takes; on a slower machine more, of which the rest stands in both sides."""


class Count(NamedTuple):
    """One counted run."""

    instructions: int  # of the command, the shell that starts it, and all processes below
    cpu_s: float  # of the run under callgrind, from outside
    reason: str = ""  # why there is no count (`instructions` is 0 then)


def problem(sandbox: Sandbox, env: Mapping[str, str] | None = None) -> str:
    """Return why instructions can't be counted in a sandbox, with the remedy; empty where they can.

    An image of docker needs valgrind in it; bubblewrap and process have this machine's. `env`:
    variables of the command.
    """
    return callgrind_problem(sandbox, env)


def count_env(hash_seed: int) -> dict[str, str]:
    """Return the variables of a counted command: a fixed hash seed, the same for both sides of a pair."""
    return {"PYTHONHASHSEED": str(hash_seed)}


def wrap(command: str) -> str:
    """Return the shell command that counts another one; it prints and ends as that does."""
    return callgrind_wrap(command)


def read(sandbox: Sandbox, result: ExecResult) -> Count:
    """Return the count of a wrapped command that has ended in a sandbox.

    A candidate that left no sound count has a reason instead: that is its failure, not the provider's.
    """
    raw = {path: content for path, content in fetch(sandbox, OUTPUT_FOLDER).items() if FILES.fullmatch(path)}
    try:
        return Count(callgrind_total(raw), result.cpu_s)
    except Malformed as error:
        return Count(0, result.cpu_s, f"no instructions were counted: {error}")


def objection(pairs: Sequence[tuple[Count, Count]]) -> str:
    """Return why a candidate's counts can't be believed, empty where they can.

    Both sides ran under callgrind, where CPU time follows the count. A candidate that reports far fewer
    instructions for its seconds than the baseline does has hidden some.

    Args:
        pairs: (baseline, candidate) of each pair.
    """
    for side, counts in zip(("baseline", "candidate"), zip(*pairs, strict=True), strict=True):
        for count in counts:
            if count.reason:
                return f"the {side}: {count.reason}"
            if count.instructions <= 0 or count.cpu_s <= 0 or not math.isfinite(count.cpu_s):
                return f"the {side} has no count of instructions and CPU time to compare"
    rates = sorted(
        (_rate(baseline) / _rate(candidate), place) for place, (baseline, candidate) in enumerate(pairs)
    )
    # In the middle pair, since what else the machine does moves seconds; ten times is nobody's noise.
    rate, place = rates[len(rates) // 2]
    if rates[-1][0] > IMPOSSIBLE_RATE:
        rate, place = rates[-1]
    if rate <= TRUSTED_RATE:
        return ""
    count = pairs[place][1]
    return (
        f"the candidate reports {count.instructions:,} instructions for {count.cpu_s:.1f} s of CPU "
        f"time under callgrind, {rate:.1f} times fewer a second than the unchanged program: some were not "
        "counted"
    )


def _rate(count: Count) -> float:
    """Return instructions a second, without callgrind's own start, which a short program mostly is."""
    return count.instructions / max(count.cpu_s - START_S, count.cpu_s / 4)
