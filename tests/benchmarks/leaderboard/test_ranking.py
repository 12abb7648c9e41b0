"""The board's figures, on results whose figures are known."""

from __future__ import annotations

import io
import math
from pathlib import Path

import pytest
from rich.console import Console
from tests.benchmarks.leaderboard.rows import result, study, trial

from strop.benchmarks.leaderboard.columns import COLUMNS
from strop.benchmarks.leaderboard.curves import anytime
from strop.benchmarks.leaderboard.known import named
from strop.benchmarks.leaderboard.ranking import board_of, compare, machine_board
from strop.benchmarks.leaderboard.result import (
    Metric,
    ModelUsed,
    PrivateRow,
    StudyRow,
    load_result,
    save_result,
)
from strop.benchmarks.leaderboard.showing import score_text, show_board, show_difference
from strop.errors import ConfigError


def test_means_count_what_claims_nothing_as_one() -> None:
    row = board_of(result([study("a", "rules", ratio=4.0), study("b", "rules")])).rows[0]
    assert row.geometric_mean == pytest.approx(2.0)
    assert row.harmonic_mean == pytest.approx(2 / (1 / 4 + 1))
    assert (row.opt_1_1, row.opt_2, row.significant) == (0.5, 0.5, 0.5)
    assert row.low < row.geometric_mean < row.high


def test_a_study_that_is_missing_or_failed_counts_as_one() -> None:
    failed = study("b", "rules", state="failed", reason="its tests fail")
    found = result([study("a", "rules", ratio=4.0), failed, study("a", "random", ratio=4.0)])
    board = board_of(found)
    assert not found.complete
    by_name = {row.optimizer: row for row in board.rows}
    assert by_name["random"].geometric_mean == pytest.approx(by_name["rules"].geometric_mean)
    assert by_name["random"].tasks["b"].state == "missing"
    assert by_name["rules"].tasks["b"].state == "failed"
    assert by_name["rules"].failed == 1


def test_a_seed_that_is_missing_counts_as_one() -> None:
    rows = [study("a", "whole", seed, 4.0, evaluations=6) for seed in (1, 2, 3)]
    found = result([*rows, study("a", "part", 1, 4.0, evaluations=6)])
    row = next(row for row in board_of(found).rows if row.optimizer == "part")
    score = row.tasks["a"]
    assert row.geometric_mean == pytest.approx(4 ** (1 / 3)) == score.ratio
    assert row.significant == row.opt_1_1 == row.opt_2 == row.significant_holm == pytest.approx(1 / 3)
    assert (score.state, score.improved, score.seeds) == ("improved", 1, 3)
    assert score.low == pytest.approx(1, abs=0.05) and score.high > 2  # it may be one seed of luck
    assert row.evaluations == 6  # of the studies that there are
    assert found.missing() == [("a", "part", 2), ("a", "part", 3)] and not found.complete
    curve = anytime(found, "part", 2)
    assert curve is not None and curve[0][-1] == pytest.approx((4 * 1.01) ** (1 / 3))


def test_what_a_search_saw_may_be_any_number() -> None:
    odd = study("a", "rules", ratio=2.0, trials=(trial(1, "promising", -2.0), trial(2, "promising", 2.0)))
    assert board_of(result([odd])).rows[0].evaluations_to_90 == 2


def test_a_comparison_says_how_many_studies_are_missing() -> None:
    rows = [study("a", "whole", seed, 2.0) for seed in (1, 2, 3)]
    found = compare(result([*rows, study("a", "part", 1, 2.0)]), "part", "whole")
    assert (found.missing, found.verdict) == (2, "whole is better")
    console = Console(file=io.StringIO(), width=200)
    show_difference(found, console)
    assert "Not complete: 2 studies are missing, and count as 1." in console.file.getvalue()  # type: ignore[attr-defined]
    assert compare(result(rows), "whole", "whole").missing == 0


def test_what_is_no_optimizer_has_no_rank() -> None:
    rows = [study("a", "known-good", ratio=9.0), study("a", "random"), study("a", "rules", ratio=2.0)]
    board = board_of(result(rows))
    assert [named(row.optimizer) for row in board.rows] == ["rules", "random", "known-good (no optimizer)"]


def test_a_scripted_model_is_shown_and_not_ranked() -> None:
    rows = [study("a", "first"), study("a", "second", ratio=9.0)]
    scripted = board_of(result(rows, model=ModelUsed(name="x", kind="scripted")))
    assert [row.optimizer for row in scripted.rows] == ["first", "second"]
    console = Console(file=io.StringIO(), width=200)
    show_board(scripted, console)
    assert "A scripted model answered: for tests, and no ranking." in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_task_with_one_seed_has_the_claims_own_interval() -> None:
    score = board_of(result([study("a", "rules", ratio=2.0)])).rows[0].tasks["a"]
    assert (score.ratio, score.low, score.high) == pytest.approx((2.0, 1.8, 2.2))


def test_seeds_widen_a_tasks_interval() -> None:
    rows = [study("a", "rules", seed, ratio) for seed, ratio in enumerate((1.0, 4.0, 1.0, 4.0))]
    score = board_of(result(rows)).rows[0].tasks["a"]
    assert score.ratio == pytest.approx(2.0)
    assert score.low < 1.3 and score.high > 3.0
    assert (score.improved, score.seeds, score.state) == (2, 4, "improved")


def test_claims_together_have_to_be_surer_than_one_alone() -> None:
    sure = {"low": 1.9, "high": 2.1, "ratio": 2.0}
    barely = {"low": 1.0001, "high": 2.25, "ratio": 1.5}
    rows = [study("a", "rules", ratio=2.0).model_copy(update=sure)]
    rows += [study(name, "rules", ratio=1.5).model_copy(update=barely) for name in "bcd"]
    row = board_of(result(rows)).rows[0]
    assert (row.significant, row.significant_holm) == (1.0, 0.25)
    assert board_of(result(rows[1:2])).rows[0].significant_holm == 1.0


def test_a_difference_is_no_surer_than_its_interval() -> None:
    def claim(task: str, difference: tuple[float, float, float]) -> StudyRow:
        ends = {"ratio": 1.5, "low": 1.5, "high": 1.5, "difference": difference}
        return study(task, "rules", ratio=1.5).model_copy(update=ends)

    sure = claim("a", (0.5, 0.45, 0.55))
    barely = [claim(name, (0.3, 0.001, 0.6)) for name in "bcd"]
    row = board_of(result([sure, *barely])).rows[0]
    assert (row.significant, row.significant_holm) == (1.0, 0.25)
    assert board_of(result(barely[:1])).rows[0].significant_holm == 1.0
    # The ratio of the medians is as sure as the difference: its interval all but holds 1.
    score = board_of(result(barely[:1])).rows[0]
    assert score.tasks["b"].low == pytest.approx(1.5**0.0017, abs=0.01) and score.low < 1.1 < 2 < score.high


def test_a_private_difference_is_a_regression_where_it_is_surely_worse() -> None:
    def again(*difference: float) -> PrivateRow:
        values = {"ratio": 0.99, "low": 0.99, "high": 0.99, "difference": difference, "holds": False}
        return PrivateRow.model_validate({"task": "a", "optimizer": "rules", "seed": 1, **values})

    rows = [study("a", "rules", ratio=2.0)]
    found = [board_of(result(rows, private=[again(*ends)])).rows[0] for ends in (
        (-0.001, -0.02, 0.018), (-0.1, -0.2, -0.05),
    )]  # fmt: skip
    assert [row.regressions for row in found] == [0, 1]


def test_a_regression_is_more_than_5_per_cent_whoever_measured_it() -> None:
    def found(high: float) -> tuple[int, int]:
        ends = {"ratio": high - 0.01, "low": high - 0.02, "high": high}
        claim = study("a", "rules", ratio=2.0, metrics=(Metric(name="peak_memory", **ends),))
        again = PrivateRow(task="a", optimizer="rules", seed=1, holds=False, **ends)
        first, second = result([claim]), result([study("a", "rules", ratio=2.0)], private=[again])
        return board_of(first).rows[0].regressions, board_of(second).rows[0].regressions

    assert (found(0.97), found(0.95)) == ((0, 0), (1, 1))
    (help_,) = [column.meaning for column in COLUMNS if column.head == "regressions"]
    assert "more than 5 % worse" in help_


def test_claims_on_control_tasks_are_counted_as_false() -> None:
    rows = [study("sha", "rules", ratio=1.3), study("sha", "random", ratio=1.05)]
    rows += [study("a", "rules", ratio=2.0), study("a", "random")]
    by_name = {row.optimizer: row for row in board_of(result(rows, controls=["sha"])).rows}
    assert (by_name["rules"].false_claims, by_name["rules"].controls) == (1, 1)
    assert by_name["random"].false_claims == 0


def test_a_winner_that_takes_much_more_memory_is_a_regression() -> None:
    costly = Metric(name="peak_memory", ratio=0.5, low=0.45, high=0.55)
    rows = [study("a", "rules", ratio=2.0, metrics=(costly,)), study("a", "random", ratio=2.0)]
    by_name = {row.optimizer: row for row in board_of(result(rows)).rows}
    assert (by_name["rules"].regressions, by_name["random"].regressions) == (1, 0)


def test_a_winner_is_one_regression_however_often_it_was_measured() -> None:
    costly = Metric(name="peak_memory", ratio=0.5, low=0.45, high=0.55)
    private = PrivateRow(task="a", optimizer="rules", seed=1, ratio=0.8, low=0.7, high=0.9, holds=False)
    found = result([study("a", "rules", ratio=2.0, metrics=(costly,))], private=[private])
    assert board_of(found).rows[0].regressions == 1


def test_values_of_different_instances_are_means_beside_the_seeds() -> None:
    rows = [
        study("a", "rules", seed, 1.5, value=value, seed_value=1.5 * value, metric="dollars")
        for seed, value in enumerate((90.0, 100.0, 131.123456), start=1)
    ]
    rows += [study("a", "random", seed, value=135.0, seed_value=135.0) for seed in (1, 2, 3)]
    same = result(rows)
    task = same.tasks[0].model_copy(update={"metric": "dollars"})
    same, varied = (
        same.model_copy(update={"tasks": (task.model_copy(update={"varies": varies}),)})
        for varies in (False, True)
    )
    shown = [board_of(one).rows[0].tasks["a"] for one in (same, varied)]
    assert [score.value for score in shown] == pytest.approx([100.0, 107.041152])
    assert shown[1].seed_value == pytest.approx(160.561728)
    assert score_text(shown[0], same.tasks[0]) == "100"
    assert score_text(shown[1], varied.tasks[0]).startswith("107 from 160.6: 1.50 [1.")
    assert score_text(board_of(varied).rows[1].tasks["a"], varied.tasks[0]) == "135"
    assert machine_board(varied)["optimizers"]["rules"]["tasks"]["a"]["seed_value"] > 160
    hearsay = result([rows[0].model_copy(update={"labels": ("self-reported: dollars",)})])
    assert score_text(board_of(hearsay).rows[0].tasks["a"], hearsay.tasks[0]) == "90, self-reported"


def test_a_tasks_difference_is_the_mean_over_seeds() -> None:
    ends = {"low": 1.04, "high": 1.04, "difference": (0.031, 0.020, 0.042), "value": 0.78, "seed_value": 0.75}
    claim = study("a", "rules", ratio=1.04, metric="accuracy").model_copy(update=ends)
    task = result([claim]).tasks[0].model_copy(update={"metric": "accuracy", "direction": "maximize"})
    alone = board_of(result([claim])).rows[0].tasks["a"]
    assert alone.difference == (0.031, 0.020, 0.042)
    assert score_text(alone, task) == "0.78 from 0.75: +0.031 [+0.020, +0.042]"
    both = result([claim, study("a", "rules", 2)])
    score = board_of(both).rows[0].tasks["a"]
    assert score.difference is not None and score.difference[0] == pytest.approx(0.0155)
    assert score.difference[1] == 0 and 0.025 < score.difference[2] < 0.042  # it may be one seed of luck
    assert score_text(score, task).endswith("] (1 of 2 seeds)")
    assert machine_board(both)["optimizers"]["rules"]["tasks"]["a"]["difference"] == score.difference


def test_private_ratios_give_the_gap() -> None:
    private = PrivateRow(task="a", optimizer="rules", seed=1, ratio=1.0, low=0.9, high=1.1, holds=False)
    row = board_of(result([study("a", "rules", ratio=2.0)], private=[private])).rows[0]
    assert row.private_gap == pytest.approx(0.5)
    assert (row.private_held, row.private_total) == (0, 1)


def test_evaluations_to_ninety_per_cent_look_at_the_best_claim_of_all() -> None:
    slow = study(
        "a", "slow", ratio=4.0, trials=(trial(1, "promising", 1.2), trial(2), trial(3, "promising", 4.0))
    )
    fast = study("a", "fast", ratio=4.0, trials=(trial(1, "promising", 4.0),))
    weak = study("a", "weak", ratio=1.2, trials=(trial(1, "promising", 1.2),))
    by_name = {row.optimizer: row for row in board_of(result([slow, fast, weak])).rows}
    assert [by_name[name].evaluations_to_90 for name in ("slow", "fast", "weak")] == [3, 1, None]


def test_diversity_tells_shapes_and_ends_apart() -> None:
    trials = tuple(
        trial(n, shape="one", behaviour=end) for n, end in enumerate(("x", "x", "y", "y"), start=1)
    )
    row = board_of(result([study("a", "rules", trials=trials, evaluations=4)])).rows[0]
    assert (row.clusters_shape, row.clusters_behaviour, row.entropy) == (0.25, 0.5, 1.0)


def test_a_comparison_is_paired_and_may_show_no_difference() -> None:
    hard, easy = [("a", 1.2), ("b", 1.3), ("c", 1.25)], [("d", 9.0), ("e", 12.0), ("f", 10.0)]
    rows = []
    for task, ratio in hard + easy:
        rows += [
            study(task, "first", ratio=ratio * 1.5),
            study(task, "second", ratio=ratio),
            study(task, "same", ratio=ratio),
        ]
    found = result(rows)
    better = compare(found, "first", "second")
    # Unpaired, tasks of such different ratios would hide it.
    assert better.ratio == pytest.approx(1.5) and better.low > 1.3
    assert (better.wins, better.losses, better.verdict) == (6, 0, "first is better")
    assert compare(found, "second", "first").verdict == "first is better"
    level = compare(found, "second", "same")
    assert (level.ratio, level.ties, level.verdict) == (1.0, 6, "no difference shown")


def test_a_comparison_counts_what_is_missing_as_one() -> None:
    rows = [study(task, "slow", ratio=2.0) for task in "abcdef"]
    rows += [study("a", "picky", ratio=2.4)]  # it ran where it wins
    found = compare(result(rows), "picky", "slow")
    assert (found.wins, found.losses, found.verdict) == (1, 5, "slow is better")


def test_a_comparison_is_paired_by_seed_too() -> None:
    sure = {"low": 1.0, "high": 1.0}
    rows = [
        study("a", name, seed=seed, ratio=ratio, **({"low": ratio, "high": ratio} if ratio != 1 else sure))
        for name in ("first", "same")
        for seed, ratio in enumerate((1.0, 4.0, 1.0, 4.0), start=1)
    ]
    level = compare(result(rows), "first", "same")
    assert (level.low, level.ratio, level.high) == (1.0, 1.0, 1.0)


def test_the_machine_board_has_the_promised_shape() -> None:
    data = machine_board(result([study("a", "rules", ratio=2.0)]))
    assert data["suite"] == "kernels"
    rules = data["optimizers"]["rules"]
    assert {"geometric_mean", "low", "high", "tasks"} <= rules.keys()
    task = rules["tasks"]["a"]
    assert (task["ratio"], task["low"], task["high"]) == pytest.approx((2.0, 1.8, 2.2))
    assert (task["state"], task["improved"], task["seeds"], task["control"]) == ("improved", 1, 1, False)
    assert math.isfinite(rules["low"])


def test_a_result_survives_its_file(tmp_path: Path) -> None:
    found = result([study("a", "rules", ratio=2.0)])
    save_result(found, tmp_path / "result.json")
    assert load_result(tmp_path / "result.json") == found
    assert load_result(tmp_path) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ('{"format": "other"}', "format: 'other'"),
        ('{"format": "strop-bench/1", "suite": 3}', "suite: Input should be a valid string"),
        (
            '{"format": "strop-bench/1", "suite": "a", "date": "", "strop": "", "machine": {}, '
            '"limits": {"usd": NaN}}',
            "limits.usd: Input should be a finite",
        ),
    ],
)
def test_a_file_that_is_no_result_is_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "result.json").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="result.json") as caught:
        load_result(tmp_path)
    assert said in str(caught.value)
