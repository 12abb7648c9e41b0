"""The trial: one evaluation of one candidate, as written into the study."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import Enum
from typing import Any

from strop.candidate import KnobValue

__all__ = ["Comparison", "Confirmation", "Failure", "StageResult", "Trial", "TrialState", "Verdict"]


class TrialState(Enum):
    """Where a trial stands."""

    RUNNING = "running"
    COMPLETE = "complete"  # all stages passed, the objective was measured
    FAILED = "failed"  # a stage failed: data, with feedback
    INTERRUPTED = "interrupted"  # ended by the user or a provider's fault; counts for nothing


class Verdict(Enum):
    """What the search thinks of a measured candidate; never a claim."""

    PROMISING = "promising"
    WORSE = "worse"
    UNDECIDED = "undecided"


class Failure(Enum):
    """Why a candidate failed. What a provider did wrong is an exception, and none of these."""

    ERROR = "candidate error"  # does not apply, build, pass its tests or give the right result
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out of memory"
    OUTPUT_LIMIT = "output limit"
    POLICY = "policy violation"  # its code does what no candidate may do


@dataclass(frozen=True)
class StageResult:
    """One stage of a trial."""

    name: str  # "apply", "build", "test", "verify", "proxy", "rungs", "measure", "profile"
    ok: bool
    seconds: float
    detail: str = ""  # one sentence
    log: str = ""  # path of the full log, relative to the trial's folder; empty if none


@dataclass(frozen=True)
class Comparison:
    """A metric of the candidate against the baseline, from interleaved pairs.

    `ratio` is oriented so that more than 1 is better: baseline/candidate where lower is better,
    candidate/baseline where higher is. `low` and `high` bound its 95 % interval. A metric that is
    compared by difference (accuracy, loss) also has `difference`: estimate, low and high, in its
    own unit, more than 0 is better; its ratio is then that of the medians, for display alone.
    """

    metric: str
    ratio: float
    low: float
    high: float
    pairs: int
    source: str  # "measured" from outside, "verified" by `evaluate`, "self-reported" or "estimated"
    baseline: tuple[float, ...] = ()  # samples, in the metric's unit (s, bytes, or its own)
    candidate: tuple[float, ...] = ()
    difference: tuple[float, float, float] | None = None
    corrections: tuple[float, ...] = ()
    """What the pace of its CPU adds to each pair's log(baseline/candidate), so that the interval can be
    computed again from the samples. Empty where nothing is corrected."""

    @property
    def gain(self) -> float:
        """How much better it is, by the estimate: a difference, else the logarithm of the ratio.

        In one job all gains of the objective are of one kind, and can be compared and averaged.
        """
        return self.difference[0] if self.difference else _log(self.ratio)

    @property
    def least_gain(self) -> float:
        """The lower end of the gain's interval."""
        return self.difference[1] if self.difference else _log(self.low)

    @property
    def most_gain(self) -> float:
        """The upper end of the gain's interval."""
        return self.difference[2] if self.difference else _log(self.high)

    @property
    def words(self) -> str:
        """The estimate in words, e.g. "1.20 times the baseline"."""
        if self.difference:
            return f"{self.difference[0]:+.4g} against the baseline, above 0 is better"
        return f"{self.ratio:.2f} times the baseline"


def _log(ratio: float) -> float:
    return math.log(ratio) if ratio > 0 else -math.inf


@dataclass(frozen=True)
class Confirmation:
    """A fresh measurement of one candidate against another that took no part in the search.

    Only this can be a claim: `claimed` says whether the lower bound of the objective's interval
    lies above the job's minimum effect.
    """

    candidate: str  # id
    against: str  # id of the candidate it was compared with, usually the baseline's
    claimed: bool
    comparisons: tuple[Comparison, ...] = ()  # the objective first
    verified_by: str = ""
    reason: str = ""  # why it is no claim, empty where it is one
    labels: tuple[str, ...] = ()  # what the reader has to know, e.g. "memoisation: ..."
    confidence: float = 0.95  # of the objective's interval; more where several claims are made
    seeds: tuple[int, ...] = ()  # of the benchmark's inputs, which no trial had seen

    def to_json(self) -> dict[str, Any]:
        """Return the confirmation as plain JSON types."""
        data = asdict(self)
        data["comparisons"] = [_comparison_json(c) for c in self.comparisons]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Confirmation:
        """Return the confirmation that `to_json` described."""
        lists = {key: tuple(data[key]) for key in ("labels", "seeds") if key in data}
        return cls(**{**data, **lists, "comparisons": tuple(_comparison(c) for c in data["comparisons"])})


@dataclass(frozen=True)
class Trial:
    """One row of the study."""

    number: int
    candidate: str  # id
    author: str
    state: TrialState
    knobs: Mapping[str, KnobValue] = field(default_factory=dict)
    stage: str = ""  # the stage that failed, empty otherwise
    reason: str = ""  # one sentence: why it failed, or was dropped before it was measured
    failure: Failure | None = None
    feedback: str = ""  # what its author is told
    stages: tuple[StageResult, ...] = ()
    verdict: Verdict | None = None
    comparisons: tuple[Comparison, ...] = ()  # the objective first
    verified_by: str = ""  # "tests only", "tests and output", ...
    labels: tuple[str, ...] = ()  # what the reader has to know, e.g. "1.8 times the CPU time"
    profile: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0  # wall time of the whole trial
    turn: int = 0
    rungs: Mapping[int, tuple[float, ...]] = field(default_factory=dict)  # by lower rung; more is better
    prompt: str = ""  # templates whose answer the candidate is, "coder/system@1a2b3c4d coder/task@..."

    @property
    def objective(self) -> Comparison | None:
        """The comparison of the first metric, None where it was not measured."""
        return self.comparisons[0] if self.comparisons else None

    @property
    def measured(self) -> bool:
        """Whether the job's own benchmark was measured; False: dropped by its proxy, at a lower rung, before.

        What a proxy says ranks nobody. Trials without stages are of other makers, and count as measured.
        """
        return not self.stages or any(stage.name == "measure" for stage in self.stages)

    def to_json(self) -> dict[str, Any]:
        """Return the trial as plain JSON types."""
        data = asdict(self)
        data["state"] = self.state.value
        data["verdict"] = self.verdict.value if self.verdict else None
        data["failure"] = self.failure.value if self.failure else None
        data["stages"] = list(data["stages"])
        data["rungs"] = {str(rung): list(values) for rung, values in self.rungs.items()}
        data["comparisons"] = [_comparison_json(c) for c in self.comparisons]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Trial:
        """Return the trial that `to_json` described; keys of later versions are left out."""
        known = {f.name for f in fields(cls)}
        values = {key: value for key, value in data.items() if key in known}
        values["state"] = TrialState(values["state"])
        values["verdict"] = Verdict(values["verdict"]) if values.get("verdict") else None
        values["failure"] = Failure(values["failure"]) if values.get("failure") else None
        values["labels"] = tuple(values.get("labels", ()))
        values["rungs"] = {int(rung): tuple(found) for rung, found in values.get("rungs", {}).items()}
        values["stages"] = tuple(StageResult(**stage) for stage in values.get("stages", ()))
        values["comparisons"] = tuple(_comparison(c) for c in values.get("comparisons", ()))
        return cls(**values)


SAMPLES = ("baseline", "candidate", "corrections")


def _comparison_json(comparison: Comparison) -> dict[str, Any]:
    samples = {name: list(getattr(comparison, name)) for name in SAMPLES}
    return {**asdict(comparison), **samples}


def _comparison(data: Mapping[str, Any]) -> Comparison:
    known = {f.name for f in fields(Comparison)}
    values = {key: value for key, value in data.items() if key in known}
    values |= {name: tuple(data.get(name, ())) for name in SAMPLES}
    difference = data.get("difference")
    return Comparison(**{**values, "difference": tuple(difference) if difference else None})
