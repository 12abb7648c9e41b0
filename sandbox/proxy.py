"""A cheaper benchmark that is run first: what is clearly slower there needs no further measurement.

It can only drop a candidate. Nothing is called better by it, so that a candidate gains nothing by knowing it.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Iterable
from typing import NamedTuple

from strop.sandbox.baseline import Baseline
from strop.sandbox.comparing import compare, describe
from strop.sandbox.driving import Inputs
from strop.sandbox.measure.pairs import log_ratios, measure_pairs
from strop.sandbox.measure.verdict import SearchPlan, decide
from strop.sandbox.stages import Built, Stages
from strop.trial import Comparison, Verdict

__all__ = ["OnProxy", "on_proxy"]


class OnProxy(NamedTuple):
    """What the proxy said."""

    words: str
    comparisons: list[Comparison]  # of a candidate that is clearly slower; else empty


def on_proxy(
    stages: Stages,
    pristine: Built,
    built: Built,
    baseline: Baseline,
    *,
    inputs: Iterable[Inputs],
    timeout_s: float,
) -> OnProxy:
    """Measure a built candidate on the proxy, by as many pairs as the search's first look takes.

    `stages` are those of the job with the proxy as its benchmark. Raises `StageFailure`.
    """
    job = stages.job
    plan = SearchPlan(minimum_effect=job.minimum_effect)
    source = measure_pairs(
        stages,
        pristine,
        built,
        inputs=inputs,
        timeout_s=timeout_s,
        pace_weight=baseline.pace_weight,
    )
    pairs = list(itertools.islice(source, plan.looks[0]))
    try:
        ratios = log_ratios(pairs, baseline.resolved(job.objective))
    except ValueError:
        return OnProxy("too short for the clock: it decides nothing", [])
    # The baseline's noise is that of another command: these pairs have to tell theirs.
    worse = decide(ratios, None, 0, plan) is Verdict.WORSE
    # What is little there, such as one more import, says nothing of the benchmark.
    if not worse or statistics.fmean(ratios) > -math.log1p(job.minimum_effect):
        return OnProxy("not clearly slower", [])
    comparisons = compare(pairs, job, baseline.clock)
    return OnProxy(f"{describe(comparisons[0])}: worse on the proxy; the benchmark was not run", comparisons)
