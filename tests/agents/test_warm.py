"""Warm starts and a model as a whole Bayesian optimisation; trees and grids."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Sequence

import pytest

from strop.errors import BudgetExhausted
from strop.job import Knob
from strop.tuning import (
    GridSearch,
    LlamboSearch,
    RandomSearch,
    Space,
    Subject,
    TreeSearch,
    WarmStart,
    initial_points,
    open_search,
)

SIZE = Knob(name="size", type="int", low=0, high=100, default=10, doc="of a block")
MODE = Knob(name="mode", type="categorical", choices=("fast", "safe"), default="safe")
SPACE = Space((SIZE, MODE))
TREE = Space(
    (
        Knob(name="depth", type="int", low=1, high=40, default=3, only_if={"kind": ("tree",)}),
        Knob(name="kind", type="categorical", choices=("line", "tree", "none"), default="none"),
        Knob(name="rate", type="float", low=0.001, high=1, log=True, special=(0,), default=0.1),
    )
)


class Model:
    """Answers by a function of the prompt; keeps the prompts."""

    def __init__(self, answer: Callable[[str], object]) -> None:
        self._answer = answer
        self.prompts: list[str] = []

    def __call__(self, messages: Sequence[tuple[str, str]]) -> str:
        self.prompts.append(messages[-1][1])
        answer = self._answer(messages[-1][1])
        return answer if isinstance(answer, str) else json.dumps(answer)


def test_a_warm_start_is_corrected_and_then_a_sampler_goes_on() -> None:
    said = [{"size": 400, "mode": "fast"}, {"size": 20}, {"size": 20, "mode": "safe"}, {"speed": 1}]
    model = Model(lambda prompt: "Here you are:\n" + json.dumps(said))
    points, problems = initial_points(SPACE, model, Subject(goal="Be quick."), count=4)
    assert points == [{"size": 100, "mode": "fast"}, {"size": 20, "mode": "safe"}]
    assert any("size" in problem for problem in problems) and "unknown settings speed" in problems[-1]
    assert "Be quick." in model.prompts[0] and "very low" not in model.prompts[0]
    search = WarmStart(SPACE, points, RandomSearch(SPACE))
    search.tell(points[1], 3.0)
    asked = [search.ask() for _ in range(4)]
    assert asked[0] == points[0] and points[1] not in asked and None not in asked
    assert len({str(point) for point in asked}) == 4


def test_words_stand_for_parts_of_a_range() -> None:
    model = Model(lambda prompt: [{"size": "Very high", "mode": "fast"}, {"size": "medium"}])
    points, problems = initial_points(SPACE, model, buckets=True)
    assert [point["size"] for point in points] == [90, 50] and not problems
    assert '"very low", "low", "medium", "high", "very high"' in model.prompts[0]


def test_nothing_usable_is_asked_again_once_and_told() -> None:
    model = Model(lambda prompt: "I would measure first.")
    assert initial_points(SPACE, model) == ([], ["no JSON list of objects in the answer"] * 2)
    assert len(model.prompts) == 2 and "no JSON list" in model.prompts[1]

    def spent(messages: Sequence[tuple[str, str]]) -> str:
        raise BudgetExhausted("100 tokens are spent", what="tokens")

    assert initial_points(SPACE, spent) == ([], ["100 tokens are spent"])


def knowing(prompt: str) -> object:
    """Know that 70 is best: propose around it, and predict the distance."""
    if "different configurations to begin with" in prompt:
        return [{"size": 30, "mode": "safe"}, {"size": 50, "mode": "fast"}, {"size": 90, "mode": "safe"}]
    if "Recommend" in prompt:
        sizes = itertools.count(58, 6)
        return [{"size": next(sizes), "mode": "fast"} for _ in range(5)]
    rows = re.findall(r"^\d+\. (.*)", prompt, re.MULTILINE)
    distances = [abs(json.loads(row)["size"] - 70) for row in rows]
    return [float(distance <= 10) for distance in distances] if "1 for yes" in prompt else distances


@pytest.mark.parametrize("surrogate", ["discriminative", "generative"])
def test_a_model_proposes_predicts_and_the_most_promising_is_tried(surrogate: str) -> None:
    model = Model(knowing)
    search = LlamboSearch(SPACE, model, Subject(metric="seconds"), surrogate=surrogate)  # type: ignore[arg-type]
    asked = []
    for _ in range(5):
        point = search.ask()
        assert point is not None
        asked.append(point["size"])
        search.tell(point, abs(float(point["size"]) - 70) + 1)
    assert asked[:3] == [30, 50, 90] and all(abs(size - 70) <= 12 for size in asked[3:])
    if surrogate == "discriminative":
        assert asked[3] == 70
    assert search.fallback_rate == 0 and len({*asked}) == 5
    candidates = next(prompt for prompt in model.prompts if "Recommend" in prompt)
    assert "reach a seconds of 19" in candidates  # a tenth of the range (21 to 41) below the best
    assert 'configuration: {"size": 90, "mode": "safe"}' in candidates


def test_failures_are_shown_and_answers_of_no_use_are_counted() -> None:
    model = Model(lambda prompt: "no idea")
    search = LlamboSearch(SPACE, model)
    search.tell({"size": 10, "mode": "safe"}, 2.0)
    search.tell({"size": 11, "mode": "safe"}, None)
    assert search.ask() is not None and search.ask() is not None
    assert search.fallback_rate == 1
    assert any("cost: failed" in prompt for prompt in model.prompts)


def test_predictions_of_the_wrong_number_are_left_out() -> None:
    model = Model(lambda prompt: [1.0] if "Predict" in prompt else knowing(prompt))
    search = LlamboSearch(SPACE, model)
    for size in (0, 20, 40):
        search.tell({"size": size, "mode": "safe"}, 70.0 - size)
    assert search.ask() is not None
    assert "1 predictions of 5 configurations" in search.problems and search.fallback_rate == 1


def test_a_tree_has_no_level_for_what_has_no_effect_and_finds_the_branch_that_pays() -> None:
    def cost(point: dict[str, object]) -> float:
        depth = float(str(point["depth"]))
        return {"line": 2.0, "none": 3.0}.get(str(point["kind"]), abs(depth - 33) / 40) + float(
            str(point["rate"])
        )

    found = {"mcts": 0.0, "random": 0.0}
    for name in found:
        for seed in range(8):
            search = open_search(name, TREE, seed=seed)
            best, asked = 9.0, []
            for _ in range(30):
                point = search.ask()
                assert point is not None and not TREE.problem(point) and point not in asked
                assert point["kind"] == "tree" or point["depth"] == 3
                asked.append(point)
                search.tell(point, None if point["kind"] == "none" else cost(point))
                best = min(best, cost(point))
            found[name] += best / 8
    assert found["mcts"] < found["random"]


def test_a_tree_ends_where_no_point_is_left() -> None:
    small = Space((MODE, Knob(name="on", type="bool", default=False, only_if={"mode": ("fast",)})))
    search = TreeSearch(small)
    points = [search.ask() for _ in range(4)]
    assert points[3] is None and len({str(point) for point in points[:3]}) == 3


def test_a_grid_has_ends_and_special_values_and_goes_on_between() -> None:
    search = GridSearch(TREE, seed=2)
    points = [point for _ in range(6 * (5 + 2)) if (point := search.ask())]
    assert {point["rate"] for point in points} >= {0.0, 0.001, 1.0}
    assert {point["depth"] for point in points if point["kind"] == "tree"} == {1, 11, 21, 30, 40}
    # rates times (depths of a tree, a line, none); then what lies between
    assert len({str(point) for point in points}) == 6 * (5 + 2)
    assert len({str(search.ask()) for _ in range(20)} - {str(point) for point in points}) == 20
    again = GridSearch(TREE, seed=2)
    assert [again.ask() for _ in range(5)] == points[:5]


def test_a_grid_too_large_to_list_comes_in_a_random_order_without_repeats() -> None:
    wide = Space(tuple(Knob(name=f"k{n}", type="float", low=0, high=1, default=0.5) for n in range(12)))
    search = GridSearch(wide, seed=1)
    points = [search.ask() for _ in range(300)]
    assert len({str(point) for point in points}) == 300
    assert len({point["k11"] for point in points if point}) == 5


def test_auto_takes_a_sampler_by_the_space() -> None:
    numbers = Space((SIZE,))
    assert type(open_search("auto", numbers)).__name__ == "GpSearch"
    assert type(open_search("auto", SPACE)).__name__ == "OptunaSampling"
    assert open_search("auto", SPACE).name == "auto"
