"""Problems, calls and judgement of an AlgoTune task.

python strop_adapter/task.py inputs SEED    prints one problem a line
python strop_adapter/task.py worker         answers problems by solver.py
python strop_adapter/task.py judge SEED     judges the answers in the file $STROP_OUTPUT by the task's own
                                            is_solution
python strop_adapter/task.py test           one small problem, solved in a process apart and judged
"""

from __future__ import annotations

import base64
import importlib.util
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TEST_SIZE = 5  # n of the test's problem
MOST_BYTES = 1 << 30  # of one array


def main(arguments: list[str]) -> None:
    """Do what the first argument says."""
    sys.path[0:1] = [str(ROOT), str(HERE / "standins")]
    settings = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
    if arguments[0] == "inputs":
        for number in range(settings["count"] + 2):  # two are not timed
            print(json.dumps({"number": number, "problem": packed(problem(settings, arguments[1], number))}))
    elif arguments[0] == "worker":
        worker()
    elif arguments[0] == "judge":
        judge(settings, arguments[1])
    else:
        test(settings)


def fail(message: str) -> NoReturn:
    """End with a message."""
    sys.exit(f"strop_adapter: {message}")


def probed() -> None:
    """End where a probe of `strop bench validate` was called, and had nothing to change: it shows nothing."""
    if (ROOT / "strop-probe-called").exists() and not (ROOT / "strop-probe-changed").exists():
        fail("the probe changed nothing")


def load(path: Path, name: str) -> Any:
    """Return a file as a module."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def task_of(settings: dict[str, Any]) -> Any:
    """Return the task, an instance of the unchanged class."""
    return getattr(load(ROOT / settings["task"], "algotune_task"), settings["class"])()


def problem(settings: dict[str, Any], seed: str, number: int, size: int = 0) -> Any:
    """Return a problem of a seed, by its number."""
    # A large prime keeps the problems of neighbouring seeds apart; numpy takes seeds below 2**32.
    drawn = (int(seed) * 1_000_003 + number) % (2**31 - 1)
    return task_of(settings).generate_problem(n=size or settings["size"], random_seed=drawn)


# --- the candidate's process --------------------------------------------------------------------------


def worker() -> None:
    """Answer one problem a line until there are no more."""
    solve = load(ROOT / "solver.py", "solver").Solver().solve
    replies = sys.stdout
    sys.stdout = sys.stderr
    print("ready", file=replies, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        given = request["input"]
        solution = packed(solve(unpacked(given["problem"])))
        output = {"number": given["number"], "solution": solution}
        print(json.dumps({"nonce": request["nonce"], "output": output}), file=replies, flush=True)


# --- the judge: never imports the candidate -----------------------------------------------------------


def judge(settings: dict[str, Any], seed: str) -> None:
    """End with exit code 1 where an answer is no solution."""
    task, asked = task_of(settings), settings["count"] + 2
    lines = received()
    # All of them in their order; or any one alone, where strop asks for a first call in a new process.
    if len(lines) not in (1, asked):
        fail(f"{len(lines)} answers to {asked} problems")
    for at, line in enumerate(lines):
        try:
            answer = json.loads(line)["output"]
            number, solution = answer["number"], unpacked(answer["solution"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            fail(f"answer {at + 1} can't be read: {type(error).__name__}: {error}")
        expected = range(asked) if len(lines) == 1 else (at,)
        if type(number) is not int or number not in expected:
            fail(f"answer {at + 1} is for problem {number!r}")
        right(task, problem(settings, seed, number), solution, f"problem {number} of seed {seed}")


def received() -> list[bytes]:
    """Return the replies that strop itself received, one a line, in the order of the problems."""
    file = os.environ.get("STROP_OUTPUT")
    if not file:
        fail("STROP_OUTPUT is not set: strop sets it to the file of the replies that are to be judged")
    return Path(file).read_bytes().splitlines()


def right(task: Any, given: Any, solution: Any, what: str) -> None:
    """End where a solution is none."""
    try:
        good = bool(task.is_solution(given, solution))
    except Exception as error:  # a solution of another shape than the judge expects
        fail(f"{what}: is_solution raised {type(error).__name__}: {error}")
    if not good:
        fail(f"{what}: is_solution says no")


def test(settings: dict[str, Any]) -> None:
    """Have one small problem solved in a process apart, and judge its solution here."""
    small = min(TEST_SIZE, settings["size"])
    asked = {"number": 0, "problem": packed(problem(settings, "1", 0, small))}
    line = json.dumps({"nonce": "test", "input": asked}) + "\n"
    done = subprocess.run(
        [sys.executable, str(HERE / "task.py"), "worker"],
        cwd=ROOT,
        input=line,
        capture_output=True,
        text=True,
    )
    sys.stderr.write(done.stderr)
    probed()
    lines = done.stdout.splitlines()
    if done.returncode or len(lines) != 2 or lines[0] != "ready":
        print("not ok 1 - solver.py solves a small problem")
        fail(f"the solver's process ended with exit code {done.returncode} and {len(lines)} lines")
    solution = unpacked(json.loads(lines[1])["output"]["solution"])
    right(task_of(settings), problem(settings, "1", 0, small), solution, "a small problem")
    print("ok 1 - solver.py solves a small problem")


# --- values as JSON -----------------------------------------------------------------------------------


def packed(value: Any) -> Any:
    """Return a value as plain JSON types, arrays in base64; raises `TypeError` for what has no form."""
    if value is None or isinstance(value, (bool, str)):
        return value
    kind = type(value).__module__.partition(".")[0]
    if kind == "numpy":
        return packed_array(value)
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, complex):
        return {"complex": [repr(value.real), repr(value.imag)]}
    if isinstance(value, list):
        return [packed(item) for item in value]
    if isinstance(value, (tuple, set, frozenset)):
        name = "tuple" if isinstance(value, tuple) else "set"
        return {name: [packed(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[packed(key), packed(item)] for key, item in value.items()]}
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": base64.b64encode(value).decode("ascii")}
    raise TypeError(f"a {type(value).__module__}.{type(value).__name__} can't be passed to or from a solver")


def packed_array(value: Any) -> Any:
    """Return an array or a scalar of numpy as plain JSON types."""
    import numpy as np

    array = np.asarray(value)
    if array.dtype.kind not in "biufc":
        raise TypeError(f"an array of {array.dtype} can't be passed to or from a solver")
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
    return {"array": [array.dtype.str, list(array.shape), data]}


def unpacked(value: Any) -> Any:
    """Return what `packed` made plain; raises `ValueError` for anything else."""
    if isinstance(value, list):
        return [unpacked(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) != 1:
        raise ValueError("an object with one key is expected")
    ((name, held),) = value.items()
    if name == "array":
        return unpacked_array(*held)
    if name == "dict":
        return {unpacked(key): unpacked(item) for key, item in held}
    if name == "tuple":
        return tuple(unpacked(item) for item in held)
    if name == "set":
        return {unpacked(item) for item in held}
    if name == "float":
        return float(held)
    if name == "complex":
        return complex(float(held[0]), float(held[1]))
    if name == "bytes":
        return base64.b64decode(held, validate=True)
    raise ValueError(f"{name!r} is no form of a value")


def unpacked_array(dtype: str, shape: list[int], data: str) -> Any:
    """Return an array of numbers; an array without dimensions is a scalar."""
    import numpy as np

    kind = np.dtype(dtype)
    if kind.kind not in "biufc" or not all(type(side) is int and side >= 0 for side in shape):
        raise ValueError(f"no array of {dtype} with shape {shape}")
    content = base64.b64decode(data, validate=True)
    if len(content) != math.prod(shape) * kind.itemsize or len(content) > MOST_BYTES:
        raise ValueError(f"{len(content)} bytes for an array of {dtype} with shape {shape}")
    array = np.frombuffer(content, dtype=kind).reshape(shape).copy()
    return array if shape else array[()]


if __name__ == "__main__":
    main(sys.argv[1:])
