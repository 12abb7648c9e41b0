"""The reference formulations: what each problem's text asks, as a program for a solver.

`answer` is the judge's; the process that runs a candidate refuses to open these files (`run.py`).
"""

from __future__ import annotations

import importlib
import math
from typing import Any

TOLERANCE = 1e-4
"""Relative: an answer that lies within it is right."""


class Unsolved(Exception):
    """The solver found no answer: the problem's data is at fault, not a candidate."""


def answer(group: str, problem: str, data: dict[str, Any]) -> float:
    """Return the value that a problem asks for, a positive number; raises `Unsolved`."""
    value = float(getattr(importlib.import_module(f"{__name__}.{group}"), problem)(data))
    if not math.isfinite(value) or value <= 0:
        raise Unsolved(f"{problem}: {value}")
    return value


def agrees(given: float, right: float) -> bool:
    """Return whether a given number is the right one."""
    return math.isfinite(given) and abs(given - right) <= TOLERANCE * abs(right)
