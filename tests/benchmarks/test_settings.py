"""Settings of searches are chosen by what they come to, on other problems than claims are made on."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from strop.benchmarks.tuning import settings
from strop.errors import ConfigError
from strop.tuning import SETTINGS


def write_table(folder: Path) -> None:
    """Write a table of numbers and categories that takes a search a few turns."""
    folder.mkdir(parents=True)
    names = ("heat", "time", "base")
    config: dict[str, Any] = {
        "parameters": [{"name": name, "type": "categorical", "options": list("0123456")} for name in names],
        "measurements": [{"name": "loss", "type": "continuous"}],
        "default_goal": "minimize",
    }
    config["parameters"][2]["options"] = ["x", "y", "z"]
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    rows = [
        f"{heat},{time},{base},{(heat - 4) ** 2 + abs(time - 2) * (1 + 'xyz'.index(base))}"
        for heat, time, base in itertools.product(range(7), range(7), "xyz")
    ]
    (folder / "data.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


@pytest.mark.parametrize("search", ["gp", "portfolio"])
def test_all_combinations_are_tried_and_the_best_stands_first(
    search: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_table(tmp_path / "own" / "a")
    monkeypatch.setenv("STROP_DATA", str(tmp_path))
    found = settings.combinations(search)
    command = [search, "--tables", "own/*", "--seeds", "3", "--jobs", "1", "--evaluations", "11"]
    kept = tmp_path / "kept.jsonl"
    assert settings.main([*command, "--keep", str(kept)]) == 0

    head, *rows = capsys.readouterr().out.splitlines()
    means = [float(row[46:52]) for row in rows]
    assert head.startswith(f"{search} on 1 problems, 3 seeds, 11 evaluations")
    assert len(rows) == len(found)
    assert means == sorted(means)
    assert settings.main([*command, "--keep", str(kept)]) == 0
    again = capsys.readouterr()
    assert again.out.splitlines() == [head, *rows]
    assert "done" not in again.err  # nothing was searched again
    assert means[0] < means[-1]  # they differ: settings reach the search
    assert all(re.search(r"\+0\.\d{4} \[", row) for row in rows[1:])


def test_defaults_are_among_what_is_tried() -> None:
    from strop.agents.optimizers.tuning.gaussian import USUAL_CATEGORY, USUAL_NUMBER
    from strop.agents.optimizers.tuning.mixed import EXPLORE, TRUST

    assert {"number": USUAL_NUMBER, "category": USUAL_CATEGORY} in settings.combinations("gp")
    assert {"trust": TRUST, "explore": EXPLORE} in settings.combinations("portfolio")
    assert settings.STARTUP in SETTINGS["gp"]


def test_tables_of_the_same_measurements_as_iron_minds_are_left_out() -> None:
    assert "olympus/suzuki_edbo" in settings.HELD_OUT
    assert {f"olympus/buchwald_{part}" for part in "abcde"} <= settings.HELD_OUT


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("[1, 2]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="--keep .*kept: not what this command wrote"):
        settings.main(["gp", "--tables", "synthetic/branin", "--keep", str(tmp_path / "kept")])
