"""The screen of a model's proposals: hopeless points are refused, and nothing where too little is known."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import pytest

from strop.agents.optimizers.tuning.screening import Screen
from strop.benchmarks.tuning.hybrid import UNSCREENED, main, make_task
from strop.job import Knob
from strop.tuning import GpSearch, HybridSearch, ModelSearch, RandomSearch, Space

SIZE = Knob(name="size", type="int", low=1, high=100, default=10)
MODE = Knob(name="mode", type="categorical", choices=("fast", "safe"), default="safe")
SPACE = Space((SIZE, MODE))
FAR, NEAR = {"size": 3, "mode": "safe"}, {"size": 81, "mode": "fast"}


def cost(values: Mapping[str, Any]) -> float:
    """Return a point's cost: a valley at 80 in the fast mode."""
    return abs(int(values["size"]) - 80) / 10 + (3 if values["mode"] == "safe" else 0)


def points(count: int) -> list[dict[str, Any]]:
    """Return points all over the space, the same ones every time."""
    return [{"size": 1 + 99 * n // 11, "mode": ("fast", "safe")[n % 2]} for n in range(12)][:count]


def told(search: Any, count: int) -> Any:
    for point in points(count):
        search.tell(point, cost(point))
    return search


def test_what_is_surely_behind_is_hopeless_and_what_may_be_ahead_is_not() -> None:
    screen = told(Screen(SPACE), 12)
    said = screen.problem(FAR)
    assert said.startswith("size=3, mode=safe: past trials say that it can't be the best: behind by ")
    assert not screen.problem(NEAR) and not screen.problem({"size": 75, "mode": "fast"})


def test_lower_costs_are_better() -> None:
    screen = Screen(SPACE)
    for point in points(12):
        screen.tell(point, -cost(point))
    assert screen.problem(NEAR) and not screen.problem(FAR)


def test_with_too_few_finished_trials_nothing_is_refused() -> None:
    assert not told(Screen(SPACE), 5).problem(FAR)
    screen = told(Screen(SPACE), 5)
    for n in range(9):  # failures, and the same point again, are no further knowledge
        screen.tell({"size": 20 + n, "mode": "safe"}, None if n % 2 else math.inf)
        screen.tell(points(1)[0], cost(points(1)[0]))
    assert not screen.problem(FAR)
    assert not Screen(SPACE).problem(FAR)
    knobs = tuple(Knob(name=f"k{n}", type="float", low=0, high=1, default=0.5) for n in range(5))
    five = Screen(Space(knobs))
    bad = {**Space(knobs).defaults, "k0": 1.0}
    answers = []
    for n in range(10):  # two for each knob
        answers.append(five.problem(bad))
        five.tell({**bad, "k0": n / 10}, n / 10)
    assert answers == [""] * 10 and five.problem(bad)


def test_costs_without_a_difference_say_nothing() -> None:
    screen = Screen(SPACE)
    for point in points(12):
        screen.tell(point, 2.0)
    assert not screen.problem(FAR)


def hybrid(answer: Mapping[str, Any], *, count: int = 12, screen: bool = True) -> tuple[Any, ModelSearch]:
    """Return a hybrid that knows some trials, and its model, which always answers the same."""
    model = ModelSearch(SPACE, lambda _: json.dumps(answer))
    return told(HybridSearch(RandomSearch(SPACE, seed=1), model, screen=screen), count), model


def test_a_hopeless_proposal_is_refused_with_its_reason_and_the_sampler_is_asked() -> None:
    search, model = hybrid(FAR)
    point = search.ask()
    assert point is not None and point != FAR
    assert search.model_turns == 1 and model.asked == 1
    assert [problem for problem in model.problems if "can't be the best" in problem]
    assert point == told(RandomSearch(SPACE, seed=1), 12).ask()  # the sampler's own next point


@pytest.mark.parametrize(
    ("answer", "options"),
    [(NEAR, {}), (FAR, {"count": 5}), (FAR, {"screen": False})],
    ids=["good", "nothing known", "off"],
)
def test_other_proposals_are_passed_on(answer: Mapping[str, Any], options: dict[str, Any]) -> None:
    search, model = hybrid(answer, **options)
    assert search.ask() == answer and not model.problems


def test_a_prediction_fits_what_was_told_and_changes_no_search() -> None:
    asked, silent = told(GpSearch(SPACE, seed=3), 12), told(GpSearch(SPACE, seed=3), 12)
    found = [asked.predict(point) for point in points(12)]
    for (mean, sd, best), point in zip(found, points(12), strict=True):
        assert sd < 0.5 and best == found[0][2]
        assert (mean > 0) == (cost(point) > sum(map(cost, points(12))) / 12) or abs(mean) < 0.5
    assert min(mean for mean, _, _ in found) == pytest.approx(found[0][2], abs=0.5)
    assert asked.ask() == silent.ask()


def test_the_study_tells_both_apart(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("strop.benchmarks.tuning.hybrid.MOST", 4)
    assert set(UNSCREENED) == {"names, unscreened", "bad, unscreened"}
    task = make_task(0)
    assert not UNSCREENED["names, unscreened"](task, 0)._screen  # type: ignore[attr-defined]
    assert main(["--seeds", "2", "--unscreened"]) == 0
    assert "bad, unscreened     all" in capsys.readouterr().out
