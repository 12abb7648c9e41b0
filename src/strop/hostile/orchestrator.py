"""Behaviours that strop itself has to contain: answers, results, trees, prompts."""

from __future__ import annotations

import time

import strop.hostile.answers as answers
import strop.hostile.results as results
from strop.hostile.records import CONTAINED, Escape, OrchestratorCase, Row

__all__ = ["ORCHESTRATOR", "run_orchestrator"]

ORCHESTRATOR: tuple[OrchestratorCase, ...] = (
    OrchestratorCase(20, "endless reports", "linear readers, bounded names", results.reports),
    OrchestratorCase(22, "pickles in results", "text and numbers only", results.pickles),
    OrchestratorCase(23, "edited tests and hooks", "target rules, pristine overlay", answers.protected),
    OrchestratorCase(28, "numbers that are none", "finite numbers only", results.numbers),
    OrchestratorCase(31, "paths that leave", "one rule for all paths", answers.traversal),
    OrchestratorCase(32, "git's own files", "one rule for all paths", answers.repository),
    OrchestratorCase(33, "symlinks in patches", "strict parser of diffs", answers.symlink),
    OrchestratorCase(34, "submodules in patches", "strict parser of diffs", answers.gitlink),
    OrchestratorCase(36, "lying archives", "own reader with caps", results.archives),
    OrchestratorCase(37, "huge and lying patches", "caps, linear parser, screen", answers.huge),
    OrchestratorCase(38, "escapes and markup", "cleaned for every display", results.displays),
    OrchestratorCase(39, "prompt injection", "marked as data; answers only edit", answers.injection),
    OrchestratorCase(40, "changed dependencies", "setup sees pristine files", answers.dependencies),
    OrchestratorCase(41, "provoked spending", "ledger reserves before a call", answers.spending),
)


def run_orchestrator(case: OrchestratorCase) -> Row:
    """Play a case on strop itself; an attack that makes it raise has escaped."""
    start = time.monotonic()
    try:
        verdict, detail = CONTAINED, case.judge()
    except Escape as found:
        verdict, detail = f"ESCAPED: {found}", ""
    except Exception as error:  # whatever it is: an answer or a result got strop itself down
        verdict, detail = f"ESCAPED: strop failed: {type(error).__name__}: {error}"[:500], ""
    return Row(case.number, case.name, "strop", verdict, detail, time.monotonic() - start)
