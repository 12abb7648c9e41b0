"""Islands, lessons and the limit of a trace, without a study."""

from __future__ import annotations

import random

import pytest

from strop.agents.optimizers.arms.evolution import partners
from strop.agents.optimizers.arms.islands import (
    ISLANDS,
    MIGRATION,
    archives,
    island_of,
    relatives,
    tournament,
)
from strop.agents.optimizers.arms.lessons import gains_of, lesson_of, losers, outcome_of, winners
from strop.agents.optimizers.arms.opto import TRACE_TOKENS, rendered
from strop.agents.optimizers.arms.tries import Try, baseline_try
from strop.agents.opto.jobs.trials import trace_trial
from strop.candidate import BASELINE, Candidate, FileEdit
from strop.job import Commands, Job, Target
from strop.trial import Comparison, StageResult, Trial, TrialState


def tried(turn: int, ratio: float | None, *parents: Try, spread: float = 1.01) -> Try:
    made_from = tuple(parent.candidate.id for parent in parents) or (BASELINE.id,)
    edits = (FileEdit("a.py", f"x = {turn}\n"),)
    candidate = Candidate(edits, (), made_from, "evolution", f"Idea {turn}.")
    if ratio is None:
        failed = Trial(turn, candidate.id, "evolution", TrialState.FAILED, stage="build", reason="no build.")
        return Try(turn, candidate, failed)
    found = Comparison("wall_time", ratio, ratio / spread, ratio * spread, 5, "measured")
    trial = Trial(turn, candidate.id, "evolution", TrialState.COMPLETE, comparisons=(found,))
    return Try(turn, candidate, trial)


def turns_of(archive: list[Try]) -> list[int]:
    return [one.turn for one in archive]


def test_turns_go_round_the_islands() -> None:
    assert [island_of(turn) for turn in range(1, 8)] == [0, 1, 2, 0, 1, 2, 0]


def test_an_archive_ranks_what_was_measured_and_has_no_failures() -> None:
    tries = [tried(1, 1.1), tried(2, None), tried(3, 0.9), tried(4, 1.3)]
    first, second, third = archives(tries, MIGRATION)
    assert turns_of(first) == [4, 1, 0]  # 0 is the baseline
    assert turns_of(second) == [0] and turns_of(third) == [0, 3]


def test_the_best_of_each_island_goes_to_the_next_at_the_same_time() -> None:
    tries = [tried(turn, 1 + turn / 10) for turn in range(1, 7)]
    before = archives(tries, MIGRATION)
    assert [turns_of(archive) for archive in before] == [[4, 1, 0], [5, 2, 0], [6, 3, 0]]
    after = archives(tries, MIGRATION + 1)
    assert [turns_of(archive) for archive in after] == [[6, 4, 1, 0], [5, 4, 2, 0], [6, 5, 3, 0]]
    later = archives([*tries, tried(8, 9.0)], 2 * MIGRATION + 1)
    assert turns_of(later[1])[0] == 8 and turns_of(later[2])[0] == 8 and 8 not in turns_of(later[0])
    assert all(len(archives(tries, turn)) == ISLANDS for turn in range(1, 30))


def test_a_tournament_is_won_by_the_better() -> None:
    archive = [tried(1, 1.1), tried(2, 1.5), tried(3, 0.5)]
    won = [tournament(archive, random.Random(seed)).turn for seed in range(60)]
    assert set(won) == {1, 2} and won.count(2) > won.count(1)  # the worst of all wins none


def test_relatives_are_all_that_a_try_was_made_from() -> None:
    first = tried(1, 1.1)
    second = tried(2, 1.2, first)
    third = tried(3, 1.3, second, tried(9, 1.0))
    by_id = {one.candidate.id: one for one in (first, second, third)}
    assert {first.candidate.id, second.candidate.id, BASELINE.id} < relatives(third, by_id)


def test_a_pair_is_crossed_once_and_never_within_a_line() -> None:
    first, second, third = tried(1, 1.1), tried(2, 1.2), tried(3, 1.3)
    child, crossed = tried(4, 1.4, first), tried(5, 1.5, second, first)
    every = [first, second, third, child, crossed]
    archive = [baseline_try(), *every]
    assert turns_of(partners(first, archive, every)) == [3]
    assert turns_of(partners(child, archive, every)) == [2, 3, 5]
    assert partners(baseline_try(), archive, every) == []


def test_a_lesson_says_by_how_much_it_helped_what_it_was_made_from() -> None:
    first = tried(1, 2.0)
    second, third, fourth = tried(2, 3.0, first), tried(3, 1.0, first), tried(4, 2.01, first)
    fifth = tried(5, None, first)
    every = [first, second, third, fourth, fifth, Try(6, tried(6, 1.0).candidate)]
    gains = gains_of(every)
    assert lesson_of(second, gains).startswith("Idea 2: 1.50 times better than what it was made from (3.00")
    assert lesson_of(third, gains).startswith("Idea 3: 2.00 times worse than what it was made from (1.00")
    assert lesson_of(fourth, gains).startswith("Idea 4: no difference is seen")
    assert lesson_of(fifth, gains) == "Idea 5: failed at build: no build"
    assert [line[:6] for line in winners(every, gains)] == ["Idea 1", "Idea 2"]
    assert [line[:6] for line in losers(every, gains)] == ["Idea 3", "Idea 4", "Idea 5"]


def test_what_is_compared_by_difference_is_told_in_its_unit() -> None:
    one = tried(1, 1.0)
    assert one.trial is not None
    found = Comparison("accuracy", 1.01, 1.0, 1.0, 5, "verified", difference=(0.012, 0.01, 0.014))
    better = Try(1, one.candidate, Trial(1, one.candidate.id, "x", TrialState.COMPLETE, comparisons=(found,)))
    assert outcome_of(better) == "+0.012 in accuracy against the baseline"
    assert "Idea 1: by 0.012 better than what" in lesson_of(better, gains_of([better]))


@pytest.mark.parametrize("functions", [2, 9])
def test_a_trace_that_is_too_long_leaves_out_the_least_suspected(functions: int) -> None:
    body = "".join(f"    value = value * {number} + len(str(value))\n" for number in range(80))
    text = "\n\n".join(f"def f{n}(value):\n{body}    return value\n" for n in range(functions))
    hot = [{"fn": f"a.py:f{n}", "self_pct": 50.0 - n, "cum_pct": 60.0} for n in range(functions)]
    found = Comparison("wall_time", 1.0, 0.9, 1.1, 3, "measured")
    trial = Trial(
        1, "c", "opto", TrialState.COMPLETE, stages=(StageResult("measure", True, 1.0, "ok"),),
        comparisons=(found,), profile={"hot": hot},
    )  # fmt: skip
    job = Job(name="j", target=Target(files=("a.py",)), commands=Commands(benchmark="python b.py"))
    shown = rendered(trace_trial(job, {"a.py": text}, BASELINE, trial))
    assert shown is not None and shown.tokens <= TRACE_TOKENS
    assert "f0" in shown.variables and (len(shown.variables) == functions) == (functions == 2)
