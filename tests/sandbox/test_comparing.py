"""What is said of pairs: comparisons, labels, objections, the clock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from strop.extension import ExecResult, Outcome
from strop.job import Job, parse_job
from strop.sandbox.baseline import choose_clock, same_outputs
from strop.sandbox.comparing import (
    cache_label,
    compare,
    gains_less,
    labels,
    limit_by_hearsay,
    looked_up,
    objection,
)
from strop.sandbox.driving import Inputs, inputs_vary
from strop.sandbox.gate import Finding
from strop.sandbox.measure.intervals import interval
from strop.sandbox.measure.pairs import Pair
from strop.sandbox.stages import BenchmarkRun, StageFailure

RESULT = ExecResult(Outcome.EXITED, 0, b"", b"", 1.0, 1.0, 0, "test")


def job(**metric: Any) -> Job:
    data: dict[str, Any] = {"target": {"files": ["a.py"]}, "commands": {"benchmark": "true"}}
    return parse_job({**data, "metrics": [metric or {"name": "time"}]}, "test")


def run(wall: float, cpu: float, **more: Any) -> BenchmarkRun:
    metrics = {"wall_time": wall, "cpu_time": cpu, "peak_memory": 1e6, **more.pop("metrics", {})}
    return BenchmarkRun(metrics, more.pop("outputs", {}), RESULT, **more)


def pairs(old: Sequence[float], new: Sequence[float], count: int = 12, **more: Any) -> list[Pair]:
    """Pairs of (wall, CPU) with a spread of about 1 %."""
    spread = [1 + 0.002 * (n % 5) for n in range(count)]
    return [
        Pair(run(old[0] * s, old[1] * s), run(new[0] * t, new[1] * t, **more))
        for s, t in zip(spread, reversed(spread), strict=True)
    ]


def test_time_is_cpu_time_where_one_process_computes() -> None:
    assert choose_clock([run(1.0, 0.97), run(1.9, 0.96)]) == "cpu_time"  # the second waited for a processor
    assert choose_clock([run(1.0, 0.3), run(1.1, 0.3)]) == "wall_time"  # it sleeps
    assert choose_clock([run(1.0, 1.9), run(1.0, 1.8)]) == "wall_time"  # two threads


def test_both_clocks_are_always_compared() -> None:
    found = compare(pairs((1, 0.9), (0.5, 0.45)), job(), "cpu_time")
    assert [c.metric for c in found] == ["cpu_time", "wall_time", "peak_memory"]
    assert found[0].low > 1.9 and found[0].source == "measured"


def test_a_corrected_ratio_can_be_computed_again_from_what_is_kept() -> None:
    paced = [
        replace(
            pair,
            first=replace(pair.first, pace=2000.0),
            second=replace(pair.second, pace=3000.0),
            pace_weight=0.5,
        )
        for pair in pairs((1, 0.9), (0.5, 0.45))
    ]
    cpu, wall, _ = compare(paced, job(), "cpu_time")
    again = interval(
        [
            math.log(before / after) + correction
            for before, after, correction in zip(cpu.baseline, cpu.candidate, cpu.corrections, strict=True)
        ]
    )
    assert (cpu.ratio, cpu.low, cpu.high) == pytest.approx((again.ratio, again.low, again.high))
    assert cpu.ratio == pytest.approx(wall.ratio * (2 / 3) ** 0.5)
    assert wall.corrections == ()


def test_outputs_count_as_the_same_only_for_the_same_inputs() -> None:
    one = [run(1, 1, outputs={"output": b"a"}, inputs=Inputs(1)) for _ in range(2)]
    two = [run(1, 1, outputs={"output": b"b"}, inputs=Inputs(2)) for _ in range(2)]
    assert same_outputs([*one, *two]).keys() == {"output"}
    changed = run(1, 1, outputs={"output": b"c"}, inputs=Inputs(2))
    assert same_outputs([*one, *two, changed]) == {}


def test_cpu_time_that_is_waited_for_is_no_gain() -> None:
    moved = pairs((1.0, 0.95), (2.0, 0.4))
    assert "wall time rose" in objection(moved, compare(moved, job(), "cpu_time"))
    saved = pairs((1.0, 0.95), (0.5, 0.4))
    assert objection(saved, compare(saved, job(), "cpu_time")) == ""


def test_a_program_that_only_computes_is_no_faster_by_cpu_time_alone() -> None:
    hidden = pairs((1.0, 0.98), (0.5, 0.1))  # the rest was burnt by whom nobody counts
    said = objection(hidden, compare(hidden, job(), "cpu_time"))
    assert "CPU time fell 9.80 times, and wall time did not follow (2.00 [" in said
    assert objection(hidden, compare(hidden, job(), "cpu_time"), served=True) == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ((1.0, 0.5), (0.9, 0.1)),  # half of the time it waited, and still does
        ((1.0, 4.0), (1.0, 1.2)),  # threads that spin
        ((2.15, 2.0), (0.157, 0.007)),  # all but a short wait is gone
        ((1.0, 0.98), (0.1, 0.08)),
    ],
)
def test_wall_time_need_not_follow_where_something_else_takes_it(
    old: tuple[float, float], new: tuple[float, float]
) -> None:
    found = pairs(old, new)
    assert objection(found, compare(found, job(), "cpu_time")) == ""


def test_a_gain_that_shows_only_in_who_comes_next_is_none() -> None:
    def found(first: float, second: float) -> list[Pair]:
        """Pairs with the gain where the candidate ran first, and where it ran second."""
        ahead = [replace(pair, judged_first=True) for pair in pairs((first, first), (1.0, 1.0))]
        return [*ahead, *pairs((second, second), (1.0, 1.0))]

    for slowed in (found(1.4, 1.0), found(1.5, 1.06)):
        assert compare(slowed, job(), "cpu_time")[0].low > 1
        said = objection(slowed, compare(slowed, job(), "cpu_time"))
        assert "it is ahead of a program that ran after it" in said and "from 12 pairs" in said
    for honest in (found(1.2, 1.15), found(1.11, 1.048)):  # whoever runs second is a little slower
        assert objection(honest, compare(honest, job(), "cpu_time")) == ""


def test_a_limit_is_not_kept_by_the_candidates_word() -> None:
    data = {"target": {"files": ["a.py"]}, "commands": {"benchmark": "true"}}
    metrics = [{"name": "time"}, {"name": "accuracy", "direction": "maximize", "limit": 0.9}]
    told = parse_job({**data, "metrics": metrics}, "test")
    said = [replace(pair, first=with_accuracy(pair.first), second=with_accuracy(pair.second))
            for pair in pairs((1.0, 0.9), (0.5, 0.4))]  # fmt: skip
    comparisons = compare(said, told, "cpu_time")
    assert limit_by_hearsay(told, comparisons).startswith(
        "its limit of accuracy can't be held: accuracy is self-"
    )
    judged = parse_job(
        {**data, "metrics": metrics, "commands": {"benchmark": "true", "evaluate": "x"}}, "test"
    )
    assert limit_by_hearsay(judged, compare(said, judged, "cpu_time")) == ""


def with_accuracy(run: BenchmarkRun) -> BenchmarkRun:
    return replace(run, metrics={**run.metrics, "accuracy": 0.99})


def test_the_seed_of_a_judge_is_none_of_the_program() -> None:
    data = {"target": {"files": ["a.py"]}, "commands": {"benchmark": "x", "evaluate": "y {seed}"}}
    assert not inputs_vary(parse_job(data, "test"))
    scored = {**data, "metrics": [{"name": "score", "direction": "maximize"}]}
    assert inputs_vary(parse_job(scored, "test"))
    assert inputs_vary(parse_job({**data, "commands": {"benchmark": "x {seed}"}}, "test"))


@pytest.mark.parametrize(("key", "where"), [("startup_cpu_s", "start-up"), ("closing_cpu_s", "last reply")])
def test_work_that_was_moved_is_no_gain(key: str, where: str) -> None:
    moved = pairs((1.0, 0.9), (0.5, 0.4), **{key: 0.45})
    assert where in objection(moved, compare(moved, job(), "cpu_time"))
    little = pairs((1.0, 0.9), (0.5, 0.4), **{key: 0.05})
    assert objection(little, compare(little, job(), "cpu_time")) == ""


def test_noise_of_a_few_starts_is_no_moved_work() -> None:
    saving = pairs((0.04, 0.034), (0.003, 0.002), count=3)
    noisy = [
        replace(pair, second=replace(pair.second, startup_cpu_s=grown))
        for pair, grown in zip(saving, (0.012, 0.003, 0.02), strict=True)
    ]
    assert objection(noisy, compare(noisy, job(), "cpu_time")) == ""
    moved = [
        replace(pair, second=replace(pair.second, startup_cpu_s=grown))
        for pair, grown in zip(saving, (0.030, 0.033, 0.031), strict=True)
    ]
    assert "start-up" in objection(moved, compare(moved, job(), "cpu_time"))


def test_wall_time_bought_with_cpu_time_is_labelled() -> None:
    bought = compare(pairs((1.0, 1.0), (0.6, 1.7)), job(name="wall_time"), "wall_time")
    assert labels(bought) == ("parallel trade-off: wall time is bought with 1.7 times the CPU time",)
    assert labels(compare(pairs((1.0, 1.0), (0.6, 0.6)), job(name="wall_time"), "wall_time")) == ()


def test_qualities_are_compared_by_difference() -> None:
    of = job(name="accuracy", direction="maximize", compare="difference", minimum_effect=0.01)
    measured = [
        Pair(
            run(1, 1, metrics={"accuracy": 0.80 + 0.001 * n}),
            run(1, 1, metrics={"accuracy": 0.83 + 0.0011 * n}),
        )
        for n in range(12)
    ]
    found = compare(measured, of, "wall_time")[0]
    assert found.source == "self-reported" and found.difference is not None
    assert found.difference[0] == pytest.approx(0.0305, abs=0.001)
    assert found.difference[1] > 0.029


def test_a_metric_without_a_ratio_is_explained() -> None:
    of = job(name="loss")
    measured = [Pair(run(1, 1, metrics={"loss": -1.0}), run(1, 1, metrics={"loss": 1.0}))] * 6
    with pytest.raises(StageFailure, match="difference"):
        compare(measured, of, "wall_time")


def test_notes_of_the_gate_count_where_inputs_repeat() -> None:
    table, cache = Finding("a.py", 7, "table", "", False), Finding("a.py", 9, "cache", "", False)
    assert looked_up([cache, table], seeded=False).startswith("a.py:7 adds a table")
    assert looked_up([cache, table], seeded=True) == looked_up([cache], seeded=False) == ""
    result = Finding("a.py", 3, "result", "", False)
    assert "a.py:3 adds a constant that the benchmark prints" in looked_up([result], seeded=False)
    assert looked_up([result], seeded=True) == ""
    assert cache_label([table, cache])[0].startswith("cache: a.py:9") and cache_label([table]) == ()


@pytest.mark.parametrize(
    ("cold", "less"),
    [
        ((0.130, 0.125), False),  # each call saves 5 ms, the first one has costs of its own on both sides
        ((0.130, 0.130), True),
        ((0.130, 0.900), True),  # the first call makes a table
    ],
)
def test_what_the_first_call_does_not_save_was_kept(cold: tuple[float, float], less: bool) -> None:
    warm = pairs((0.100, 0.100), (0.050, 0.050))  # 10 calls
    alone = pairs((cold[0], cold[0]), (cold[1], cold[1]))
    assert gains_less(alone, warm, "cpu_time", 10) is less
    assert not gains_less(alone, warm, "peak_memory", 10)
