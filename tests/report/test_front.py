"""The Pareto front and its hypervolume."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from strop.errors import ConfigError
from strop.job import Job, parse_job
from strop.report.front import front_lines, front_of, hypervolume, parse_weights, pick
from strop.trial import Comparison, StageResult, Trial, TrialState


def job_of(*metrics: dict[str, object]) -> Job:
    data = {"target": {"files": ["a.py"]}, "commands": {"benchmark": "true"}, "metrics": list(metrics)}
    return parse_job(data, "strop.toml")


def trial(number: int, *ratios: float) -> Trial:
    comparisons = tuple(Comparison(f"m{i}", ratio, 0.0, 9.0, 3, "measured") for i, ratio in enumerate(ratios))
    return Trial(number, f"c{number}", "x", TrialState.COMPLETE, comparisons=comparisons)


TWO = job_of({"name": "wall_time"}, {"name": "peak_memory"})


def test_what_is_beaten_in_all_metrics_is_not_on_the_front() -> None:
    failed = Trial(6, "c6", "x", TrialState.FAILED)
    trials = [
        trial(1, 2.0, 0.5),
        trial(2, 1.5, 1.2),
        trial(3, 1.4, 1.1),
        trial(4, 0.5, 3.0),
        trial(5, 0.9, 0.9),
        failed,
    ]
    front = front_of(TWO, trials)
    assert front is not None and [row["trial"] for row in front["trials"]] == [1, 2, 4]
    assert front["trials"][1]["gains"] == {"wall_time": 1.5, "peak_memory": 1.2}
    assert front["hypervolume"] == pytest.approx(math.log(1.5) * math.log(1.2))
    assert front_lines(front)[-2:] == [
        "  trial 4: wall_time 0.5, peak_memory 3",
        "  hypervolume over the unchanged program: 0.0739 (of logarithms of ratios)",
    ]


def test_what_only_a_proxy_saw_is_not_on_the_front() -> None:
    dropped = replace(trial(7, 0.9, 9.0), stages=(StageResult("proxy", True, 1.0),))
    front = front_of(TWO, [trial(1, 2.0, 0.5), dropped])
    assert front is not None and [row["trial"] for row in front["trials"]] == [1, 0]
    whole = replace(dropped, stages=(StageResult("measure", True, 1.0),))
    front = front_of(TWO, [trial(1, 2.0, 0.5), whole])
    assert front is not None and [row["trial"] for row in front["trials"]] == [1, 0, 7]


def test_weights_pick_a_trial_of_the_front() -> None:
    front = front_of(TWO, [trial(1, 2.0, 0.5), trial(2, 1.5, 1.2), trial(4, 0.5, 3.0)])
    assert front is not None

    def picked(text: str) -> int:
        return pick(front, TWO, parse_weights(text, TWO))

    assert (picked("wall_time"), picked("peak_memory"), picked("wall_time=1, peak_memory=1")) == (1, 4, 2)
    assert picked("wall_time=0,peak_memory=2") == 4
    worse = front_of(TWO, [trial(1, 2.0, 0.5)])
    assert worse is not None and pick(worse, TWO, {"peak_memory": 1.0}) == 0  # the unchanged program


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("latency=1", "unknown metric 'latency'; known: wall_time, peak_memory"),
        ("wall_time=much", "wall_time=much: not a number; e.g. wall_time=2"),
        ("wall_time=-1", "wall_time=-1: at least 0"),
        ("", "unknown metric ''"),
    ],
)
def test_what_is_no_weight_is_said(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_weights(text, TWO)


def test_the_unchanged_program_is_on_it_where_nothing_beats_it() -> None:
    front = front_of(TWO, [trial(1, 2.0, 0.5)])
    assert front is not None and [row["trial"] for row in front["trials"]] == [1, 0]
    assert front["hypervolume"] is None and front_lines(front) == []
    assert front_of(job_of({"name": "wall_time"}), [trial(1, 2.0)]) is None and front_lines(None) == []


@pytest.mark.parametrize(
    ("points", "volume"),
    [
        ([], 0.0),
        ([(2.0,), (3.0,)], 3.0),
        ([(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)], 6.0),
        ([(1.0, 1.0), (1.0, 1.0)], 1.0),
        ([(1.0, 1.0, 1.0), (2.0, 0.5, 0.5)], 1.25),
    ],
)
def test_the_hypervolume(points: list[tuple[float, ...]], volume: float) -> None:
    assert hypervolume(points) == pytest.approx(volume)
