"""Functions with a known optimum as problems: `synthetic/branin` and others; an evaluation costs nothing.

Six are the usual test functions, with the ranges that they are usually given (`ackley5` with ranges that
are not symmetric about the optimum, which would favour whoever starts in the middle). Three have what they
lack: `mixed` a category, a flag and numbers that interact, `tree` a choice that opens knobs of its own,
`crash` a third of the space in which every evaluation fails.

Source: Surjanovic and Bingham, "Virtual Library of Simulation Experiments", sfu.ca/~ssurjano; the last three
are strop's own.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from strop.benchmarks.tuning.problems import Scale, random_points
from strop.errors import ConfigError
from strop.job import Knob
from strop.tuning import Space, Values

__all__ = ["FUNCTIONS", "FUNCTION_NAMES", "FUNCTION_PREFIX", "Function", "open_function"]

FUNCTION_PREFIX = "synthetic/"

SAMPLE = 4096
"""Random points whose median value is the upper end of the scale: what one finds without looking. Their worst
value is so far out in some functions that every search would come to within 5 % of it."""


@dataclass(frozen=True)
class Function:
    """A function over a space; least is best."""

    name: str
    space: Space
    best: float  # the least value that it has
    formula: Callable[[Values], float | None]  # None: this point fails
    default: Values | None = None
    measurement: str = "value"
    maximize: bool = False

    @property
    def start(self) -> float:
        """What counts before anything was measured, and the least that counts: a random point's value."""
        return self.usual

    @property
    def size(self) -> str:
        """How many knobs there are."""
        return f"{len(self.space.knobs)} knobs, best {self.best:.4g}"

    @cached_property
    def usual(self) -> float:
        """The median value of `SAMPLE` random points, of those that don't fail."""
        found = (self.formula(point) for point in random_points(self.space, 0, SAMPLE))
        return statistics.median(value for value in found if value is not None)

    def value(self, values: Values) -> float | None:
        """Return the function's value; None where a point fails."""
        return self.formula(values)

    def initial(self, seed: int, count: int) -> Sequence[Values]:
        """Return random points."""
        return random_points(self.space, 10_000 + seed, count)

    def stored(self, optimizer: str, seed: int) -> None:
        """Return None: nobody's runs are stored beside it."""

    def scale(self, seen: Sequence[float]) -> Scale:
        """Return the least value and the median of a sample."""
        return Scale(self.best, self.usual)


def open_function(name: str) -> Function:
    """Return a function by its name; raises `ConfigError` for an unknown one."""
    if name not in FUNCTIONS:
        raise ConfigError(f"unknown function {name!r}; known: {', '.join(FUNCTIONS)}")
    return FUNCTIONS[name]


# --- the usual ones ---------------------------------------------------------------------------------


def _numbers(count: int, low: float, high: float) -> Space:
    middle = (low + high) / 2
    knobs = (Knob(name=f"x{n}", type="float", low=low, high=high, default=middle) for n in range(count))
    return Space(tuple(knobs))


def _of(formula: Callable[[list[float]], float]) -> Callable[[Values], float]:
    return lambda values: formula(_coordinates(values))


def _coordinates(values: Values) -> list[float]:
    return [float(values[f"x{place}"]) for place in range(len(values))]


def _branin(x: list[float]) -> float:
    bend = x[1] - 5.1 / (4 * math.pi**2) * x[0] ** 2 + 5 / math.pi * x[0] - 6
    return bend**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x[0]) + 10


_HEIGHTS = (1.0, 1.2, 3.0, 3.2)
_WIDTHS = (
    (10, 3, 17, 3.5, 1.7, 8),
    (0.05, 10, 17, 0.1, 8, 14),
    (3, 3.5, 1.7, 10, 17, 8),
    (17, 8, 0.05, 10, 0.1, 14),
)
_CENTRES = (
    (0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886),
    (0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991),
    (0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650),
    (0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381),
)


def _hartmann(x: list[float]) -> float:
    total = 0.0
    for height, widths, centres in zip(_HEIGHTS, _WIDTHS, _CENTRES, strict=True):
        far = sum(w * (value - c) ** 2 for w, value, c in zip(widths, x, centres, strict=True))
        total += height * math.exp(-far)
    return -total


def _ackley(x: list[float]) -> float:
    size = math.sqrt(sum(value**2 for value in x) / len(x))
    waves = sum(math.cos(2 * math.pi * value) for value in x) / len(x)
    return -20 * math.exp(-0.2 * size) - math.exp(waves) + 20 + math.e


def _levy(x: list[float]) -> float:
    w = [1 + (value - 1) / 4 for value in x]
    inner = sum((v - 1) ** 2 * (1 + 10 * math.sin(math.pi * v + 1) ** 2) for v in w[:-1])
    last = (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)
    return math.sin(math.pi * w[0]) ** 2 + inner + last


def _rosenbrock(x: list[float]) -> float:
    return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in zip(x, x[1:], strict=False))


def _styblinski(x: list[float]) -> float:
    return sum(value**4 - 16 * value**2 + 5 * value for value in x) / 2


# --- with what knobs have besides -------------------------------------------------------------------

_MIXED = Space(
    (
        Knob(name="layout", type="categorical", choices=("rows", "columns", "tiles", "hash"), default="rows"),
        Knob(name="threads", type="int", low=1, high=32, log=True, default=1),
        Knob(name="batch", type="int", low=1, high=4096, log=True, default=64),
        Knob(name="prefetch", type="bool", default=False),
    )
)


def _mixed(values: Values) -> float:
    """Tiles want a large batch, the others a small one; prefetching pays with large batches alone."""
    batch, threads = math.log2(float(values["batch"])), math.log2(float(values["threads"]))
    tiles = values["layout"] == "tiles"
    cost = {"rows": 0.6, "columns": 0.9, "tiles": 0.0, "hash": 0.4}[str(values["layout"])]
    cost += ((batch - (10 if tiles else 4)) / 4) ** 2 + 0.5 * ((threads - 3) / 2) ** 2
    return cost + (0.3 if values["prefetch"] is not (batch >= 8) else 0.0)


_TREE = Space(
    (
        Knob(name="method", type="categorical", choices=("scan", "table", "search"), default="scan"),
        Knob(
            name="slots",
            type="int",
            low=16,
            high=65_536,
            log=True,
            default=64,
            only_if={"method": ("table",)},
        ),
        Knob(name="depth", type="int", low=1, high=12, default=2, only_if={"method": ("search",)}),
        Knob(
            name="rate",
            type="float",
            low=1e-5,
            high=1.0,
            log=True,
            default=0.5,
            only_if={"method": ("search",)},
        ),
    )
)


def _tree(values: Values) -> float:
    """Each method opens knobs of its own; the best of "search" is ahead of the best of "table"."""
    if values["method"] == "scan":
        return 1.0
    if values["method"] == "table":
        return 0.2 + 0.05 * (math.log2(float(values["slots"])) - 11) ** 2
    rate = math.log10(float(values["rate"]))
    return 0.1 * (float(values["depth"]) - 7) ** 2 + 0.4 * (rate + 3) ** 2


def _crash(values: Values) -> float | None:
    """Branin's function, of which the third above x0 = 5 fails."""
    numbers = _coordinates(values)
    return None if numbers[0] > 5 else _branin(numbers)


_BRANIN = Space(
    (
        Knob(name="x0", type="float", low=-5, high=10, default=0.0),
        Knob(name="x1", type="float", low=0, high=15, default=7.5),
    )
)
_BRANIN_BEST = 0.39788735772973816

FUNCTIONS = {
    one.name: one
    for one in (
        Function(f"{FUNCTION_PREFIX}branin", _BRANIN, _BRANIN_BEST, _of(_branin)),
        Function(f"{FUNCTION_PREFIX}hartmann6", _numbers(6, 0, 1), -3.3223680114155147, _of(_hartmann)),
        Function(f"{FUNCTION_PREFIX}ackley5", _numbers(5, -15, 30), 0.0, _of(_ackley)),
        Function(f"{FUNCTION_PREFIX}levy4", _numbers(4, -10, 10), 0.0, _of(_levy)),
        Function(f"{FUNCTION_PREFIX}rosenbrock4", _numbers(4, -5, 10), 0.0, _of(_rosenbrock)),
        Function(
            f"{FUNCTION_PREFIX}styblinski4", _numbers(4, -5, 5), 4 * -39.16616570377142, _of(_styblinski)
        ),
        Function(f"{FUNCTION_PREFIX}mixed", _MIXED, 0.0, _mixed, _MIXED.defaults),
        Function(f"{FUNCTION_PREFIX}tree", _TREE, 0.0, _tree, _TREE.defaults),
        Function(f"{FUNCTION_PREFIX}crash", _BRANIN, _BRANIN_BEST, _crash),
    )
}
"""By name."""

FUNCTION_NAMES = tuple(FUNCTIONS)
