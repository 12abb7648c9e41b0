"""Studies of optimizers on tables, as boards of the site: regret and its area."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

from strop.benchmarks.tuning.result import FORMAT, Row, TuningResult

__all__ = ["is_tuning", "tuning_board"]

MEAN_HEADS = (
    "area of regret",
    "after 10",
    "after 20",
    "within 5 %",
    "evaluations to that",
    "s an ask",
    "tokens",
)


def is_tuning(file: Path) -> bool:
    """Return whether a file is a result of `strop bench run tuning --out`."""
    try:
        data = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(data, dict) and data.get("format") == FORMAT


def tuning_board(result: TuningResult) -> dict[str, Any]:
    """Return what the template shows of a result."""
    names = list(dict.fromkeys(name for arms in result.problems.values() for name in arms))
    # An optimizer that was left out of some problems has no mean that compares.
    whole = [name for name in names if all(name in arms for arms in result.problems.values())]
    means = [_mean(name, [arms[name] for arms in result.problems.values()]) for name in whole]
    means.sort(key=lambda row: float(row["cells"][0]["value"]))
    machine = result.machine
    model = f"model {result.model}" if result.model else "no model"
    first = f"; first: {means[0]['name']}, regret {means[0]['cells'][0]['text']}" if means else ""
    return {
        "short": f"{len(result.problems)} problems{first}",
        "conditions": f"{len(result.problems)} problems, {result.seeds} seeds, {result.evaluations} "
        f"evaluations of which 5 are the same random points for all, {model}. {machine.get('system')}, "
        f"{machine.get('cpus')} CPUs, Python {machine.get('python')}, strop {result.strop}, "
        f"{result.date[:10]}.",
        "names": names,
        "mean_heads": MEAN_HEADS,
        "means": means,
        "problems": [
            {"name": problem, "cells": [_cell(arms, name) for name in names]}
            for problem, arms in result.problems.items()
        ],
    }


def _mean(name: str, rows: list[Row]) -> dict[str, Any]:
    columns = (
        ("regret_auc", ".3f"), ("regret_10", ".3f"), ("regret_20", ".3f"), ("hit_95", ".0%"),
        ("to_95", ".1f"), ("seconds_per_ask", ".3f"), ("tokens", ".0f"),
    )  # fmt: skip
    values = [(statistics.fmean(getattr(row, key) for row in rows), form) for key, form in columns]
    return {"name": name, "cells": [{"value": value, "text": format(value, form)} for value, form in values]}


def _cell(arms: Any, name: str) -> dict[str, Any]:
    row = arms.get(name)
    if row is None:
        return {"text": "–", "class": "none", "value": 9, "title": ""}
    # Ahead of everyone, surely: intervals that overlap show no difference.
    ahead = all(row.regret_high < one.regret_low for other, one in arms.items() if other != name)
    return {
        "text": f"{row.regret_auc:.3f} [{row.regret_low:.3f}, {row.regret_high:.3f}]",
        "class": "gain" if ahead and len(arms) > 1 else "",
        "value": row.regret_auc,
        "title": f"median best {row.median_best:.4g} [{row.low:.4g}, {row.high:.4g}]",
    }
