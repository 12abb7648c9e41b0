"""Settings of searches are chosen by what they come to, on other problems than claims are made on."""

from __future__ import annotations

import re

import pytest

from strop.benchmarks.tuning import settings
from strop.tuning import SETTINGS


@pytest.mark.parametrize("search", ["gp", "portfolio"])
def test_all_combinations_are_tried_and_the_best_stands_first(
    search: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = settings.combinations(search)
    command = [search, "--tables", "synthetic/mixed", "synthetic/branin", "--seeds", "2", "--jobs", "1"]
    assert settings.main([*command, "--evaluations", "9"]) == 0

    head, *rows = capsys.readouterr().out.splitlines()
    means = [float(row[46:52]) for row in rows]
    assert head.startswith(f"{search} on 2 problems, 2 seeds, 9 evaluations")
    assert len(rows) == len(found)
    assert means == sorted(means)
    assert means[0] < means[-1]  # they differ: settings reach the search
    assert all(re.search(r"\+0\.\d{4} \[", row) for row in rows[1:])


def test_defaults_are_among_what_is_tried() -> None:
    from strop.agents.optimizers.tuning.gp import USUAL_CATEGORY, USUAL_NUMBER
    from strop.agents.optimizers.tuning.mixed import EXPLORE, TRUST

    assert {"number": USUAL_NUMBER, "category": USUAL_CATEGORY} in settings.combinations("gp")
    assert {"trust": TRUST, "explore": EXPLORE} in settings.combinations("portfolio")
    assert settings.STARTUP in SETTINGS["gp"]


def test_tables_of_the_same_measurements_as_iron_minds_are_left_out() -> None:
    assert "olympus/suzuki_edbo" in settings.HELD_OUT
    assert {f"olympus/buchwald_{part}" for part in "abcde"} <= settings.HELD_OUT
