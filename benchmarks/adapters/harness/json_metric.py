"""Prints one metric of a JSON file of pytest-benchmark or hyperfine.

    python strop_adapter/metric.py FILE    the geometric mean over the benchmarks of settings.json, in s

A benchmark that the file lacks, or that has no positive time, ends it with exit code 1.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any, NoReturn

HERE = Path(__file__).resolve().parent


def fail(message: str) -> NoReturn:
    """End with a message."""
    sys.exit(f"strop_adapter: {message}")


def times_of(data: Any, kind: str, statistic: str) -> dict[str, Any]:
    """Return each benchmark's time in s by name."""
    if kind == "hyperfine":
        return {row["command"]: row.get(statistic) for row in data["results"]}
    return {row["fullname"]: row["stats"].get(statistic) for row in data["benchmarks"]}


def main(arguments: list[str]) -> None:
    """Print the metric of the file."""
    settings = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
    try:
        data = json.loads(Path(arguments[0]).read_bytes())
        times = times_of(data, settings["kind"], settings["statistic"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        fail(f"{arguments[0]} is no result of {settings['kind']}: {type(error).__name__}: {error}")
    logs = []
    for name in settings["names"]:
        value = times.get(name)
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < math.inf:
            fail(f"{arguments[0]}: {settings['statistic']} of {name!r} is {value!r}, no time in s")
        logs.append(math.log(value))
    print(f"METRIC {settings['metric']}={math.exp(math.fsum(logs) / len(logs))!r}")


if __name__ == "__main__":
    main(sys.argv[1:])
