"""Spaces of knobs, the Gaussian process, the searches, and what a job makes of them."""

from __future__ import annotations

import itertools
import json
import math
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from scipy.optimize import check_grad

from strop.agents.asking import Asker
from strop.agents.attempts import Attempts
from strop.agents.optimizers.knob_search import KnobSearch
from strop.agents.optimizers.literal_search import LiteralSearch, untuned
from strop.agents.optimizers.registry import default_names, open_optimizer
from strop.agents.optimizers.tuning.distributions import drawn_values, params_of
from strop.agents.optimizers.tuning.gaussian import _loss, _squares
from strop.agents.optimizers.tuning.mixed import memory_of, remember, wait_for
from strop.agents.optimizers.tuning.model_search import HybridSearch, ModelSearch
from strop.agents.view import View, space_of
from strop.candidate import BASELINE, Candidate, FileEdit
from strop.constraint import parse_constraint
from strop.errors import ConfigError
from strop.events import silent
from strop.extension import Optimizer
from strop.job import Knob, Metric, ModelSettings, load_job
from strop.sandbox.workspace import Snapshot
from strop.study import Study
from strop.testing.models import ScriptedModel
from strop.testing.optimizers import OptimizerConformance
from strop.testing.repositories import JOB, SLOW, UNIMPROVABLE, make_repository
from strop.trial import Comparison, Failure, Trial, TrialState, Verdict
from strop.tuning import (
    SEARCHES,
    GaussianProcess,
    GpSampler,
    GpSearch,
    MixedSearch,
    OptunaSampling,
    RandomSearch,
    Search,
    Space,
    Values,
    open_front_search,
    open_search,
)
from strop.tuning import log_expected_improvement as log_ei

CHOICE = Knob(name="mode", type="categorical", choices=("a", "b", "c"), default="a")
KNOB = '\n[[knobs]]\nname = "size"\ntype = "int"\nlow = 1\nhigh = 100\ndefault = 5\n'
FLAG = Knob(name="flag", type="bool", default=False)
SMALL = Knob(name="size", type="int", low=1, high=8, default=2)
RATE = Knob(name="rate", type="float", low=1e-4, high=1.0, log=True, default=0.1)
LEVEL = Knob(name="level", type="categorical", choices=(8, 16, 64), default=8)
SPACE = Space((CHOICE, FLAG, SMALL, RATE, LEVEL))
FINITE = Space((CHOICE, FLAG, SMALL))


def cost(values: Values) -> float:
    """One valley: mode b, rate 0.01, size 5."""
    far = {"a": 0.4, "b": 0.0, "c": 0.6}[str(values.get("mode", "b"))]
    far += 0.2 * (math.log10(float(values.get("rate", 0.01))) + 2) ** 2
    return far + 0.05 * abs(float(values.get("size", 5)) - 5) + 0.1 * bool(values.get("flag", False))


# --- spaces ----------------------------------------------------------------------------------------


def test_coordinates_and_back() -> None:
    rng = random.Random(0)
    for _ in range(200):
        point = SPACE.sample(rng)
        assert SPACE.problem(point) == ""
        again = SPACE.point(SPACE.coordinates(point))
        assert again["rate"] == pytest.approx(point["rate"])
        assert {**again, "rate": 0} == {**point, "rate": 0}
        near = SPACE.neighbour(point, rng)
        assert SPACE.problem(near) == "" and sum(near[name] != point[name] for name in point) <= 1
    assert SPACE.categorical == (True, False, False, False, False)  # numbers in order are no categories
    assert FINITE.size == 48 == len(list(FINITE.points())) and SPACE.size is None


@pytest.mark.parametrize(
    ("name", "given", "found", "note"),
    [
        ("size", 99, 8, "size: 99 is outside 1..8; 8 in its place"),
        ("size", 2.6, 3, "size: 2.6 is not a whole number; 3 in its place"),
        ("size", "7", 7, "size: '7' is not a number; 7 in its place"),
        ("size", "many", 2, "size: 'many' is not a number; 2 in its place"),
        ("size", True, 2, "size: True is not a number; 2 in its place"),
        ("size", math.nan, 2, "size: nan is not a finite number; 2 in its place"),
        ("mode", "B", "b", "mode: 'B' is not one of 'a', 'b', 'c'; 'b' in its place"),
        ("mode", "z", "a", "mode: 'z' is not one of 'a', 'b', 'c'; 'a' in its place"),
        ("flag", "on", True, "flag: 'on' is not true or false; True in its place"),
        ("rate", 5, 1.0, "rate: 5 is outside 0.0001..1; 1.0 in its place"),
        ("nothing", 1, None, "nothing is no setting"),
    ],
)
def test_what_is_outside_is_corrected_and_told(name: str, given: Any, found: Any, note: str) -> None:
    point, notes = SPACE.corrected({**SPACE.defaults, name: given})
    assert point.get(name) == found and type(point.get(name)) is type(found) and notes == [note]
    assert SPACE.problem(point) == "" and SPACE.problem({**SPACE.defaults, name: given})


def test_steps_are_kept() -> None:
    space = Space((Knob(name="block", type="int", low=8, high=60, step=16, default=8),))
    assert [point["block"] for point in space.points()] == [8, 24, 40, 56]
    assert space.corrected({"block": 33})[0] == {"block": 40}
    with pytest.raises(ConfigError, match="given twice"):
        Space((FLAG, FLAG))
    with pytest.raises(ConfigError, match="at least one"):
        Space(())


def test_a_default_between_steps_is_a_point_and_sums_are_written_as_people_do() -> None:
    part = Knob(name="part", type="float", low=0.0, high=0.5, step=0.1, default=0.3, only_if={"mode": ("a",)})
    space = Space((CHOICE, part))
    assert space.size == 6 + 1 + 1  # of b and c the default alone
    assert {"mode": "b", "part": 0.3} in space.points()
    assert space.corrected({"mode": "a", "part": 0.31})[0] == {"mode": "a", "part": 0.3}
    large = Knob(name="size", type="int", low=1 << 40, high=1 << 40 | 3, default=1 << 40)
    assert [point["size"] for point in Space((large,)).points()] == [(1 << 40) + n for n in range(4)]
    odd = Space((Knob(name="part", type="int", low=0, high=100, step=25, default=60),))
    assert [point["part"] for point in odd.points()] == [0, 25, 50, 60, 75, 100]
    assert odd.corrected({"part": 60}) == ({"part": 60}, [])
    search = open_search("gp", odd, seed=1)
    search.tell({"part": 60}, 1.0)
    search.tell({"part": 33}, 1.0)  # of somebody who keeps to no steps
    found = set()
    while (point := search.ask()) is not None:
        found.add(point["part"])
        search.tell(point, float(point["part"]))
    assert found == {0, 25, 50, 75, 100}


def test_special_values_keep_their_digits() -> None:
    most = 2_147_483_647
    knob = Knob(name="limit", type="int", low=1, high=9, special=(most,), default=3)
    search = open_search("tpe", Space((knob,)), seed=0)
    search.tell({"limit": most}, 0.5)
    asked = [search.ask() for _ in range(9)]
    assert sorted(point["limit"] for point in asked if point) == list(range(1, 10))
    assert knob.problem_with(1_048_580) == f"1048580 is outside 1..9 and not {most}"
    assert space_of(knob) == f"int 1..9, or {most}"


HASH = Knob(name="buckets", type="int", low=2, high=5, default=3, only_if={"mode": ("a", "b")})
OFF = Knob(name="cache", type="int", low=8, high=64, log=True, special=(0,), default=0, unit="MB")


def test_a_knob_without_effect_has_its_default() -> None:
    space = Space((CHOICE, HASH))
    assert space.size == 9 == len(list(space.points()))  # 4 buckets for a and b, one point for c
    assert space.key({"mode": "c", "buckets": 5}) == space.key({"mode": "c", "buckets": 2}) == ("c", 3)
    assert space.corrected({"mode": "c", "buckets": 5})[0] == {"mode": "c", "buckets": 3}
    for name in ("gp", "tpe", "random"):
        search, found = open_search(name, space, seed=0), []
        while (point := search.ask()) is not None:
            found.append(space.key(point))
            search.tell(point, float(len(found)))
        assert len(found) == len(set(found)) == 9, name


def test_a_knob_may_depend_on_one_that_depends_on_a_third() -> None:
    third = Knob(name="third", type="int", low=1, high=9, default=1, only_if={"second": ("x",)})
    second = Knob(
        name="second", type="categorical", choices=("x", "y"), default="y", only_if={"flag": (True,)}
    )
    space = Space((third, second, FLAG))  # whatever their order
    assert space.key({"third": 5, "second": "x", "flag": False}) == (1, "y", False)
    assert space.key({"third": 5, "second": "x", "flag": True}) == (5, "x", True)
    assert space.size == 1 + 1 + 9
    fits = second.model_copy(update={"default": "x"})  # a default that suits the third one gives it no effect
    space = Space((third, fits, FLAG))
    assert space.key({"third": 5, "second": "x", "flag": False}) == (1, "x", False)
    assert space.size == 1 + 1 + 9 == len(list(space.points()))
    tree = open_search("mcts", space, seed=0)
    assert [tree.ask() is not None for _ in range(12)] == [True] * 11 + [False]


def test_values_between_steps_and_huge_ones_stop_nobody() -> None:
    space = Space((Knob(name="block", type="int", low=1, high=64, step=8, default=8), FLAG))
    for name in ("tpe", "cmaes", "gp"):
        search = open_search(name, space, seed=0)
        search.tell(space.defaults, 1.0)  # 8 is between 1 and 9
        assert search.ask() is not None, name
    huge = 10**400
    assert "is outside" in SMALL.problem_with(huge)
    assert SPACE.corrected({"size": huge, "rate": huge})[0]["size"] == 2


@pytest.mark.parametrize("name", ["tpe", "cmaes", "nsga2"])
def test_what_fails_before_any_cost_is_known_is_no_good_point(name: str) -> None:
    search = open_search(name, SPACE, seed=0)
    assert isinstance(search, OptunaSampling)
    crashed = search.ask()
    assert crashed is not None
    search.tell(crashed, None)
    search.tell({**SPACE.defaults, "size": 3}, None)
    for cost in (7.0, 9.0):
        point = search.ask()
        assert point is not None
        search.tell(point, cost)
    values = [trial.value for trial in search._study.trials if trial.value is not None]
    assert sorted(values) == pytest.approx([7.0, 7.7, 7.7, 9.0])


def test_a_point_that_is_waited_for_is_told_once() -> None:
    space = Space((FLAG,))
    search = open_search("tpe", space, seed=0)
    assert isinstance(search, OptunaSampling)
    search.note({"flag": True})  # somebody else waits for it
    point = search.ask()
    assert point == {"flag": False}
    search.tell(point, 2.0)
    search.tell({"flag": True}, 5.0)
    assert sorted(t.value for t in search._study.trials if t.value is not None) == [2.0, 5.0]


def test_special_values_of_a_float_are_floats() -> None:
    decay = Knob(name="decay", type="float", low=1e-4, high=1.0, log=True, special=(0,), default=0.1)
    params = params_of((decay,), {"decay": 0.0})
    assert params == {"decay": 1e-4, "decay?": "0"}
    drawn = drawn_values((decay,), params)["decay"]
    assert drawn == 0 and isinstance(drawn, float)


def test_special_values_stand_beside_the_range() -> None:
    space = Space((OFF, FLAG))
    assert space.problem({"cache": 0, "flag": True}) == ""
    assert space.problem({"cache": 4, "flag": True}) == "cache: 4 is outside 8..64 and not 0"
    assert space.coordinates({"cache": 0, "flag": False})[0] == -0.25
    assert space.point([-0.25, 0])["cache"] == 0 and space.point([0.0, 0])["cache"] == 8
    rng = random.Random(1)
    drawn = [space.sample(rng)["cache"] for _ in range(400)]
    assert 30 < drawn.count(0) < 100 and all(value == 0 or 8 <= int(value) <= 64 for value in drawn)
    for name in ("gp", "tpe", "cmaes"):
        search = open_search(name, space, seed=0)
        search.tell({"cache": 0, "flag": False}, 1.0)
        for _ in range(30):
            point = search.ask()
            assert point is not None and space.problem(point) == ""
            search.tell(point, abs(float(point["cache"]) - 8))


def test_constraints_hold_for_every_proposal() -> None:
    space = Space(
        (SMALL, RATE, FLAG), (parse_constraint("size * rate <= 0.5 or flag", ["size", "rate", "flag"]),)
    )
    broken = {"size": 8, "rate": 1.0, "flag": False}
    assert "'size * rate <= 0.5 or flag' does not hold" in space.problem(broken)
    for name in ("gp", "tpe", "random", "portfolio"):
        search = open_search(name, space, seed=0)
        for _ in range(15):
            point = search.ask()
            assert point is not None and space.problem(point) == "", name
            search.tell(point, float(point["rate"]))
    pairs = (
        Knob(name="a", type="int", low=1, high=60, default=1),
        Knob(name="b", type="int", low=1, high=60, default=60),
    )
    few = Space(pairs, (parse_constraint("a * b == 60 or a == b + 57", ["a", "b"]),))  # 15 of 3,600 points
    for name in ("gp", "tpe", "random"):
        search, found = open_search(name, few, seed=0), set()
        while (point := search.ask()) is not None:
            found.add(few.key(point))
            search.tell(point, float(str(point["a"])))
        assert len(found) == few.size, name
    never = Space((SMALL,), (parse_constraint("size > 8", ["size"]),))
    with pytest.raises(ConfigError, match="none keeps them"):
        never.sample(random.Random(0))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a <= b", True),
        ("1 < a < b", True),
        ("not (a == 2 and mode in ['x', 'y'])", False),
        ("max(a, b) - min(a, b) == 1 and abs(-a) == 2", True),
        ("b % a == 1 and b // a == 1", True),
        ("a / 0 > 1", False),
        ("mode * 10000000000000 == 'b'", False),
        ("mode % a == 'x'", False),
        ("mode < a", False),
    ],
)
def test_constraints_are_read_and_never_executed(text: str, holds: bool) -> None:
    found = parse_constraint(text, ["a", "b", "mode"])
    assert (found.problem({"a": 2, "b": 3, "mode": "x"}) == "") is holds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a <", "invalid syntax"),
        ("__import__('os').system('x')", "Call is not allowed"),
        ("a.real > 1", "Attribute is not allowed"),
        ("[x for x in a]", "ListComp is not allowed"),
        ("a ** 9 ** 9", "Pow is not allowed"),
        ("(lambda: 1)()", "is not allowed"),
        ("c > 1", "unknown knob 'c'; known: a, b"),
        ("a > 1" + " or a > 1" * 100, "longer than 500"),
    ],
)
def test_what_is_no_constraint_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_constraint(text, ["a", "b"])


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('constraints = ["SIZE > OTHER"]', "unknown knob 'OTHER'; known: SIZE"),
        ('constraints = ["SIZE > 50"]', "the default values: the constraint 'SIZE > 50' does not hold"),
        ('KNOB only_if = {MODE = ["x"]}', "knobs.SIZE.only_if: unknown knob 'MODE'"),
        ("KNOB only_if = {SIZE = [1]}", "only_if names the knob itself"),
        ("KNOB special = [0.5]", "special values of an int are whole numbers"),
        ("KNOB special = [inf]", "low, high, step and special are finite numbers"),
    ],
)
def test_what_a_job_says_wrong_of_its_knobs_is_named(tmp_path: Path, lines: str, message: str) -> None:
    knob = '\n[[knobs]]\nname = "SIZE"\ntype = "int"\nlow = 1\nhigh = 100\ndefault = 5\n'
    of_knob = lines.startswith("KNOB ")
    text = (JOB if of_knob else lines + "\n" + JOB) + knob + (lines.removeprefix("KNOB ") if of_knob else "")
    (tmp_path / "strop.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_job(tmp_path)


# --- the model ---------------------------------------------------------------------------------------


def test_the_gradient_of_the_posterior_is_right() -> None:
    rng = np.random.default_rng(0)
    x = rng.random((14, 3))
    x[:, 2] = rng.integers(0, 3, 14)
    y = np.sin(5 * x[:, 0]) + 0.3 * x[:, 2]
    squares = _squares(x, x, np.array([False, False, True]))
    given = squares, y, np.log([1.0, 1.0, 0.1])
    for theta in (np.log([0.5, 2, 0.7, 1.2, 0.02]), np.log([3, 0.1, 5, 0.4, 0.3])):
        error = check_grad(lambda t: _loss(t, *given)[0], lambda t: _loss(t, *given)[1], theta)
        assert error < 1e-4


def test_the_model_knows_what_it_saw_and_doubts_what_is_far() -> None:
    x = np.linspace(0, 1, 9)[:, None]
    y = np.sin(6 * x[:, 0])
    model = GaussianProcess.fit(x, y, [False])
    mean, sd = model.predict(x)
    assert np.allclose(mean, y, atol=0.15)
    _, far = model.predict(np.array([[3.0]]))
    assert far[0] > 3 * sd.max()


def test_the_logarithm_of_the_expected_improvement() -> None:
    """Beside its plain formula where that is exact, and falling where that is 0."""
    z = np.array([-5.0, -2.0, -1.0, -0.5, 0.0, 1.0, 3.0])
    phi, cumulative = (
        np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi),
        [0.5 * math.erfc(-v / math.sqrt(2)) for v in z],
    )
    plain = np.log(phi + z * cumulative)
    assert np.allclose(log_ei(-z, np.ones(7), 0.0), plain, rtol=1e-6)
    far = log_ei(np.array([20.0, 29.0, 31.0, 200.0]), np.ones(4), 0.0)
    assert np.isfinite(far).all() and (np.diff(far) < 0).all()


# --- searches ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in SEARCHES if name != "optuna-gp"])
def test_no_search_asks_for_a_known_point_and_all_end(name: str) -> None:
    search = open_search(name, FINITE, seed=3)
    search.tell(FINITE.defaults, cost(FINITE.defaults))
    seen = {FINITE.key(FINITE.defaults)}
    while (point := search.ask()) is not None:
        assert FINITE.problem(point) == "" and FINITE.key(point) not in seen
        seen.add(FINITE.key(point))
        search.tell(point, None if point["mode"] == "c" else cost(point))  # a third of them fails
        assert len(seen) <= 48
    assert len(seen) == 48


@pytest.mark.parametrize("name", ["gp", "portfolio", "tpe", "qmc"])
def test_a_search_is_the_same_for_the_same_seed(name: str) -> None:
    def asked(seed: int) -> list[Values]:
        search, points = open_search(name, SPACE, seed=seed), []
        for _ in range(9):
            point = search.ask()
            assert point is not None
            points.append(point)
            search.tell(point, cost(point))
        return points

    first, other = asked(1), asked(2)
    assert asked(1) == first and all(one != two for one, two in zip(first[1:], other[1:], strict=True))


def best_of(search: Search, evaluations: int) -> float:
    costs = []
    for _ in range(evaluations):
        point = search.ask()
        assert point is not None
        costs.append(cost(point))
        search.tell(point, costs[-1])
    return min(costs)


def test_the_model_finds_the_valley_sooner_than_chance() -> None:
    found = [best_of(GpSearch(SPACE, seed=seed), 20) for seed in range(3)]
    chance = [best_of(RandomSearch(SPACE, seed=seed), 20) for seed in range(3)]
    assert np.median(found) < 0.06 < 0.12 < np.median(chance), (found, chance)


def test_of_many_points_the_model_predicts_a_part() -> None:
    space = Space(tuple(Knob(name=f"k{n}", type="bool", default=False) for n in range(13)))
    assert space.listable
    search, least = GpSearch(space, seed=0), 13
    for _ in range(25):
        point = search.ask()
        assert point is not None
        wrong = sum(point[f"k{n}"] != bool(n % 3) for n in range(13))
        search.tell(point, float(wrong))
        least = min(least, wrong)
    assert least <= 1  # what it predicts is chosen well
    assert 0 < len(list(search._ranked())) < 100


class Counting(random.Random):
    """Counts the numbers that are drawn."""

    drawn = 0

    def random(self) -> float:
        self.drawn += 1
        return super().random()


def tight(count: int) -> Space:
    """Shares of a whole: of so many numbers hardly any random ones keep to it."""
    names = [f"k{n}" for n in range(count)]
    knobs = tuple(Knob(name=name, type="float", low=0, high=1, default=0.0) for name in names)
    return Space(knobs, (parse_constraint(" + ".join(names) + " <= 1", names),))


def test_tight_constraints_cost_no_more_draws_than_others() -> None:
    space = tight(6)
    search, least = GpSearch(space, seed=0), math.inf
    search.tell(space.defaults, 2.0)
    for number in range(14):
        search._rng = counting = Counting(number)
        point = search.ask()
        assert point is not None and not space.problem(point)
        assert counting.drawn < 100_000  # of 6 numbers a setting; one in 720 keeps the constraint
        found = sum((point[f"k{n}"] - (0.3 if n < 3 else 0.0)) ** 2 for n in range(6))
        search.tell(point, found)
        least = min(least, found)
    assert least < 0.1  # neighbours of what keeps it lead to the best


def test_where_no_random_setting_keeps_the_constraints_neighbours_of_known_ones_do() -> None:
    space = tight(12)
    for name in ("random", "grid"):
        search = open_search(name, space, seed=1)
        search.tell(space.defaults, 1.0)
        seen = {space.key(space.defaults)}
        for _ in range(3):
            point = search.ask()
            assert point is not None and not space.problem(point) and space.key(point) not in seen, name
            seen.add(space.key(point))
            search.tell(point, sum(point.values()))
    assert RandomSearch(space).ask() is None  # nothing is known, and nothing was found


def test_a_portfolio_gives_more_to_who_earns_more() -> None:
    class Fixed:
        def __init__(self, name: str, sizes: list[int]) -> None:
            self.name = name
            self.left = [{**FINITE.defaults, "size": size} for size in sizes]

        def ask(self) -> Values | None:
            return self.left.pop(0) if self.left else None

        def tell(self, values: Any, cost: float | None) -> None:
            pass

    good, bad = Fixed("good", [1, 2, 3, 4, 5]), Fixed("bad", [8, 8, 8, 8, 8, 8])
    mixed = MixedSearch([bad, good], trust=(0.3, 0.3))
    for _ in range(7):
        point = mixed.ask()
        assert point is not None
        mixed.tell(point, abs(float(point["size"]) - 5))
    assert mixed.asked[1] > mixed.asked[0] >= 1


def test_the_process_as_a_sampler_of_optuna() -> None:
    def run(seed: int) -> optuna.Study:
        study = optuna.create_study(sampler=GpSampler(seed=seed), direction="maximize")
        for number in range(16):
            trial = study.ask()
            mode = trial.suggest_categorical("mode", [None, "b", 3])
            values = {
                "rate": trial.suggest_float("rate", 1e-4, 1.0, log=True),
                "size": trial.suggest_int("size", 1, 8),
            }
            if mode is None:
                values["flag"] = trial.suggest_categorical("flag", [True, False])  # not in every trial
            if number == 9:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            else:
                study.tell(trial, -cost({**values, "mode": "b" if mode == "b" else "c"}))
        return study

    first = run(1)
    assert first.best_trial.params["mode"] == "b" and first.best_value > -0.2, first.best_trial
    assert [t.params for t in first.trials] == [t.params for t in run(1).trials]
    both = optuna.create_study(sampler=GpSampler(n_startup_trials=0), directions=["minimize", "minimize"])
    both.add_trial(
        optuna.trial.create_trial(
            params={"x": 0.5},
            distributions={"x": optuna.distributions.FloatDistribution(0, 1)},
            values=[1, 2],
        )
    )
    with pytest.raises(ValueError, match="one objective"):
        both.ask({"x": optuna.distributions.FloatDistribution(0, 1)})


def test_the_sampler_models_parameters_that_a_choice_opens() -> None:
    def run(seed: int) -> tuple[float, list[float]]:
        study = optuna.create_study(sampler=GpSampler(seed=seed))
        late = []
        for number in range(30):
            trial = study.ask()
            if trial.suggest_categorical("method", ["table", "tree", "scan"]) == "table":
                trial.suggest_categorical(
                    "hash", ["a", "b"]
                )  # comes and goes with slots, and decides nothing
                trial.suggest_categorical("layout", ["a", "b"])
                slots = trial.suggest_int("slots", 1, 1000, log=True)
                late += [abs(math.log(slots / 300))] if number >= 15 else []
                study.tell(trial, 1.0 + abs(math.log(slots / 300)))
            else:
                depth = trial.suggest_float("depth", 0.0, 1.0) if trial.params["method"] == "tree" else 0.5
                study.tell(trial, 5.0 + depth)
        return float(study.best_value), late

    results = [run(seed) for seed in range(2)]
    assert all(best < 1.1 for best, _ in results), results  # slots within a tenth
    assert all(len(late) > 8 for _, late in results)  # most turns go where it is best


@pytest.mark.parametrize("name", ["random", "gp", "tpe", "grid", "mcts"])
def test_a_point_that_breaks_a_constraint_takes_nobody_s_place(name: str) -> None:
    knob = Knob(name="a", type="int", low=1, high=3, default=1)
    search = open_search(name, Space((knob,), (parse_constraint("a <= 2", ["a"]),)))
    search.tell({"a": 3}, 1.0)
    asked = [search.ask() for _ in range(3)]
    assert sorted(point["a"] for point in asked if point) == [1, 2] and asked[2] is None


def test_cma_es_goes_on_where_it_was() -> None:
    space = Space(tuple(Knob(name=name, type="float", low=0, high=1, default=0.5) for name in "xy"))

    def after(search: Search, count: int) -> list[tuple[Values, Any, float]]:
        rows = []
        for _ in range(count):
            point = search.ask()
            assert point is not None
            told = (float(point["x"]) - 0.3) ** 2 + (float(point["y"]) - 0.6) ** 2
            rows.append((point, json.loads(json.dumps(memory_of(search, point))), told))
            search.tell(point, told)
        return rows

    search = open_search("cmaes", space, seed=1)
    rows = after(search, 30)
    again = open_search("cmaes", space, seed=1)
    for point, memory, told in rows:
        remember(again, point, memory)
        again.tell(point, told)
    (first,), (other,) = after(search, 1), after(again, 1)
    assert first[1]["cma:generation"] == other[1]["cma:generation"] > 2


def apart(points: list[list[float]]) -> float:
    """The least distance between two of the points."""
    return min(math.dist(one, other) for one, other in itertools.combinations(points, 2))


def test_points_that_are_waited_for_are_not_asked_for_once_more_nearby() -> None:
    x = [Knob(name=name, type="float", low=0, high=1, default=0.5) for name in "xy"]
    space, rng = Space(tuple(x)), random.Random(0)
    for name in ("gp", "portfolio"):
        search = open_search(name, space, seed=1)
        for _ in range(10):
            point = space.sample(rng)
            search.tell(point, (point["x"] - 0.3) ** 2 + (point["y"] - 0.6) ** 2)
        batch = [search.ask() for _ in range(4)]
        # Without what is waited for they are 5e-6 apart: the same point, but for the last digits.
        assert apart([space.coordinates(point) for point in batch if point]) > 2e-4, name
    ahead = GpSearch(space, seed=1)
    for point in batch[:3]:
        ahead.tell(point or {}, 1.0)
    ahead.note(batch[0] or {})  # its cost is known: nobody waits
    assert not ahead._awaited


def test_searches_of_several_know_what_others_wait_for() -> None:
    space = Space((SMALL,))
    model = ModelSearch(space, lambda messages: '{"size": 3}')
    for search in (open_search("portfolio", space), HybridSearch(GpSearch(space), model)):
        wait_for(search, {"size": 3})
        asked = [search.ask() for _ in range(8)]
        assert sorted(point["size"] for point in asked if point) == [1, 2, 4, 5, 6, 7, 8], search.name


def test_the_sampler_knows_which_trials_run() -> None:
    space = {name: optuna.distributions.FloatDistribution(0, 1) for name in "xy"}
    study = optuna.create_study(sampler=GpSampler(seed=1))
    for _ in range(10):
        trial = study.ask(space)
        study.tell(trial, (trial.params["x"] - 0.3) ** 2 + (trial.params["y"] - 0.6) ** 2)
    batch = [study.ask(space) for _ in range(4)]
    assert apart([[trial.params["x"], trial.params["y"]] for trial in batch]) > 0.002


@pytest.mark.parametrize("name", [name for name in SEARCHES if name != "optuna-gp"])
def test_large_costs_stop_no_search(name: str) -> None:
    search = open_search(name, SPACE, seed=2)
    for told in (1.0, 1e160, 0.5, 1.7e308, -1.7e308, 3.0, 1e308, -1e200):
        point = search.ask()
        assert point is not None and SPACE.problem(point) == ""
        search.tell(point, told)
    assert search.ask() is not None


def test_large_costs_are_in_order_for_the_model() -> None:
    search = GpSearch(FINITE)
    for size, told in {1: 1.7e308, 2: -1.7e308, 3: 0.0, 4: 1.0}.items():
        search.tell({**FINITE.defaults, "size": size}, told)
    _, y, centre, spread = search._data()
    assert y[0] == pytest.approx(math.sqrt(2)) and y[1] == -y[0] and abs(y[2]) < 1e-9
    assert spread == pytest.approx(1.7e308 / math.sqrt(2)) and abs(centre) < 1


def test_unknown_searches_are_named() -> None:
    with pytest.raises(ConfigError, match="unknown optimizer 'gps'; known: random, qmc, tpe"):
        open_search("gps", SPACE)


# --- in a job ------------------------------------------------------------------------------------------


PLANE = Space(tuple(Knob(name=name, type="float", low=0, high=60, default=30.0) for name in "vwxyz"))


def ends(search: Search | OptunaSampling, told: Callable[[float, float], Any]) -> int:
    """How many of the later points lie near the end of the front that the first cost doesn't ask for."""
    found = 0
    for number in range(300):
        point = search.ask()
        assert point is not None
        x, off = float(point["x"]), sum(abs(float(point[name]) - 30) for name in "vwyz")
        search.tell(point, told(x + off, 60 - x + off))
        found += number >= 150 and x > 40 and off < 40
    return found


def test_a_search_for_the_front_sees_all_metrics() -> None:
    both = ends(open_front_search("nsga2", PLANE, metrics=2, seed=0), lambda one, two: (one, two))
    first = ends(open_search("nsga2", PLANE, seed=0), lambda one, _: one)
    assert both > 30 > 2 * first
    with pytest.raises(ValueError, match="1 costs for 2 metrics"):
        open_front_search("nsga3", PLANE, metrics=2).tell(dict.fromkeys("vwxyz", 1.0), 0.5)
    with pytest.raises(ConfigError, match="those that do: nsga2, nsga3"):
        open_front_search("gp", PLANE, metrics=2)


def test_a_point_that_failed_is_the_worst_in_every_metric() -> None:
    search = open_front_search("nsga2", PLANE, metrics=2)
    for place, costs in enumerate([(1.0, 5.0), (4.0, 2.0), (math.nan, 0.0), None]):
        search.tell(dict.fromkeys("vwxyz", float(place)), costs)
    told = [trial.values for trial in search._study.trials]
    assert told == [[1.0, 5.0], [4.0, 2.0], [4.3, 5.3], [4.3, 5.3]]


class TestKnobSearch(OptimizerConformance):
    view: View

    @pytest.fixture(autouse=True)
    def _repository(self, tmp_path: Path) -> None:
        repository = make_repository(tmp_path / "r", job=JOB + KNOB)
        study = Study.create(repository, load_job(repository))
        self.view = View(study.job, Snapshot.take(repository, study.folder, study.job.target), study)

    def make_optimizer(self) -> Optimizer:
        optimizer = KnobSearch("gp", self.view)
        ask = optimizer.ask

        def kept(count: int) -> list[Any]:
            found = ask(count)
            for candidate in found:
                self.view.study.add(candidate, self.view.snapshot.texts)
            return found

        optimizer.ask = kept  # type: ignore[method-assign]
        return optimizer

    def test_the_defaults_are_known_and_a_failure_is_the_worst(self) -> None:
        optimizer = KnobSearch("gp", self.view)
        asked = [optimizer.ask(1)[0] for _ in range(3)]
        assert BASELINE.id not in [candidate.id for candidate in asked]
        assert [candidate.parents for candidate in asked] == [()] * 3 and asked[0].author == "gp"
        for number, candidate in enumerate(asked, start=1):
            self.view.study.add(candidate, {})
            state = TrialState.FAILED if number == 2 else TrialState.COMPLETE
            found = Comparison("wall_time", 1.1 * number, 1.0, 2.0, 3, "verified", (), ())
            comparisons = () if number == 2 else (found,)
            trial = Trial(number, candidate.id, "gp", state, candidate.values, comparisons=comparisons)
            optimizer.tell(trial)
        assert optimizer.ask(1)

    def test_a_job_with_knobs_has_the_portfolio_of_searches_by_default(self, tmp_path: Path) -> None:
        assert default_names(self.view, True) == ("agents", "rules", "optuna", "mixed")
        found = open_optimizer(["portfolio"], self.view, None, silent)
        assert [member.name for member in found.members] == ["rules", "optuna", "mixed"]
        (candidate,) = KnobSearch("mixed", self.view).ask(1)
        assert candidate.author == "mixed"
        done = make_repository(tmp_path / "done", UNIMPROVABLE, job=JOB + KNOB)
        study = Study.create(done, load_job(done))
        view = View(study.job, Snapshot.take(done, study.folder, study.job.target), study)
        assert default_names(view, False) == ("rules", "mixed")  # nothing to choose but knobs

    def test_tuned_literals_are_told_apart_from_the_code(self) -> None:
        def made(block: int, author: str, parent: Candidate = BASELINE, more: str = "") -> Candidate:
            text = f"BLOCK = {block}  # strop: int 1..512\n{more}" + SLOW
            parents = () if parent is BASELINE else (parent.id,)
            one = Candidate((FileEdit("numbers_shared.py", text),), parents=parents, author=author)
            self.view.study.add(one, self.view.snapshot.texts)
            return one

        written = made(8, "coder")
        assert untuned(self.view, written, written) == written
        tuned = made(64, "literals", written)
        assert untuned(self.view, tuned, tuned).id == written.id
        carried = made(64, "rules", tuned, "TILE = 2  # strop: int 1..4\n")
        plain = untuned(self.view, carried, carried)
        assert plain.edits[0].text == (carried.edits[0].text or "").replace("BLOCK = 64", "BLOCK = 8")
        chosen = made(32, "coder", tuned)  # its author's own choice
        assert untuned(self.view, chosen, chosen) == chosen
        rest = replace(carried, edits=tuned.edits, parents=())  # what was left of it in the end
        assert untuned(self.view, carried, rest).id == written.id

    @pytest.mark.parametrize("failure", [None, Failure.TIMEOUT, Failure.ERROR])
    def test_slow_code_with_a_literal_has_a_turn_and_broken_code_none(self, failure: Failure | None) -> None:
        code = "BLOCK = 8  # strop: int 8..512\n\n" + SLOW
        slow = Candidate((FileEdit("numbers_shared.py", code),), author="coder")
        self.view.study.add(slow, self.view.snapshot.texts)
        found = Comparison("wall_time", 0.5, 0.45, 0.55, 3, "measured", (), ())
        trial = Trial(1, slow.id, "coder", TrialState.COMPLETE, verdict=Verdict.WORSE, comparisons=(found,))
        if failure is not None:
            trial = Trial(1, slow.id, "coder", TrialState.FAILED, failure=failure)
        search = LiteralSearch(self.view)
        search.tell(trial)
        asked = [edit.text or "" for one in search.ask(1) for edit in one.edits]
        assert all("BLOCK = 8 " not in text for text in asked)
        assert len(asked) == (0 if failure is Failure.ERROR else 1)
        doubted = LiteralSearch(self.view)
        doubted.tell(replace(trial, failure=None, verdict=Verdict.WORSE, reason="the work was moved"))
        assert doubted.ask(1) == []

    def test_new_code_begins_with_the_best_points_of_other_code(self) -> None:
        def trial(candidate: Candidate, ratio: float, verdict: Verdict = Verdict.UNDECIDED) -> Trial:
            self.view.study.add(candidate, {})
            row = self.view.study.begin(candidate)
            found = (Comparison("wall_time", ratio, ratio * 0.9, ratio * 1.1, 3, "measured"),)
            done = replace(row, state=TrialState.COMPLETE, verdict=verdict, comparisons=found)
            self.view.study.finish(done)
            return done

        self.view.study.finish(replace(self.view.study.begin(BASELINE), state=TrialState.COMPLETE))
        written = Candidate((FileEdit("numbers_shared.py", "x = 1\n"),), author="coder")
        ratios = {20: 1.2, 40: 1.6, 41: 1.5, 39: 1.4, 90: 0.5}
        told = [trial(Candidate(knobs=(("size", size),)), ratio) for size, ratio in ratios.items()]
        told += [trial(written, 2.0, Verdict.PROMISING)]
        optimizer = KnobSearch("gp", self.view)
        for one in told:
            optimizer.tell(one)
        asked = [optimizer.ask(1)[0] for _ in range(4)]
        assert [one.values["size"] for one in asked[:3]] == [40, 41, 39]
        assert {one.edits for one in asked} == {written.edits} and asked[0].parents == (written.id,)
        assert asked[0].rationale == "tuned: size=40; good with other code"
        assert asked[3].values.get("size", 5) not in (5, 39, 40, 41)  # the search's own, which has its turn
        # What they cost was measured with other code, and is no result here; neither is any tried twice.
        search = optimizer._searches[written.code_id]
        assert isinstance(search, GpSearch) and list(search._seen) == [(5,)]
        again = KnobSearch("gp", self.view)
        for one in [*told, trial(asked[0], 2.5)]:
            again.tell(one)
        later = [again.ask(1)[0].values.get("size", 5) for _ in range(3)]
        assert later[:2] == [41, 39] and later[2] not in (5, 20, 40)

    @pytest.mark.parametrize("name", ["mixed", "hybrid"])
    def test_a_study_that_is_gone_on_with_knows_whose_points_paid(self, name: str) -> None:
        def asker() -> Asker:
            answers = ['{"size": 90}', '{"size": 80}', '{"size": 70}']
            return Asker(ScriptedModel(answers), ModelSettings(), Attempts(self.view.study.folder))

        self.view.study.finish(replace(self.view.study.begin(BASELINE), state=TrialState.COMPLETE))
        search, trials = KnobSearch(name, self.view, asker=asker()), []
        for _ in range(8):
            (candidate,) = search.ask(1)
            self.view.study.add(candidate, {})
            ratio = 1 + float(candidate.values.get("size", 5)) / 100
            found = (Comparison("wall_time", ratio, ratio, ratio, 3, "measured"),)
            row = self.view.study.begin(candidate)
            trials += [replace(row, state=TrialState.COMPLETE, comparisons=found, verdict=Verdict.UNDECIDED)]
            self.view.study.finish(trials[-1])
            search.tell(trials[-1])
        later = KnobSearch(name, self.view, asker=asker())
        for trial in trials:
            later.tell(trial)
        later.ask(1)
        search.ask(1)
        (before,), (after,) = search._searches.values(), later._searches.values()
        if isinstance(before, MixedSearch) and isinstance(after, MixedSearch):
            assert before._gain == after._gain and before.asked == after.asked and max(before._gain) > 1
        else:
            assert isinstance(before, HybridSearch) and isinstance(after, HybridSearch)
            assert before._gain == after._gain and before._gain[True] > 0
            assert (before._turns, before.model_turns) == (after._turns, after.model_turns)

    def test_a_search_for_the_front_is_told_all_metrics(self) -> None:
        job = self.view.job
        self.view.job = job.model_copy(update={"metrics": (*job.metrics, Metric(name="peak_memory"))})
        optimizer = KnobSearch("nsga2", self.view)
        (candidate,) = optimizer.ask(1)
        self.view.study.add(candidate, {})
        found = tuple(Comparison(name, r, 1.0, 2.0, 3, "measured") for name, r in (("time", 2.0), ("m", 0.5)))
        optimizer.tell(Trial(1, candidate.id, "nsga2", TrialState.COMPLETE, comparisons=found))
        (search,) = optimizer._searches.values()
        assert isinstance(search, OptunaSampling)
        told = [trial.values for trial in search._study.trials]
        assert told == [[0.0, 0.0], pytest.approx([-math.log(2), math.log(2)])]
