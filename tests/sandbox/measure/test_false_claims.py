"""The simulation of false claims: its noise, its rules and its limits."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from strop.benchmarks.self.false_claims import CASES, RULES, main, mann_whitney_20, simulate
from strop.benchmarks.self.noise import MODELS, timelines
from strop.benchmarks.self.tables import limits


def test_neighbours_differ_as_the_model_says_and_distant_ones_more() -> None:
    calm, drifting = (timelines(m, np.random.default_rng(1), 2000, 220) for m in (MODELS[0], MODELS[1]))
    assert np.std(calm[:, 0] - calm[:, 1]) == pytest.approx(0.06, rel=0.1)
    assert np.std(drifting[:, 0] - drifting[:, 1]) == pytest.approx(0.06, rel=0.15)
    assert np.std(drifting[:, 0] - drifting[:, 200]) > 0.1


def test_the_mann_whitney_rule_is_scipys() -> None:
    rows = timelines(MODELS[1], np.random.default_rng(2), 60, 40)
    for row in rows:
        expected = mannwhitneyu(
            np.exp(row[:20]), np.exp(row[20:]), alternative="greater", method="asymptotic"
        )
        assert mann_whitney_20(row, CASES[0]) == (expected.pvalue < 0.1)


@pytest.mark.parametrize(("hits", "low", "high"), [(0, 0.0, 0.0308), (3, 0.0052, 0.0714), (120, 0.9697, 1.0)])
def test_exact_limits(hits: int, low: float, high: float) -> None:
    assert limits(hits, 120 if hits == 120 else 118) == pytest.approx((low, high), abs=2e-3)


def test_strop_claims_what_is_true_and_little_else() -> None:
    share = {(c.machine, c.rule, c.case): c.claims / c.rounds for c in simulate(150, seed=4)}
    assert len(share) == len(MODELS) * len(RULES) * len(CASES)
    for noise in MODELS:
        for case in CASES[:2]:
            assert share[noise.name, "strop, claim, best confirmed", case.name] <= 0.03
    assert share[MODELS[0].name, "strop, claim, best confirmed", "true +20 %"] > 0.95
    assert share[MODELS[2].name, "min of 20, sequential, > 5 %", "best of 12 identical"] > 0.5


def test_the_same_seed_gives_the_same_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rounds", "3", "--json"]) == 0
    first = capsys.readouterr().out
    assert main(["--rounds", "3", "--json"]) == 0
    assert capsys.readouterr().out == first
    assert json.loads(first)[0]["rounds"] == 3
    assert main(["--rounds", "3"]) == 0
    assert "best of 12 identical" in capsys.readouterr().out
