"""The pace of a CPU corrects times, and nobody gains by slowing it."""

from __future__ import annotations

import math
import os
import random

import pytest

from strop.extension import ExecResult, Outcome
from strop.job import Metric
from strop.sandbox.measure.intervals import interval
from strop.sandbox.measure.pace import USUAL_WEIGHT, PaceMeter, fitted_weight, free_cpu, usable_cpus
from strop.sandbox.measure.pairs import Pair, differences, influences, log_ratios
from strop.sandbox.stages import BenchmarkRun

RESULT = ExecResult(Outcome.EXITED, 0, b"", b"", 1.0, 1.0, 0, "host")
TIME = Metric(name="cpu_time")


def run(seconds: float, pace: float, name: str = "cpu_time", own_pace: float = 0.0) -> BenchmarkRun:
    return BenchmarkRun({name: seconds}, {}, RESULT, pace=pace, own_pace=own_pace)


def test_a_meter_looks_at_a_cpu_while_it_runs() -> None:
    cpu = free_cpu()
    assert cpu in usable_cpus()
    before = os.sched_getaffinity(0)
    assert cpu in before
    with PaceMeter(cpu) as meter:
        while not meter.pace:
            pass
    assert os.sched_getaffinity(0) == before
    with PaceMeter(1 << 20) as elsewhere:  # no machine has it
        pass
    assert elsewhere.pace == 0.0


def test_times_are_corrected_by_the_pace_of_their_cpu() -> None:
    slowed = Pair(run(1.5, 2000.0), run(1.0, 3000.0), pace_weight=1.0)
    assert log_ratios([slowed], TIME) == pytest.approx([0.0])
    gained = Pair(run(1.5, 3000.0), run(1.0, 3000.0), pace_weight=1.0)
    assert log_ratios([gained], TIME) == pytest.approx([math.log(1.5)])
    for alone in (Pair(run(1.5, 0.0), run(1.0, 3000.0), pace_weight=1.0), Pair(run(1.5, 2.0), run(1.0, 3.0))):
        assert log_ratios([alone], TIME) == pytest.approx([math.log(1.5)])
    memory = Pair(run(1.5, 2.0, "peak_memory"), run(1.0, 3.0, "peak_memory"), pace_weight=1.0)
    assert log_ratios([memory], Metric(name="peak_memory")) == pytest.approx([math.log(1.5)])


def test_a_program_that_slows_the_loop_gains_nothing() -> None:
    """The machine's two speeds are those around it, too; what is a program's own doing isn't."""
    rng = random.Random(3)

    def side(factor: float) -> BenchmarkRun:
        own = rng.choice((3000, 2000))
        return run(3000 / own, rng.gauss(own * factor, own / 100), own_pace=rng.gauss(own, own / 100))

    honest = [Pair(side(1.0), side(1.0), pace_weight=1.0) for _ in range(24)]
    assert not influences(honest)
    found = interval(log_ratios(honest, TIME))
    assert 0.98 < found.low < found.high < 1.02
    for slowed in (
        [Pair(side(1.0), side(0.93), pace_weight=1.0) for _ in range(24)],
        [Pair(side(0.93), side(1.0), pace_weight=1.0) for _ in range(24)],  # a rival may be a candidate
    ):
        assert influences(slowed)
        times = [(pair.first.metrics["cpu_time"], pair.second.metrics["cpu_time"]) for pair in slowed]
        assert log_ratios(slowed, TIME) == pytest.approx([math.log(a / b) for a, b in times])


def test_seconds_are_compared_at_one_pace() -> None:
    pairs = [Pair(run(1.0, 3000.0), run(1.2, 2000.0), pace_weight=1.0)] * 3
    assert differences(pairs, TIME) == pytest.approx([0.2] * 3)


def test_the_weight_is_fitted_where_the_pace_changed() -> None:
    rng = random.Random(5)
    paces = [rng.choice((-0.4, 0.0, 0.4)) for _ in range(8)]
    found = fitted_weight([-0.6 * pace + rng.gauss(0, 0.02) for pace in paces], paces)
    assert found == pytest.approx(0.6, abs=0.05)
    assert fitted_weight([0.03, -0.02] * 4, [0.0] * 8) == USUAL_WEIGHT
    assert fitted_weight([], []) == 0.0
    assert fitted_weight([pace for pace in paces], paces) == 0.0  # nothing gets slower by a higher pace
