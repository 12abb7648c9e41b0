"""Tables, attempts on them, their summary, and `strop bench run tuning`."""

from __future__ import annotations

import itertools
import json
import math
import os
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strop.benchmarks.tuning.arms import Spent, parse_arm
from strop.benchmarks.tuning.data import Table, load_table, table_names
from strop.benchmarks.tuning.functions import open_function
from strop.benchmarks.tuning.problems import cost_of
from strop.benchmarks.tuning.studies import (
    Attempted,
    attempt,
    bootstrap,
    exploration,
    paired_difference,
    summarise,
)
from strop.cli import main
from strop.errors import ConfigError
from strop.job import Knob
from strop.tuning import SETTINGS, Space, open_search

DATA = Path(os.environ.get("STROP_DATA", Path(__file__).parent.parent.parent.parent / "shared" / "data"))


def write_table(folder: Path, name: str, *, goal: Any = "maximize", hole: bool = False) -> Path:
    """Write a table of a category, a numbered choice and a number; one combination may be missing."""
    place = folder / name
    place.mkdir(parents=True)
    config = {
        "parameters": [
            {"name": "base", "type": "categorical", "options": ["x", "y", "z"]},
            {"name": "load", "type": "categorical", "options": ["10", "5", "20"]},
            {"name": "heat", "type": "categorical", "options": ["lo", "hi"]},
        ],
        "measurements": [{"name": "yield", "type": "continuous"}, {"name": "other", "type": "continuous"}],
        "default_goal": goal,
    }
    (place / "config.json").write_text(json.dumps(config), encoding="utf-8")
    rows = []
    for base, load, heat in itertools.product("xyz", ("5", "10", "20"), ("lo", "hi")):
        if not (hole and (base, load, heat) == ("z", "20", "hi")):
            rows.append(f"{base},{load},{heat},{'xyz'.index(base) * 10 + float(load)},0")
    rows.append("x,5,lo,15,0")  # a replicate
    (place / "data.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return place


def test_a_table_is_read_with_its_replicates_and_holes(tmp_path: Path) -> None:
    write_table(tmp_path, "a/t", goal=["maximize", "minimize"], hole=True)
    table = load_table(tmp_path, "a/t")
    assert table_names(tmp_path) == ["a/t"] and table.maximize and table.measurement == "yield"
    assert table.space.categorical == (True, False, True)  # 5, 10, 20 have an order
    assert table.value({"base": "x", "load": 5.0, "heat": "lo"}) == 10  # the mean of 5 and 15
    assert (table.best, table.worst) == (40, 5) and table.scale([]).regret(5) == 1
    assert len(table.rows) == 17


def test_of_numbers_the_nearest_is_taken_and_of_categories_none(tmp_path: Path) -> None:
    place = write_table(tmp_path, "t", goal="minimize", hole=True)
    only = json.loads((place / "config.json").read_text(encoding="utf-8"))
    only["parameters"][1]["options"] = ["five", "ten", "twenty"]
    text = (place / "data.csv").read_text(encoding="utf-8")
    words = text.replace(",5,", ",five,").replace(",10,", ",ten,").replace(",20,", ",twenty,")
    hole = {"base": "z", "load": 20.0, "heat": "hi"}
    assert load_table(tmp_path, "t").value(hole) == 30  # of load 10, which is nearest
    (place / "config.json").write_text(json.dumps(only), encoding="utf-8")
    (place / "data.csv").write_text(words, encoding="utf-8")
    table = load_table(tmp_path, "t")
    assert table.value({**hole, "load": "twenty"}) is None and cost_of(table, None) is None
    assert not table.maximize and cost_of(table, table.value({**hole, "load": "ten"})) == 30


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("config.json", "{", "no sound table: JSONDecodeError"),
        ("config.json", "{}", "no sound table: KeyError: 'parameters'"),
        ("data.csv", "x,5\n", "no sound table: IndexError"),
        ("data.csv", "q,5,lo,1,0\n", "base: 'q' is not one of the options"),
        ("data.csv", "x,5,lo,high,0\n", "data.csv: row 1, column 4: 'high' is not a finite number"),
        ("data.csv", "x,5,lo,1,0\n\nx,5,hi,nan,0\n", "data.csv: row 3, column 4: 'nan' is not a finite"),
        ("data.csv", "x,5,lo,-inf,0\n", "column 4: '-inf' is not a finite number"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(tmp_path: Path, file: str, text: str, message: str) -> None:
    (write_table(tmp_path, "t") / file).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_table(tmp_path, "t")
    with pytest.raises(ConfigError, match="no table .* here; tables in"):
        load_table(tmp_path, "u")


def test_attempts_share_their_first_points_and_spend_no_point_twice(tmp_path: Path) -> None:
    write_table(tmp_path, "t")
    table = load_table(tmp_path, "t")
    first, second = (attempt(table, parse_arm(name), 3, 12) for name in ("gp", "random"))
    assert first.best[:5] == second.best[:5] and len(first.best) == 12 and first.repeats == 0
    assert list(first.best) == sorted(first.best) and len(first.ask_s) == 7
    spent = attempt(table, parse_arm("tpe"), 0, 40)  # more than there are points
    assert len(spent.best) == 40 and spent.best[-1] == table.best


def test_a_summary_counts_what_an_optimizer_proposed_itself(tmp_path: Path) -> None:
    write_table(tmp_path, "t")
    table = load_table(tmp_path, "t")
    made = [Attempted("t", "o", seed, (10.0,) * 5 + (30.0, 40.0), (0.1, 0.3)) for seed in range(4)]
    found = summarise(made, table.scale([]))
    assert found.median_best == found.low == found.high == 40 and found.hit_95 == 1
    regret = statistics.fmean([table.scale([]).regret(30), 0])
    assert found.regret_auc == pytest.approx(regret) and found.seconds_per_ask == pytest.approx(0.2)


def test_exploration_is_told_by_the_entropy_of_proposals(tmp_path: Path) -> None:
    write_table(tmp_path, "t")
    table = load_table(tmp_path, "t")
    same = [{"base": "x", "load": 5.0, "heat": "lo"}] * 6
    spread = [{"base": b, "load": float(n), "heat": h} for b in "xyz" for n in (5, 20) for h in ("lo", "hi")]
    assert exploration(table, same) == 0 == exploration(table, same[:1])
    assert exploration(table, spread) == pytest.approx((1 + math.log(2) / math.log(3) + 1) / 3)
    one = attempt(table, parse_arm("random"), 0, 12)
    assert 0.5 < one.entropy <= 1 and (one.tokens, one.usd) == (0, 0)


def test_the_most_even_spread_is_one_for_flags_and_short_lists_too() -> None:
    space = Space(
        (
            Knob(name="flag", type="bool", default=False),
            Knob(name="size", type="categorical", choices=(8, 16, 32, 64), default=8),
            Knob(name="step", type="int", low=1, high=4, default=1),
        )
    )
    problem = replace(open_function("synthetic/tree"), space=space)
    assert exploration(problem, list(space.points())) == pytest.approx(1)


def test_a_lottery_draws_an_optimizers_own_settings_by_seed(tmp_path: Path) -> None:
    write_table(tmp_path, "t")
    table = load_table(tmp_path, "t")
    arm = parse_arm("tpe+lottery")
    drawn = [arm.settings(seed) for seed in range(12)]
    assert drawn == [arm.settings(seed) for seed in range(12)]
    assert all(set(one) == set(SETTINGS["tpe"]) for one in drawn)
    assert len({tuple(one.values()) for one in drawn}) > 6
    assert parse_arm("tpe").settings(1) == {}
    attempts = [attempt(table, arm, seed, 9) for seed in range(4)]
    assert summarise(attempts, table.scale([])).spread >= 0
    with pytest.raises(ConfigError, match="only tpe, gp, portfolio, cmaes, nsga2 have settings to draw"):
        parse_arm("random+lottery")
    with pytest.raises(ConfigError, match="unknown setting 'speed'; known: startup"):
        open_search("gp", table.space, settings={"speed": 1})


@pytest.mark.parametrize("name", list(SETTINGS))
def test_every_setting_that_can_be_drawn_works(tmp_path: Path, name: str) -> None:
    write_table(tmp_path, "t")
    space = load_table(tmp_path, "t").space
    for setting, values in SETTINGS[name].items():
        for value in values:
            search = open_search(name, space, seed=1, settings={setting: value})
            for _ in range(8):
                point = search.ask()
                assert point is not None
                search.tell(point, float(point["load"]))


def test_what_a_model_cost_is_added_up(tmp_path: Path) -> None:
    write_table(tmp_path, "t")
    table = load_table(tmp_path, "t")

    def opened(study: str, spent: Spent) -> Any:
        def ask(messages: Any) -> str:
            spent.tokens += 100
            spent.usd = None
            return '{"base": "z", "load": 20, "heat": "hi"}'

        return ask

    one = attempt(table, parse_arm("llm", opened), 0, 8)
    assert one.tokens >= 100 and one.usd is None
    found = summarise([one, one], table.scale([]))
    assert found.tokens == one.tokens and found.usd is None
    assert json.loads(json.dumps(found.to_json()))["usd"] is None


def test_intervals_by_bootstrap() -> None:
    low, high = bootstrap([float(value) for value in range(100)], statistics.fmean)
    assert 42 < low < 46 and 53 < high < 57
    mean, low, high = paired_difference({1: 2.0, 2: 3.0, 3: 4.0}, {1: 1.0, 2: 2.0, 4: 9.0})
    assert (mean, low, high) == (1, 1, 1)


def test_the_command_prints_one_json_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_table(tmp_path, "mine/t")
    monkeypatch.setenv("STROP_DATA", str(tmp_path))
    runs = tmp_path / "runs.jsonl"
    few = ["--tables", "mine/t", "--optimizer", "portfolio", "tpe", "--seeds", "2", "--evaluations", "8"]
    assert main(["bench", "run", "tuning", *few, "--json", "--runs", str(runs)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found["mine/t"]) == ["portfolio", "tpe"]
    assert {"median_best", "regret_auc", "low", "high", "seconds_per_ask"} <= found["mine/t"]["tpe"].keys()
    assert len(runs.read_text(encoding="utf-8").splitlines()) == 4
    assert main(["bench", "run", "tuning", *few]) == 0
    assert "mine/t: most yield, 18 points, best 40; 8 evaluations, 2 seeds" in capsys.readouterr().out


def test_what_the_command_can_not_do_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*arguments: str) -> str:
        assert main(["bench", "run", *arguments]) == 2
        return capsys.readouterr().err

    monkeypatch.delenv("STROP_DATA", raising=False)
    assert "unknown suite 'speed'; known: kernels, pycode, " in told("speed")
    assert "STROP_DATA is not set" in told("tuning")
    monkeypatch.setenv("STROP_DATA", str(tmp_path))
    assert "holds no tables" in told("tuning")
    write_table(tmp_path, "t")
    assert "unknown optimizer 'nobody'; known: random" in told("tuning", "--optimizer", "nobody")
    assert "at least 1" in told("tuning", "--seeds", "0")


@pytest.mark.skipif(not (DATA / "olympus").is_dir(), reason="no tables: STROP_DATA names no folder of them")
def test_every_real_table_is_read() -> None:
    tables: list[Table] = [load_table(DATA, name) for name in table_names(DATA)]
    assert len(tables) > 20
    for table in tables:
        point = table.space.point([0.0] * len(table.space.knobs))
        assert table.best != table.worst and (
            table.value(point) is None or table.scale([]).regret(table.worst) == 1
        )
