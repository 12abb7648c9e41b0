"""A stand-in for shinka.core: `run_shinka_eval` as ShinkaEvolve documents it, without ShinkaEvolve.

It loads a program, calls one of its functions `num_runs` times, validates each result, makes metrics of
all of them, and writes `metrics.json` and `correct.json`. Runs are made one after the other, whatever
`run_workers` says, and `early_stop_method` is refused.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pickle
import statistics
import time
from collections.abc import Callable
from typing import Any

FAILED = {
    "combined_score": 0.0,
    "execution_time_mean": 0.0,
    "execution_time_std": 0.0,
    "num_successful_runs": 0,
    "num_valid_runs": 0,
    "num_invalid_runs": 0,
    "all_validation_errors": [],
}
"""Metrics of an evaluation that raised; with `default_metrics_on_error` the caller's."""


def load_program(program_path: str) -> Any:
    """Return a Python file as a module named "program"; raises `ImportError`."""
    spec = importlib.util.spec_from_file_location("program", program_path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{program_path} can't be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def save_json_results(
    results_dir: str, metrics: dict[str, Any], correct: bool, error: str | None = None
) -> None:
    """Write `correct.json` and `metrics.json` into a folder."""
    os.makedirs(results_dir, exist_ok=True)
    for name, data in (("correct.json", {"correct": correct, "error": error}), ("metrics.json", metrics)):
        with open(os.path.join(results_dir, name), "w", encoding="utf-8") as file:
            json.dump(data, file, indent=4, default=_plain)


def run_shinka_eval(
    program_path: str,
    results_dir: str,
    experiment_fn_name: str,
    num_runs: int,
    get_experiment_kwargs: Callable[[int], dict[str, Any]] | None = None,
    aggregate_metrics_fn: Callable[[list[Any]], dict[str, Any]] | None = None,
    validate_fn: Callable[[Any], tuple[bool, str | None]] | None = None,
    plotting_fn: Callable[[Any], list[Any]] | None = None,
    default_metrics_on_error: dict[str, Any] | None = None,
    early_stop_method: Any = None,
    run_workers: int = 1,
    **others: Any,
) -> tuple[dict[str, Any], bool, str | None]:
    """Evaluate a program, write the results, and return (metrics, whether all runs are valid, first error).

    Args:
        program_path: The program.
        results_dir: Folder of the results.
        experiment_fn_name: Its function to call.
        num_runs: How often.
        get_experiment_kwargs: From the number of a run, from 0, to its arguments; without it `seed`, from 1.
        aggregate_metrics_fn: From all results to metrics, `combined_score` among them.
        validate_fn: From a result to (valid, message).
        plotting_fn: Not called.
        default_metrics_on_error: Metrics of an evaluation that raised.
        early_stop_method: Refused.
        run_workers: Ignored, as further arguments are.

    Raises:
        NotImplementedError: `early_stop_method` is given.
    """
    if early_stop_method is not None:
        raise NotImplementedError("run_shinka_eval: early_stop_method is not part of this stand-in")
    results: list[Any] = []
    times: list[float] = []
    errors: list[str] = []
    valid = invalid = 0
    first: str | None = None
    try:
        function = getattr(load_program(program_path), experiment_fn_name)
        for number in range(num_runs):
            arguments = get_experiment_kwargs(number) if get_experiment_kwargs else {"seed": number + 1}
            start = time.perf_counter()
            result = function(**arguments)
            times.append(time.perf_counter() - start)
            results.append(result)
            if validate_fn is None:
                continue
            good, message = validate_fn(result)
            valid, invalid = valid + bool(good), invalid + (not good)
            if not good:
                first = first or f"Validation failed: {message or 'no message'}"
                if message and message not in errors:
                    errors.append(message)
        metrics = aggregate_metrics_fn(results) if aggregate_metrics_fn else _counted(results)
        metrics["execution_time_mean"] = statistics.fmean(times) if times else 0.0
        metrics["execution_time_std"] = statistics.pstdev(times) if times else 0.0
        if validate_fn is not None:
            metrics |= {"num_valid_runs": valid, "num_invalid_runs": invalid, "all_validation_errors": errors}
        correct = not invalid
    except Exception as error:
        metrics = {**FAILED, **(default_metrics_on_error or {}), "all_validation_errors": [str(error)]}
        first, correct = f"{type(error).__name__}: {error}", False
    if "extra_data" in metrics:
        os.makedirs(results_dir, exist_ok=True)
        with open(os.path.join(results_dir, "extra.pkl"), "wb") as file:
            pickle.dump(metrics.pop("extra_data"), file)
    save_json_results(results_dir, metrics, correct, first)
    return metrics, correct, first


def _counted(results: list[Any]) -> dict[str, Any]:
    return {"num_successful_runs": len(results)}


def _plain(value: Any) -> Any:
    """Return a number or an array of numpy as plain data."""
    for name in ("tolist", "item"):
        if hasattr(value, name):
            return getattr(value, name)()
    return str(value)
