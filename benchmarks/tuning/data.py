"""Tables of measurements: a space of knobs, and what was measured at its points.

A table is a folder with `config.json` (parameters, measurements, goals) and `data.csv` (no header: the
parameters in order, then the measurements), as in the sets of Olympus (Haese et al. 2021). `STROP_DATA`
names the folder that tables are looked up in.
"""

from __future__ import annotations

import csv
import json
import math
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from strop.benchmarks.tuning.problems import Scale, random_points
from strop.errors import ConfigError
from strop.job import Knob
from strop.tuning import Space, Values

__all__ = ["Table", "data_folder", "load_table", "table_names"]


@dataclass(frozen=True)
class Table:
    """Measured points of a space; replicates are averaged."""

    name: str
    space: Space
    rows: Mapping[tuple[Any, ...], float]  # by the space's key: the first measurement, in its own unit
    measurement: str
    maximize: bool
    default: Values | None = None

    @cached_property
    def best(self) -> float:
        """The best value that there is."""
        return max(self.rows.values()) if self.maximize else min(self.rows.values())

    @cached_property
    def worst(self) -> float:
        """The worst value that there is."""
        return min(self.rows.values()) if self.maximize else max(self.rows.values())

    def value(self, values: Values) -> float | None:
        """Return what was measured at a point, or at the nearest one; None where the table has a hole.

        Only numbers can be near: a combination of categories that was not measured is a hole.
        """
        found = self.rows.get(self.space.key(values))
        if found is not None or all(self.space.categorical):
            return found
        return self._nearest(values)

    @property
    def start(self) -> float:
        """What counts before anything was measured: the worst value."""
        return self.worst

    @property
    def size(self) -> str:
        """How many points there are."""
        return f"{len(self.rows)} points, best {self.best:.4g}"

    def initial(self, seed: int, count: int) -> Sequence[Values]:
        """Return random points."""
        return random_points(self.space, 10_000 + seed, count)

    def stored(self, optimizer: str, seed: int) -> None:
        """Return None: a table has no runs beside it."""

    def scale(self, seen: Sequence[float]) -> Scale:
        """Return the range of the whole table."""
        return Scale(self.best, self.worst)

    def _nearest(self, values: Values) -> float:
        import numpy as np

        places, measured, kinds = self._arrays
        apart = places - np.array(self.space.coordinates(values))
        squares = np.where(kinds, (apart != 0) * float(len(kinds)), apart**2)
        return float(measured[int(squares.sum(axis=1).argmin())])

    @cached_property
    def _arrays(self) -> tuple[Any, Any, Any]:
        import numpy as np

        names = [knob.name for knob in self.space.knobs]
        points = [self.space.coordinates(dict(zip(names, key, strict=True))) for key in self.rows]
        return np.array(points), np.array(list(self.rows.values())), np.array(self.space.categorical)


def data_folder(*, needed: bool = True) -> Path | None:
    """Return the folder that STROP_DATA names, None where it names none and none is needed.

    Raises `ConfigError` where one is needed, or the name is wrong.
    """
    found = os.environ.get("STROP_DATA", "")
    if not found:
        if not needed:
            return None
        raise ConfigError(
            "STROP_DATA is not set: let it name a folder of tables (folders with config.json and data.csv), "
            "or name with --tables what is to be downloaded, e.g. iron_mind/Suzuki_Doyle"
        )
    folder = Path(found)
    if not folder.is_dir():
        raise ConfigError(f"STROP_DATA: {folder} is no folder")
    return folder


def table_names(folder: Path) -> list[str]:
    """Return the names of all tables below a folder, relative to it."""
    found = [path.parent for path in folder.rglob("config.json") if (path.parent / "data.csv").is_file()]
    return sorted(path.relative_to(folder).as_posix() for path in found)


def load_table(folder: Path, name: str) -> Table:
    """Return a table by its name below a folder; raises `ConfigError` that says what is wrong with it."""
    place = folder / name
    if not (place / "config.json").is_file() or not (place / "data.csv").is_file():
        known = ", ".join(table_names(folder)[:40]) or "none"
        raise ConfigError(f"{place}: no table (config.json and data.csv) here; tables in {folder}: {known}")
    try:
        config = json.loads((place / "config.json").read_text(encoding="utf-8"))
        text = (place / "data.csv").read_text(encoding="utf-8-sig")
        cells = []
        for number, row in enumerate(csv.reader(text.splitlines()), start=1):
            if any(cell.strip() for cell in row):
                _check_numbers(config, row, f"{place / 'data.csv'}: row {number}")
                cells.append(row)
        return _table(name, config, cells)
    except (OSError, ValueError, KeyError, TypeError, IndexError, StopIteration) as error:
        raise ConfigError(f"{place}: no sound table: {type(error).__name__}: {error}") from None


def _check_numbers(config: Mapping[str, Any], row: Sequence[str], where: str) -> None:
    """Raise `ConfigError` where a number of a row is none; nan would be no JSON, and no cost either."""
    kinds = [parameter["type"] == "continuous" for parameter in config["parameters"]]
    kinds.append(config["measurements"][0].get("type") != "ordinal")
    for column, (is_number, cell) in enumerate(zip(kinds, row, strict=False), start=1):
        if is_number and _number(cell) is None:
            raise ConfigError(f"{where}, column {column}: {cell!r} is not a finite number")


def _table(name: str, config: Mapping[str, Any], cells: list[list[str]]) -> Table:
    parameters, measurement = config["parameters"], config["measurements"][0]
    knobs = tuple(_knob(p, [row[place] for row in cells]) for place, p in enumerate(parameters))
    space = Space(knobs)
    goal = measurement.get("goal") or config.get("default_goal", "maximize")
    goal = goal[0] if isinstance(goal, list) else goal
    if goal not in ("maximize", "minimize"):
        raise ValueError(f"goal {goal!r}; allowed: maximize, minimize")
    values: dict[tuple[Any, ...], list[float]] = defaultdict(list)
    for row in cells:
        point, _ = space.corrected({knob.name: _read(knob, row[place]) for place, knob in enumerate(knobs)})
        values[space.key(point)].append(_measured(measurement, row[len(knobs)]))
    rows = {key: sum(found) / len(found) for key, found in values.items()}
    default = _default(space, parameters)
    return Table(name, space, rows, str(measurement["name"]), goal == "maximize", default)


def _default(space: Space, parameters: Sequence[Mapping[str, Any]]) -> Values | None:
    """Return the point of the parameters' defaults, None where one has none."""
    if not all("default" in parameter for parameter in parameters):
        return None
    named = zip(space.knobs, parameters, strict=True)
    return {knob.name: _read(knob, str(parameter["default"])) for knob, parameter in named}


def _knob(parameter: Mapping[str, Any], column: list[str]) -> Knob:
    name = "".join(c if c.isalnum() else "_" for c in str(parameter["name"]))
    name = name if name[:1].isalpha() else f"p_{name}"
    if parameter["type"] == "continuous":
        measured = [float(cell) for cell in column]
        low = min(float(parameter["low"]), *measured)
        high = max(float(parameter["high"]), *measured)
        return Knob(name=name, type="float", low=low, high=high, default=low)
    options = parameter.get("options") or sorted({cell.strip() for cell in column}, key=_sortable)
    choices: tuple[Any, ...] = tuple(dict.fromkeys(str(option).strip() for option in options))
    numbers = {number for choice in choices if (number := _number(choice)) is not None}
    if len(numbers) == len(choices):
        choices = tuple(sorted(numbers))  # an order helps models
    return Knob(name=name, type="categorical", choices=choices, default=choices[0])


def _read(knob: Knob, cell: str) -> Any:
    if knob.type == "float":
        return float(cell)
    text = cell.strip()
    number = _number(text)
    wanted = number if isinstance(knob.choices[0], float) else text
    if wanted not in knob.choices:
        raise ValueError(f"{knob.name}: {cell!r} is not one of the options")
    return wanted


def _measured(measurement: Mapping[str, Any], cell: str) -> float:
    if measurement.get("type") == "ordinal":
        return float(measurement["options"].index(cell.strip()))
    return float(cell)


def _number(text: str) -> float | None:
    """Return a finite number, None for any other text."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _sortable(text: str) -> tuple[int, float, str]:
    number = _number(text)
    return (0, number, text) if number is not None else (1, 0.0, text)
