"""The pace of a CPU corrects times, and nobody gains by slowing it."""

from __future__ import annotations

import math
import os
import random

import pytest

from strop.extension import ExecResult, Outcome
from strop.job import Metric
from strop.sandbox.measure.intervals import interval
from strop.sandbox.measure.pace import USUAL_WEIGHT, PaceMeter, fitted_weight, usable_cpus
from strop.sandbox.measure.pairs import Pair, log_ratios
from strop.sandbox.stages import BenchmarkRun

RESULT = ExecResult(Outcome.EXITED, 0, b"", b"", 1.0, 1.0, 0, "host")
TIME = Metric(name="cpu_time")


def run(seconds: float, pace: float, name: str = "cpu_time") -> BenchmarkRun:
    return BenchmarkRun({name: seconds}, {}, RESULT, pace=pace)


def test_a_meter_looks_at_a_cpu_while_it_runs() -> None:
    cpu = max(usable_cpus())
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


def test_a_candidate_that_slows_the_loop_gains_nothing() -> None:
    rng = random.Random(3)
    pairs = [
        Pair(run(1.0, rng.gauss(3000, 30)), run(1.0, rng.gauss(2700, 30)), pace_weight=1.0) for _ in range(24)
    ]
    assert interval(log_ratios(pairs, TIME)).ratio == pytest.approx(1.0)
    # Slower beside the unchanged program: by no doing of the candidate, and corrected.
    other = [Pair(pair.second, pair.first, pace_weight=1.0) for pair in pairs]
    assert interval(log_ratios(other, TIME)).ratio == pytest.approx(0.9, abs=0.01)


def test_the_weight_is_fitted_where_the_pace_changed() -> None:
    rng = random.Random(5)
    paces = [rng.choice((-0.4, 0.0, 0.4)) for _ in range(8)]
    found = fitted_weight([-0.6 * pace + rng.gauss(0, 0.02) for pace in paces], paces)
    assert found == pytest.approx(0.6, abs=0.05)
    assert fitted_weight([0.03, -0.02] * 4, [0.0] * 8) == USUAL_WEIGHT
    assert fitted_weight([], []) == 0.0
    assert fitted_weight([pace for pace in paces], paces) == 0.0  # nothing gets slower by a higher pace
