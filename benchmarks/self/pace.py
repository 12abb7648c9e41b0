"""What one CPU and its pace take off the noise of pairs, and what a program does to the pace.

    python -m strop.benchmarks.self.pace --pairs 40        (some ten minutes)

Noise: pairs of equal programs (the candidate has another comment), on any CPU, and on one whose pace is
measured; the latter by CPU time alone, and corrected with the weight that the baseline's calibration fitted.

Influence: programs with different habits, each alone on one CPU with the meter, in random order. What a
program leaves in caches must not change the pace: a candidate would be paid for it.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from strop.benchmarks.self.kernels import KERNELS, KINDS, Kind, comment
from strop.benchmarks.self.live import open_bench
from strop.benchmarks.self.live_records import Cell
from strop.job import Metric
from strop.sandbox.backends import open_backend
from strop.sandbox.driving import Inputs
from strop.sandbox.measure.intervals import interval
from strop.sandbox.measure.pace import PaceMeter, usable_cpus
from strop.sandbox.measure.pairs import Pair, log_ratios, measure_pairs

__all__ = ["main"]

TIME = Metric(name="cpu_time")

HABITS = {
    "loop": "for _ in range(5): sum(range(2_000_000))",
    "objects": "d = {}\nfor k in range(400_000): d[str(k)] = [k]",
    "gather": "import numpy as np\na = np.zeros(25_000_000)\n"
    "i = np.random.default_rng(1).integers(0, 25_000_000, 2_000_000)\nfor _ in range(6): a[i].sum()",
    "vectors": "import numpy as np\na = np.random.default_rng(1).random(20_000)\n"
    "for _ in range(400): np.exp(a) * np.sqrt(a) + a * a",
}


def noise(kernel: str, kind: Kind, pairs: int, folder: Path) -> None:
    """Print the spread of pairs of equal programs, by the three ways of timing them."""
    bench = open_bench(
        Cell(kernel, kind, False, 20), "cpu_time", open_backend("bubblewrap", report=_quiet), folder
    )
    stages, weight = bench.place.stages, bench.baseline.pace_weight or 0.0
    other = stages.build(comment(bench.kernel, 1))

    def made(count: int, *, one_cpu: bool) -> list[Pair]:
        source = measure_pairs(
            stages,
            stages.pristine,
            other,
            inputs=[Inputs()] * count,
            timeout_s=60.0,
            pace_weight=weight if one_cpu else None,
        )
        return list(source)

    anywhere: list[Pair] = []
    pinned: list[Pair] = []
    while len(anywhere) < pairs:  # in turn: a host has moods
        anywhere += made(8, one_cpu=False)
        pinned += made(8, one_cpu=True)
    raw = [math.log(p.first.metrics["cpu_time"] / p.second.metrics["cpu_time"]) for p in pinned]
    for name, ratios in (
        ("any CPU", log_ratios(anywhere, TIME)),
        ("one CPU", raw),
        (f"one CPU, pace to the power of {weight:.2f}", log_ratios(pinned, TIME)),
    ):
        found = interval(ratios)
        print(
            f"{kernel} {kind}: {name}: standard deviation {statistics.stdev(ratios):.3f}, "
            f"ratio {found.ratio:.3f} [{found.low:.3f}, {found.high:.3f}] from {found.n} pairs",
            flush=True,
        )


def influence(rounds: int) -> None:
    """Print how the pace beside programs with other habits differs from that beside a plain loop."""
    cpu = next(iter(usable_cpus()), None)
    if cpu is None:
        print("no CPU can be chosen here")
        return
    paces: dict[str, list[float]] = {name: [] for name in HABITS}
    for _ in range(rounds):
        for name in random.sample(list(HABITS), len(HABITS)):
            start = f"import os\nos.sched_setaffinity(0, {{{cpu}}})\n"
            with PaceMeter(cpu) as meter:
                subprocess.run([sys.executable, "-c", start + HABITS[name]], check=True)
            paces[name].append(meter.pace)
    for name in list(HABITS)[1:]:
        ratios = [math.log(a / b) for a, b in zip(paces[name], paces["loop"], strict=True) if a and b]
        found = interval(ratios)
        print(
            f"pace beside {name}: {found.ratio:.3f} [{found.low:.3f}, {found.high:.3f}] of that beside a loop"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="pace", description="What a CPU's pace takes off the noise.")
    parser.add_argument("--pairs", type=int, default=40, help="a kernel, a kind and a way of timing")
    parser.add_argument("--rounds", type=int, default=40, help="of each habit")
    options = parser.parse_args(argv)
    for kernel in KERNELS:
        for kind in KINDS:
            with tempfile.TemporaryDirectory(prefix="strop-pace-") as folder:
                noise(kernel.name, kind, options.pairs, Path(folder))
    influence(options.rounds)
    return 0


def _quiet(_: str) -> None:
    """Nobody has to be told which sandbox it is."""


if __name__ == "__main__":
    sys.exit(main())
