"""Lower rungs of a benchmark that are run first: what looks hopeless beside earlier trials goes no further.

Values are turned so that more is better. What strop or a load measures is a log ratio to the unchanged
program, from pairs, since the machine changes from trial to trial. Qualities (compared by difference) are
the candidate's alone, on the same inputs in every trial.

It can only drop a candidate: no comparison, verdict or claim rests on a lower rung. A slow starter may be
dropped wrongly, which costs a gain and never makes one up.

Sources: median: Golovin et al. 2017 (Vizier), sec. 3.3.2; hyperband: Li et al. 2020 (ASHA), its rule for a
rung, rounded up; wilcoxon: a signed-rank test against the best trial, as Optuna's WilcoxonPruner.
"""

from __future__ import annotations

import itertools
import math
import statistics
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from strop.sandbox.baseline import Baseline
from strop.sandbox.driving import Inputs
from strop.sandbox.measure.pairs import log_ratios, measure_pairs
from strop.sandbox.measure.quiet import background
from strop.sandbox.stages import Built, Stages
from strop.trial import Trial, TrialState, Verdict

__all__ = ["STARTUP", "Ladder", "Past", "hopeless", "hyperband_rule", "median_rule", "wilcoxon_rule"]

STARTUP = 4
"""Earlier trials at a rung before anything is dropped there."""

FACTOR = 3
"""One of so many goes on by hyperband's rule."""

RUNS, PAIRED_RUNS = 3, 6
"""Runs at a rung: as many as the search's first look takes; more for wilcoxon, since 4 could never show less
than 1/16."""

ALPHA = 0.05
"""One-sided level of wilcoxon. Six runs may then have one of the two smallest differences in their favour."""

Show = Callable[[float], str]


class Past(NamedTuple):
    """What is known of an earlier trial that was measured."""

    rungs: Mapping[int, Sequence[float]]  # values by lower rung, in the order of the inputs
    gain: float | None = None  # at the last rung; None: it was dropped before


# --- the rules --------------------------------------------------------------------------------


def hopeless(pruner: str, rung: int, values: Sequence[float], past: Sequence[Past], show: Show = str) -> str:
    """Return why a trial goes no further than a rung, or an empty string: it goes on.

    Args:
        pruner: "median", "hyperband" or "wilcoxon".
        rung: Where the values come from.
        values: The trial's, one a run; more is better.
        past: Earlier trials; those that had this rung count.
        show: Makes words of a value.
    """
    there = [trial for trial in past if trial.rungs.get(rung)]
    if len(there) < STARTUP or not values:
        return ""
    if pruner == "wilcoxon":
        finished = [trial for trial in there if trial.gain is not None]
        best = max(finished, key=lambda trial: trial.gain or 0.0, default=None)
        return wilcoxon_rule(values, best.rungs[rung]) if best else ""
    earlier = [statistics.median(trial.rungs[rung]) for trial in there]
    rule = hyperband_rule if pruner == "hyperband" else median_rule
    return rule(statistics.median(values), earlier, show)


def median_rule(value: float, earlier: Sequence[float], show: Show = str) -> str:
    """Return why a value is below the median of earlier ones, or an empty string."""
    middle = statistics.median(earlier)
    if value >= middle:
        return ""
    return f"median of earlier trials {show(middle)} (of {len(earlier)}), here {show(value)}"


def hyperband_rule(value: float, earlier: Sequence[float], show: Show = str) -> str:
    """Return why a value is not in the best third of all that came this far, or an empty string."""
    kept = math.ceil((len(earlier) + 1) / FACTOR)
    better = sum(other > value for other in earlier)
    if better < kept:
        return ""
    return f"place {better + 1} of {len(earlier) + 1} with {show(value)}, and the best {kept} go on"


def wilcoxon_rule(values: Sequence[float], best: Sequence[float]) -> str:
    """Return why values are shown to be worse than the best trial's on the same inputs, or nothing."""
    from scipy.stats import wilcoxon

    apart = [value - other for value, other in zip(values, best, strict=False)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of ties in few values, or of none that differ: nothing is claimed
        chance = float(wilcoxon(apart, alternative="less", zero_method="zsplit").pvalue)
    if not chance < ALPHA:  # also where it is no number
        return ""
    lost = sum(difference < 0 for difference in apart)
    return (
        f"worse than the best trial so far on {lost} of {len(apart)} runs of the same inputs, "
        f"p = {chance:.2g}"
    )


# --- the runs ---------------------------------------------------------------------------------


class Ladder:
    """The lower rungs of one job, and what the study's trials had there."""

    def __init__(self, stages: Stages, inputs: Sequence[Inputs]) -> None:
        """`inputs` are those of the search, the same in every process of a study."""
        assert stages.job.fidelity is not None
        self._job = stages.job
        self._fidelity = stages.job.fidelity
        self._stages = stages
        self._past: dict[int, Past] = {}
        runs = PAIRED_RUNS if self._fidelity.pruner == "wilcoxon" else RUNS
        # A quality without a seed is the same every time: one run tells it.
        count = min(runs, len(inputs)) if self._alone else runs
        self._inputs = list(itertools.islice(itertools.cycle(inputs), count))

    @property
    def _alone(self) -> bool:
        return self._job.objective.compare == "difference"

    def know(self, trials: Iterable[Trial]) -> None:
        """Take finished trials as earlier ones; failed ones may owe their values to what they break."""
        for trial in trials:
            if trial.state is TrialState.COMPLETE and trial.rungs:
                self._past[trial.number] = Past(trial.rungs, _gain(trial))

    def climb(
        self, built: Built, baseline: Baseline, number: int, found: dict[str, Any], *, timeout_s: float
    ) -> tuple[str, bytes]:
        """Run a candidate rung by rung; into `found` go its values, and the verdict where it is dropped.

        Raises `StageFailure`.
        """
        found["rungs"] = {}
        words = []
        past = [trial for other, trial in self._past.items() if other != number]
        for rung in self._fidelity.lower:
            values = self._values(self._stages.at_rung(rung), built, baseline, number, timeout_s)
            if not values:
                words.append(f"rung {rung}: too short for the clock, decides nothing")
                continue
            found["rungs"][rung] = values
            words.append(f"rung {rung}: {self._shown(statistics.median(values))}")
            reason = hopeless(self._fidelity.pruner, rung, values, past, self._shown)
            if reason:
                pruned = f"pruned at rung {rung} of {self._fidelity.rungs[-1]}: {reason}"
                found |= {"verdict": Verdict.WORSE, "comparisons": (), "labels": ()}
                found |= {"feedback": pruned, "pruned": pruned}
                return pruned, b""
        return "; ".join(words), b""

    def _values(
        self, stages: Stages, built: Built, baseline: Baseline, number: int, timeout_s: float
    ) -> tuple[float, ...]:
        """Return one value a run; none where the rung is too short for the clock."""
        if self._alone:
            return tuple(self._quality(stages, built, inputs, timeout_s) for inputs in self._inputs)
        pairs = measure_pairs(
            stages,
            stages.pristine,
            built,
            inputs=self._inputs,
            timeout_s=timeout_s,
            pace_weight=baseline.pace_weight,
        )
        taken = list(pairs)
        try:
            return tuple(log_ratios(taken, baseline.resolved(self._job.objective)))
        except ValueError:
            return ()

    def _quality(self, stages: Stages, built: Built, inputs: Inputs, timeout_s: float) -> float:
        with background(), stages.sandbox() as sandbox:
            sandbox.put(built.tree)
            run = stages.benchmark(built, sandbox, hash_seed=1, inputs=inputs, timeout_s=timeout_s)
        return self._sign * run.metrics[self._job.objective.name]

    @property
    def _sign(self) -> int:
        return 1 if self._job.objective.direction == "maximize" else -1

    def _shown(self, value: float) -> str:
        if self._alone:
            return f"{self._job.objective.name} {self._sign * value:.4g}"
        return f"{math.exp(value):.3f} times the unchanged program"


def _gain(trial: Trial) -> float | None:
    objective = trial.objective
    if objective is None:
        return None
    if objective.difference is not None:
        return objective.difference[0]
    return math.log(objective.ratio) if objective.ratio > 0 else None
