"""How a candidate's time grows with the size of its input: evidence of complexity, for agents and reports."""

from __future__ import annotations

from typing import Any

from strop.sandbox.driving import FIRST
from strop.sandbox.measure.quiet import background
from strop.sandbox.profilers.scaling import scaling_exponent
from strop.sandbox.stages import Built, StageFailure, Stages

__all__ = ["growth"]

ROUNDS = 2
"""Runs at each size: how far they lie apart shows how sure the exponent is."""


def growth(stages: Stages, built: Built, timeout_s: float | None = None) -> dict[str, Any]:
    """Return the exponent b of CPU time = a * size ** b over the job's sizes, empty where it gives none.

    The start of the program counts as time, too, and flattens it. Returns "exponent", "error" (its standard
    error) and "sizes", or a "note" that says why there is none. Raises `SandboxError`.

    Args:
        stages: The job's stages.
        built: The candidate.
        timeout_s: Deadline of one run, in seconds; None: the job's.
    """
    sizes = stages.job.commands.sizes
    if not sizes:
        return {}
    points = []
    try:
        for size in sizes:
            at_size = stages.at_size(size)
            if stages.job.calls is not None:
                at_size.requests(FIRST)
            for _ in range(ROUNDS):
                with background(), at_size.sandbox() as sandbox:
                    sandbox.put(built.tree)
                    run = at_size.benchmark(built, sandbox, hash_seed=1, inputs=FIRST, timeout_s=timeout_s)
                points.append((float(size), run.metrics["cpu_time"]))
        found = scaling_exponent(points)
    except (StageFailure, ValueError) as problem:
        return {"note": f"how time grows is not known: {problem}"}
    return {"exponent": round(found.exponent, 2), "error": round(found.error, 2), "sizes": list(sizes)}
