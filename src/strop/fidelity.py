"""Cheaper forms of a benchmark, rung by rung: fewer epochs, rows or rounds, for the search alone."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictInt, model_validator

__all__ = ["PLACEHOLDER", "Fidelity", "fidelity_problem"]

PLACEHOLDER = "{fidelity}"


class Fidelity(BaseModel):
    """How far a benchmark runs: the search begins on low rungs, and drops there what looks hopeless."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rungs: tuple[StrictInt, ...] = Field(
        description="Values of `{fidelity}`, rising: epochs, rows, rounds. The last one is the full "
        "benchmark, which alone is compared, claimed and confirmed."
    )
    pruner: Literal["median", "hyperband", "wilcoxon"] = Field(
        default="median",
        description="Who goes on at a rung: what is no worse than the median of earlier trials, the best "
        "third of all (hyperband), or what is not shown to be worse than the best so far on the same seeds "
        "(wilcoxon).",
    )

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if len(self.rungs) < 2:
            raise ValueError(
                f"rungs: at least two, the last one the full benchmark; found {list(self.rungs)}"
            )
        if self.rungs[0] < 1 or any(b <= a for a, b in zip(self.rungs, self.rungs[1:], strict=False)):
            raise ValueError(f"rungs: whole numbers from 1 up that rise; found {list(self.rungs)}")
        return self

    @property
    def lower(self) -> tuple[int, ...]:
        """All rungs but the last."""
        return self.rungs[:-1]


def fidelity_problem(
    fidelity: Fidelity | None, benchmark: str, evaluate: str, *, proxy: bool, calls: bool
) -> str:
    """Return what is wrong with a job's rungs beside its commands, or an empty string.

    Args:
        fidelity: The job's table, None where it has none.
        benchmark: `commands.benchmark`.
        evaluate: `commands.evaluate`.
        proxy: Whether the job has a `commands.proxy`.
        calls: Whether the job has `[calls]`.
    """
    if fidelity is None:
        used = [
            name for name, text in (("benchmark", benchmark), ("evaluate", evaluate)) if PLACEHOLDER in text
        ]
        if not used:
            return ""
        return (
            f"commands.{used[0]}: {PLACEHOLDER} stands for a rung, and [fidelity] is missing; give its rungs"
        )
    if calls:
        return "[fidelity] goes with commands.benchmark, and without [calls]"
    if proxy:
        return "[fidelity] and commands.proxy are both a cheaper benchmark; give one of them"
    if PLACEHOLDER not in benchmark:
        return f"commands.benchmark: {PLACEHOLDER} is missing, which stands for the rung of [fidelity]"
    if fidelity.pruner == "wilcoxon" and "{seed}" not in benchmark:
        return (
            "fidelity.pruner: wilcoxon compares candidates on the same seeds, and commands.benchmark has no "
            "{seed}; add it, or take median or hyperband"
        )
    return ""
