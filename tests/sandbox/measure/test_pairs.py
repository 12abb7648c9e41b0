"""Log ratios of pairs point to the better side, whatever better means for the metric."""

from __future__ import annotations

import math

import pytest

from strop.extension import ExecResult, Outcome
from strop.job import Metric
from strop.sandbox.measure.pairs import Pair, log_ratios
from strop.sandbox.stages import BenchmarkRun

RESULT = ExecResult(Outcome.EXITED, 0, b"", b"", 1.0, 1.0, 0, "host")


def pair(first: float, second: float) -> Pair:
    return Pair(BenchmarkRun({"m": first}, {}, RESULT), BenchmarkRun({"m": second}, {}, RESULT))


def test_log_ratios_point_to_the_better_side() -> None:
    pairs = [pair(2.0, 1.0), pair(3.0, 3.0), pair(0.0, 0.0)]
    assert log_ratios(pairs, Metric(name="m")) == [math.log(2), 0.0, 0.0]
    assert log_ratios(pairs[:1], Metric(name="m", direction="maximize")) == [-math.log(2)]


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_values_without_a_ratio_are_named(value: float) -> None:
    with pytest.raises(ValueError, match="metric m: 2 against"):
        log_ratios([pair(2.0, value)], Metric(name="m"))
