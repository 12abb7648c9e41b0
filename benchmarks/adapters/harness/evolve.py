"""Runs a foreign evaluator on the program, in a process of its own, and prints its score.

    python strop_adapter/run.py          evaluates, and prints METRIC combined_score=...
    python strop_adapter/run.py check    whether only marked regions differ from the seed

What the evaluator and the program print goes to stderr, so that no line of theirs is taken for a metric.
The score counts where the evaluator came to its end: a process that was ended early has none.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import json
import math
import os
import re
import runpy
import secrets
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any, NoReturn

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MARK = re.compile(r"EVOLVE-BLOCK-(START|END)")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
SCORE = "combined_score"
MOST_HEAD = 80  # bytes of the line before an evaluator's result
MOST_MESSAGE = 16 << 20  # bytes of an evaluator's result
MOST_TEXT = 2000  # characters of one artifact


def main(arguments: list[str]) -> None:
    """Check, evaluate, or be the process of the evaluator."""
    settings = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
    if arguments[:1] == ["check"]:
        check(settings)
    elif arguments[:1] == ["evaluator"]:
        evaluator(settings, int(arguments[1]), arguments[2])
    else:
        evaluate(settings)


def fail(message: str) -> NoReturn:
    """End with a message."""
    sys.exit(f"strop_adapter: {message}")


def probed() -> None:
    """End where a probe of `strop bench validate` was called, and had nothing to change: it shows nothing."""
    if (ROOT / "strop-probe-called").exists() and not (ROOT / "strop-probe-changed").exists():
        fail("the probe changed nothing")


# --- the evaluator's process --------------------------------------------------------------------------


def evaluate(settings: dict[str, Any]) -> None:
    """Run the evaluator and print the score of its result."""
    nonce = secrets.token_hex(16)
    reading, writing = os.pipe()
    with tempfile.TemporaryDirectory(prefix="results-") as results:
        command = [sys.executable, str(HERE / "run.py"), "evaluator", str(writing), results]
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=sys.stderr.fileno(), pass_fds=[writing],
            # The evaluator may run the program somewhere else.
            env={**os.environ, "STROP_ADAPTER_ROOT": str(ROOT)},
        )  # fmt: skip
        os.close(writing)
        assert process.stdin is not None
        process.stdin.write(nonce.encode() + b"\n")
        process.stdin.close()
        with os.fdopen(reading, "rb") as pipe:
            # By length, not to the end: processes that the evaluator leaves behind hold the pipe open.
            head = pipe.readline(MOST_HEAD).decode("ascii", "replace").split()
            told = len(head) == 2 and head[0] == nonce and head[1].isdecimal()
            text = pipe.read(min(int(head[1]), MOST_MESSAGE)) if told else b""
        code = process.wait()
        probed()
        if code:
            fail(f"the evaluator ended with exit code {code}")
        if not told:
            fail("the evaluator's process ended before the evaluator did")
        metrics = json.loads(text) if settings["kind"] == "openevolve" else shinka_files(Path(results))
    report(metrics, settings)


def evaluator(settings: dict[str, Any], pipe: int, results: str) -> NoReturn:
    """Be the evaluator's process: run it, hand over what it returned, and end."""
    nonce = sys.stdin.readline().strip()
    sys.path[0:1] = [str(ROOT)]
    # Behind what is installed: the tool itself has more modules than its stand-in.
    sys.path.append(str(HERE / "standins"))
    run = openevolve if settings["kind"] == "openevolve" else shinkaevolve
    code = 1
    try:
        found = run(settings, results)
        text = json.dumps(found).encode()
        message = f"{nonce} {len(text)}\n".encode() + text
        while message:
            message = message[os.write(pipe, message) :]
        code = 0
    except BaseException:  # whatever the program raises, SystemExit as well
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads and exit handlers that the program left would go on otherwise.
    os._exit(code)


# --- OpenEvolve ---------------------------------------------------------------------------------------


def openevolve(settings: dict[str, Any], results: str) -> dict[str, Any]:
    """Return the metrics of an OpenEvolve evaluator, stage by stage where it has stages.

    As OpenEvolve does it (openevolve/evaluator.py), but that an exception fails.
    """
    path = ROOT / settings["evaluator"]
    module = load(path, "evaluation_module")
    # Taken before the program is loaded, which could put others in their place.
    stages = [getattr(module, f"evaluate_stage{number}", None) for number in (1, 2, 3)]
    whole = getattr(module, "evaluate", None)
    program = str(ROOT / settings["program"])
    if not settings["cascade"] or stages[0] is None:
        if whole is None:
            raise AttributeError(f"{path.name} has no function evaluate(program_path)")
        return metrics_of(whole(program, **settings["arguments"]))
    found: dict[str, Any] = {}
    for number, stage in enumerate(stages):
        if stage is None:
            break
        found |= metrics_of(stage(program))
        thresholds = settings["thresholds"]
        if number >= len(thresholds) or cascade_score(found) < thresholds[number]:
            break
    return found


def cascade_score(metrics: dict[str, Any]) -> float:
    """Return what a stage's threshold is held against."""
    score = number_of(metrics.get(SCORE))
    return mean([value for name, value in metrics.items() if name != "error"]) if score is None else score


def metrics_of(result: Any) -> dict[str, Any]:
    """Return an evaluator's result as plain metrics, and print its artifacts."""
    artifacts = getattr(result, "artifacts", None)
    if isinstance(artifacts, dict):
        for name, value in artifacts.items():
            print(f"{name}: {str(value)[:MOST_TEXT]}", file=sys.stderr)
    metrics = result if isinstance(result, dict) else getattr(result, "metrics", None)
    if not isinstance(metrics, dict):
        raise TypeError(f"the evaluator returned {type(result).__name__}, neither a dict nor a result")
    return {str(name): plain(value) for name, value in metrics.items()}


# --- ShinkaEvolve -------------------------------------------------------------------------------------


def shinkaevolve(settings: dict[str, Any], results: str) -> dict[str, Any]:
    """Run a ShinkaEvolve evaluator, by its `main` or as a script; it writes files into `results`."""
    path = ROOT / settings["evaluator"]
    program = str(ROOT / settings["program"])
    sys.argv = [str(path), "--program_path", program, "--results_dir", results]
    module = load(path, "evaluate")
    function = getattr(module, "main", None)
    if function is not None and {"program_path", "results_dir"} <= set(
        inspect.signature(function).parameters
    ):
        function(program_path=program, results_dir=results)
    else:
        try:
            runpy.run_path(str(path), run_name="__main__")
        except SystemExit as end:
            if end.code not in (None, 0):
                raise
    return {}


def shinka_files(results: Path) -> dict[str, Any]:
    """Return the metrics that an evaluator wrote; ends where it calls the program incorrect."""
    found = {}
    for name in ("correct.json", "metrics.json"):
        try:
            data = json.loads((results / name).read_bytes())
        except FileNotFoundError:
            fail(f"the evaluator wrote no {name}")
        except (ValueError, RecursionError) as error:
            fail(f"{name} is not JSON: {error}")
        if not isinstance(data, dict):
            fail(f"{name} is no object")
        found[name] = data
    text = found["metrics.json"].get("text_feedback")
    if text:
        print(str(text)[:MOST_TEXT], file=sys.stderr)
    if found["correct.json"].get("correct") is not True:
        fail(f"the evaluator calls the program incorrect: {found['correct.json'].get('error')}")
    return found["metrics.json"]


# --- the score ----------------------------------------------------------------------------------------


def report(metrics: Any, settings: dict[str, Any]) -> None:
    """Print the metrics, the score last; ends where there is no finite score."""
    if not isinstance(metrics, dict):
        fail("the evaluator's metrics are no object")
    error = metrics.get("error")
    # A number by that name may be a quality; a text says that something went wrong, whatever the score is.
    if isinstance(error, str) and error or metrics.get("timeout") is True:
        fail(f"the evaluator says: {error or 'timeout'}")
    score = score_of(metrics, settings)
    if score is None or not math.isfinite(score):
        fail(f"{SCORE} is {metrics.get(SCORE, 'missing')}, no finite number")
    for name, value in metrics.items():
        number = number_of(value)
        if name != SCORE and number is not None and math.isfinite(number) and NAME.fullmatch(name):
            print(f"METRIC {name}={number!r}")
    print(f"METRIC {SCORE}={score!r}")


def score_of(metrics: dict[str, Any], settings: dict[str, Any]) -> float | None:
    """Return `combined_score`; for OpenEvolve else the mean of all numbers that are no feature.

    Source: openevolve/utils/metrics_utils.py, get_fitness_score.
    """
    if SCORE in metrics or settings["kind"] != "openevolve":
        return number_of(metrics.get(SCORE))
    plain_ones = [value for name, value in metrics.items() if name not in settings["features"]]
    values = plain_ones if any(number_of(value) is not None for value in plain_ones) else metrics.values()
    if not any(number_of(value) is not None for value in values):
        return None
    return mean(list(values))


def mean(values: list[Any]) -> float:
    """Return the mean of what is a number and not NaN, 0 where nothing is."""
    numbers = [number for value in values if (number := number_of(value)) is not None]
    known = [number for number in numbers if not math.isnan(number)]
    return sum(known) / len(known) if known else 0.0


def number_of(value: Any) -> float | None:
    """Return a number as a float, None for anything else."""
    return float(value) if isinstance(value, (bool, int, float)) else None


def plain(value: Any) -> Any:
    """Return a metric as plain data: an object that compares as it likes becomes the number that it holds."""
    if isinstance(value, float):
        return float.__add__(value, 0.0)
    if isinstance(value, int):
        return value if isinstance(value, bool) else int.__add__(value, 0)
    if type(value).__module__ == "numpy" and hasattr(value, "item") and getattr(value, "size", 0) == 1:
        return plain(value.item())
    return str(value)[:MOST_TEXT]


def load(path: Path, name: str) -> Any:
    """Return a file as a module."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


# --- regions ------------------------------------------------------------------------------------------


def check(settings: dict[str, Any]) -> None:
    """Print one line a test: only marked regions differ from the seed, and the program parses."""
    seed = (HERE / settings["seed"]).read_text(encoding="utf-8")
    program = (ROOT / settings["program"]).read_text(encoding="utf-8")
    problem = outside(seed, program)
    if settings["program"].endswith(".py"):
        problem = problem or unparsed(program)
    print(f"{'not ok' if problem else 'ok'} 1 - only EVOLVE blocks differ from the seed")
    if problem:
        fail(problem)


def fixed_parts(text: str) -> list[str]:
    """Return what lies outside of a text's regions, with the marks."""
    parts, inside = [""], False
    for line in text.splitlines():
        mark = MARK.search(line)
        if mark and mark[1] == "END":
            parts.append("")
            inside = False
        if not inside:
            parts[-1] += line.rstrip() + "\n"
        if mark and mark[1] == "START":
            inside = True
    return parts


def outside(seed: str, program: str) -> str:
    """Return what a program changes outside of the seed's regions, or an empty string."""
    if not MARK.search(seed):
        return ""
    first, *middle, last = fixed_parts(seed)
    text = "".join(line.rstrip() + "\n" for line in program.splitlines())
    if not text.startswith(first):
        return "what stands before the first EVOLVE block was changed"
    if not text.endswith(last) or len(text) < len(first) + len(last):
        return "what stands after the last EVOLVE block was changed"
    inner, at = text[len(first) : len(text) - len(last)], 0
    for part in middle:
        at = inner.find(part, at)
        if at < 0:
            return "what stands between two EVOLVE blocks was changed"
        at += len(part)
    return ""


def unparsed(program: str) -> str:
    """Return why a text is no Python, or an empty string."""
    try:
        ast.parse(program)
    except (SyntaxError, ValueError, RecursionError) as error:
        return f"the program doesn't parse: {error}"
    return ""


if __name__ == "__main__":
    main(sys.argv[1:])
