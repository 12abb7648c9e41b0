"""The hostile suite: 42 ways in which a candidate, an answer or a result may attack, each with a verdict.

`cases()` names them. What a backend has to contain is a program of `programs/`, played by `run_inside`;
what strop itself has to contain is a hostile answer, tree or result, played by `run_orchestrator`.
"""

from __future__ import annotations

from strop.hostile.arena import InsideCase
from strop.hostile.inside import INSIDE, run_inside
from strop.hostile.orchestrator import ORCHESTRATOR, run_orchestrator
from strop.hostile.records import CONTAINED, Case, OrchestratorCase, Row

__all__ = [
    "CONTAINED",
    "Case",
    "InsideCase",
    "OrchestratorCase",
    "Row",
    "cases",
    "run_inside",
    "run_orchestrator",
]


def cases() -> list[Case]:
    """Return all cases, by number; a number may have a part in the sandbox and one in strop itself."""
    return sorted([*INSIDE, *ORCHESTRATOR], key=lambda case: case.number)
