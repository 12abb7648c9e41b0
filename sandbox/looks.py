"""The looks of a search: after how many pairs it looks, and what it thinks then."""

from __future__ import annotations

from collections.abc import Sequence

from strop.job import Job
from strop.sandbox.baseline import Baseline
from strop.sandbox.driving import uses_seed
from strop.sandbox.measure.pairs import Pair, differences, log_ratios
from strop.sandbox.measure.planning import Calibration
from strop.sandbox.measure.verdict import LOOKS, SearchPlan, decide
from strop.sandbox.stages import StageFailure
from strop.trial import Verdict

__all__ = ["EXACT_LOOKS", "decided", "noise_beside", "search_plan"]

EXACT_LOOKS = (2, 4, 8)
"""Of values without noise: the second run shows that the candidate has none either."""


def search_plan(job: Job, baseline: Baseline) -> SearchPlan:
    """Return after how many pairs a search looks, and the effect that counts for it."""
    objective = baseline.resolved(job.objective)
    looks = EXACT_LOOKS if baseline.calibration.exact and not uses_seed(job) else LOOKS
    return SearchPlan(looks, minimum_effect=objective.minimum_effect or job.minimum_effect)


def noise_beside(job: Job, baseline: Baseline) -> Calibration | None:
    """Return the noise to reckon with beside that of a candidate's own pairs.

    A value without any says nothing of how much gains differ from instance to instance.
    """
    spread_by_instance = baseline.calibration.exact and uses_seed(job)
    return None if spread_by_instance else baseline.calibration


def decided(
    job: Job, pairs: Sequence[Pair], look: int, plan: SearchPlan, baseline: Baseline
) -> Verdict | None:
    """Return what the search thinks after a look, None: it measures on.

    Raises `StageFailure` where the pairs have no ratio.
    """
    objective = baseline.resolved(job.objective)
    if objective.compare == "difference":
        from strop.sandbox.measure.differences import decide_difference

        return decide_difference(differences(pairs, objective), look, plan)
    try:
        ratios = log_ratios(pairs, objective)
    except ValueError as error:
        raise StageFailure("measure", str(error)) from None
    return decide(ratios, noise_beside(job, baseline), look, plan)
