"""Functions with a known optimum, as problems of studies."""

from __future__ import annotations

import json
import math

import pytest

from strop.benchmarks.tuning.arms import parse_arm
from strop.benchmarks.tuning.command import main
from strop.benchmarks.tuning.functions import FUNCTIONS, open_function
from strop.benchmarks.tuning.problems import random_points
from strop.benchmarks.tuning.studies import attempt
from strop.errors import ConfigError

BEST = {
    "branin": [(-math.pi, 12.275), (math.pi, 2.275), (3 * math.pi, 2.475)],
    "hartmann6": [(0.20168952, 0.15001069, 0.47687398, 0.27533243, 0.31165162, 0.65730053)],
    "ackley5": [(0.0,) * 5],
    "levy4": [(1.0,) * 4],
    "rosenbrock4": [(1.0,) * 4],
    "styblinski4": [(-2.9035340,) * 4],
    "mixed": [("tiles", 8, 1024, True)],
    "tree": [("search", 64, 7, 1e-3)],
    "crash": [(-math.pi, 12.275), (math.pi, 2.275)],
}


@pytest.mark.parametrize("name", BEST)
def test_the_optimum_is_where_it_is_said_to_be_and_nothing_is_below_it(name: str) -> None:
    problem = open_function(f"synthetic/{name}")
    names = [knob.name for knob in problem.space.knobs]
    for point in BEST[name]:
        assert problem.value(dict(zip(names, point, strict=True))) == pytest.approx(problem.best, abs=1e-6)
    values = [problem.value(point) for point in random_points(problem.space, 3, 2000)]
    measured = [value for value in values if value is not None]
    assert problem.best <= min(measured) < problem.usual == problem.start < max(measured)
    assert problem.scale([]).regret(problem.usual) == 1
    failed = len(values) - len(measured)
    assert 560 < failed < 780 if name == "crash" else failed == 0


def test_every_function_has_its_optimum_stated_here() -> None:
    assert set(FUNCTIONS) == {f"synthetic/{name}" for name in BEST}


def test_a_choice_opens_its_own_knobs() -> None:
    tree = open_function("synthetic/tree")
    scan = tree.space.settled({**tree.space.defaults, "method": "scan", "depth": 9})
    assert scan == tree.space.defaults
    found = attempt(tree, parse_arm("mcts"), 0, 40)
    assert found.best[-1] < 0.5 and found.repeats == 0


def test_functions_are_problems_of_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("STROP_DATA", raising=False)
    options = ["--optimizer", "gp", "--optimizer", "random", "--seeds", "3", "--evaluations", "20"]
    assert main(["--tables", "synthetic/branin", "--tables", "synthetic/cra*", *options, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == ["synthetic/branin", "synthetic/crash"]
    for arms in found.values():
        assert arms["gp"]["regret_auc"] < arms["random"]["regret_auc"]
    with pytest.raises(ConfigError, match="unknown function 'synthetic/bran'; known: synthetic/branin"):
        main(["--tables", "synthetic/bran", *options])
