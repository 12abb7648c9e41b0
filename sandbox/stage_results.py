"""What stages come to: a built tree, a run of the benchmark, and how either may fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from strop.candidate import Candidate
from strop.extension import ExecResult, Outcome, TreeFile
from strop.job import Metric
from strop.sandbox.driving import Inputs
from strop.sandbox.measure.instructions import Count
from strop.sandbox.outputs import tail
from strop.trial import Failure

__all__ = ["BenchmarkRun", "Built", "StageFailure", "check_values", "failure_of"]

LEAST_VALUE, GREATEST_VALUE = 1e-100, 1e100
"""Sizes of a metric's values: beyond them squares and ratios are no numbers any more."""

FAILURES = {
    Outcome.EXITED: Failure.ERROR,
    Outcome.TIMEOUT: Failure.TIMEOUT,
    Outcome.OUT_OF_MEMORY: Failure.OUT_OF_MEMORY,
    Outcome.OUTPUT_LIMIT: Failure.OUTPUT_LIMIT,
}


class StageFailure(Exception):
    """A candidate failed a stage; caught by the evaluator, which makes it data."""

    def __init__(
        self,
        stage: str,
        reason: str,
        *,
        feedback: str = "",
        log: bytes = b"",
        failure: Failure = Failure.ERROR,
    ) -> None:
        super().__init__(reason)
        self.stage = stage
        self.reason = reason
        self.failure = failure
        self.feedback = feedback or reason
        self.log = log


@dataclass(frozen=True)
class Built:
    """A candidate's tree, ready to test and to measure."""

    candidate: Candidate
    tree: Mapping[str, TreeFile]
    env: Mapping[str, str]
    commands: Callable[[str], str]  # fills knob placeholders
    log: bytes = b""


@dataclass(frozen=True)
class BenchmarkRun:
    """One run of the benchmark in a fresh sandbox."""

    metrics: Mapping[str, float]  # in s, bytes, or the metric's own unit
    outputs: Mapping[str, bytes]  # what is compared: "output", "replies", each file of verify.outputs
    result: ExecResult
    inputs: Inputs = Inputs()
    startup_cpu_s: float = 0.0  # of calls: until the process could be asked
    closing_cpu_s: float = 0.0  # of calls: after the last reply
    apart: bool = True  # whether what was printed is out of the candidate's reach
    count: Count | None = None  # of instructions, from a run of its own
    pace: float = 0.0  # of its CPU meanwhile, see `measure.pace`; 0 where nobody looked
    own_pace: float = 0.0  # of its CPU right before and after
    before_s: float = 0.0  # of calls: wall time before those that count
    energy_source: str = ""  # "rapl", "estimated", or "" where no job asked
    results: Mapping[str, bytes] = field(default_factory=dict)  # files that are judged, and so not compared
    counted_outputs: Mapping[str, bytes] = field(
        default_factory=dict
    )  # `outputs` of the run that was counted


def failure_of(stage: str, result: ExecResult, reason: str) -> StageFailure:
    """Return what a command that ended badly means for the candidate, by how it ended."""
    if result.outcome is Outcome.TIMEOUT:
        reason = f"{stage} ran into its deadline after {result.wall_s:.1f} s"
    elif result.outcome is not Outcome.EXITED:
        reason = f"{stage} was stopped at its {result.outcome.value.removesuffix(' limit')} limit"
    elif result.exit_code != 1 or not reason.startswith("tests failed"):
        reason += f" with exit code {result.exit_code}"
    log = result.stdout + b"\n" + result.stderr
    shown = tail(log)
    return StageFailure(
        stage,
        reason,
        feedback=f"{reason}\n{shown}".strip(),
        log=log,
        failure=FAILURES[result.outcome],
    )


def check_values(metrics: Mapping[str, float], wanted: Sequence[Metric], log: bytes) -> None:
    """Refuse values that no statistics can take; raises `StageFailure`."""
    for metric in wanted:
        value = metrics.get(metric.name, 0.0)
        if value and not LEAST_VALUE <= abs(value) <= GREATEST_VALUE:
            raise StageFailure(
                "measure",
                f"{metric.name} is {value:g}; values that can be compared are 0, or between "
                f"{LEAST_VALUE:g} and {GREATEST_VALUE:g} in size",
                log=log,
            )
