"""The result of a study of optimizers on tables and trainings, as one JSON file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from strop.benchmarks.records import read_record

__all__ = ["FORMAT", "Row", "TuningResult", "load_tuning_result"]

FORMAT = "strop-tuning/1"


class Row(BaseModel):
    """What one optimizer came to on one problem; `strop.benchmarks.tuning.studies.Summary` has the rest."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    median_best: float  # after the last evaluation, in the problem's unit, with its 95 % interval
    low: float
    high: float
    regret_auc: float  # area under the normalised regret: 0 best
    regret_low: float
    regret_high: float
    regret_10: float  # normalised regret after so many evaluations
    regret_20: float
    hit_95: float
    to_95: float
    seconds_per_ask: float
    tokens: float = 0.0


class TuningResult(BaseModel):
    """All of it, with the conditions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str = FORMAT
    date: str
    strop: str
    machine: Mapping[str, Any]
    model: str = ""
    evaluations: int
    seeds: int
    problems: Mapping[str, Mapping[str, Row]]  # problem -> optimizer -> what it came to


def load_tuning_result(file: Path) -> TuningResult:
    """Return the result in a file; raises `ConfigError` that names file and key."""
    return read_record(file, TuningResult, FORMAT, "strop bench run tuning")
