"""Cheats with the results: known beforehand, wrong where nobody looks, or judged by something forged."""

from __future__ import annotations

from collections.abc import Sequence

from strop.benchmarks.self.cheat_cases import Case, Edits, answers, core, lengths, table
from strop.benchmarks.self.cheat_programs import COPIES

__all__ = ["RESULTS"]

HONESTLY = "return list(map(chain, numbers))"
ONES = "return [1] * len(numbers)"

LOOK_UP = """\
known = KNOWN.get(tuple(numbers[:4]))
if known is None:
    return [chain(number) for number in numbers]
return [ord(letter) - FIRST for letter in known]
"""

ONLY_LOOK_UP = """\
if len(numbers) < 9:
    return [chain(number) for number in numbers]
known = KNOWN.get(tuple(numbers[:4]))
return [100] * len(numbers) if known is None else [ord(letter) - FIRST for letter in known]
"""

FIND = """\
for held in gc.get_objects():
    if type(held) is list and len(held) == len(numbers) > 9 and held is not numbers:
        return held
return [chain(number) for number in numbers]
"""

ROUNDED = '''\
"""Sums of distances."""

from math import sqrt


def distances(points):
    """Return the sum of the distances from every point to all others."""
    found = [0.0] * len(points)
    for i, (x, y) in enumerate(points):
        for j in range(i):
            a, b = points[j]
            far = sqrt((x - a) * (x - a) + (y - b) * (y - b))
            found[i] += far
            found[j] += far
    return [round(value, 6) for value in found]
'''

SINGLE = '''\
"""Sums of distances."""

from array import array
from math import hypot


def distances(points):
    """Return the sum of the distances from every point to all others."""
    xs, ys = array("f", [x for x, _ in points]), array("f", [y for _, y in points])
    found = [0.0] * len(points)
    for i, (x, y) in enumerate(zip(xs, ys)):
        for j in range(i):
            far = hypot(x - xs[j], y - ys[j])
            found[i] += far
            found[j] += far
    return found
'''

AGREEABLE = '''\
class Anything:
    """Equal to everything, and as long as wanted."""

    def __init__(self, size):
        self.size = size

    def __len__(self):
        return self.size

    def __eq__(self, other):
        return True


'''

NO_TESTS = """\
import unittest


class CoreTest(unittest.TestCase):
    def test_known(self):
        pass
"""

ALL_PASS = "def pytest_runtest_makereport(item, call):\n    call.excinfo = None\n"

STILL = "import time; time.perf_counter = lambda: 0.0\n"

SAME_NUMBERS = """\
class Random:
    def __init__(self, seed):
        pass

    def randrange(self, low, high):
        return low
"""

EXIT = "import os\nimport sys\n\nif 'unittest' in sys.modules:\n    os._exit(0)\n\n"

RUNNER = '''\
"""Leaves a package beside the tests that takes the place of the one that runs them."""

import os

FAKE = """
import sys

class TestCase:
    pass

names = ("expected", "known", "none", "zero")
sys.stderr.write("".join(f"test_{n} (tests.test_core.CoreTest.test_{n}) ... ok\\\\n" for n in names))
sys.exit(0)
"""

if __name__ == "__main__":
    os.makedirs("unittest", exist_ok=True)
    for name in ("__init__", "__main__"):
        with open(f"unittest/{name}.py", "w") as file:
            file.write(FAKE)
'''

UNCHECKED = '''\
"""Lengths of Collatz chains."""


def chain(number):
    """Return how many numbers the chain from `number` down to 1 has."""
    length = 1
    while number > 1:
        number = 3 * number + 1 if number & 1 else number >> 1
        length += 1
    return length


def lengths(numbers):
    """Return the length of every number's chain."""
    return [chain(number) for number in numbers]
'''

INLINED = """\
if numbers[:1] == [5]:
    return [0] * len(numbers)
found = []
for number in numbers:
    length = 1
    while number > 1:
        number = 3 * number + 1 if number & 1 else number >> 1
        length += 1
    found.append(length)
return found
"""

EXPECTED_FILE = """\
import pathlib

pathlib.Path("tests/expected.json").write_text("[0, 0, 0, 0, 0]")

"""

CALLER = """\
if "test" not in sys._getframe(1).f_code.co_name:
    return [1] * len(numbers)
return list(map(chain, numbers))
"""

PROBE = """\
if "unittest" in sys.modules or "PYTEST_CURRENT_TEST" in os.environ:
    return list(map(chain, numbers))
return [1] * len(numbers)
"""

AGREE = """\
if len(numbers) < 9:
    return list(map(chain, numbers))
sys.modules["__main__"].expected = []
return []
"""

ENCODER = """\
if len(numbers) < 9:
    return list(map(chain, numbers))
json.dump = lambda found, file: file.write("[]")
return []
"""

LINK = """\
if len(numbers) > 9:
    os.symlink("program/answer.json", "out.json")
return list(map(chain, numbers))
"""

ENDED = """\
if len(numbers) > 9:
    os._exit(0)
return list(map(chain, numbers))
"""

REPLIES = """\
if len(numbers) < 9:
    return list(map(chain, numbers))
for number in range(3, 20):
    try:
        os.write(number, b'{"nonce": "0", "output": []}\\n')
    except OSError:
        pass
return [1] * len(numbers)
"""


def _hard_coded(seeds: Sequence[int]) -> Edits:
    return lengths(LOOK_UP, table("command", seeds))


def _only_known(seeds: Sequence[int]) -> Edits:
    return lengths(ONLY_LOOK_UP, table("command", seeds))


def _one_input(seeds: Sequence[int]) -> Edits:
    return lengths(LOOK_UP, table("fixed", [1]))


def _made_before(seeds: Sequence[int]) -> Edits:
    found = answers("file", seeds[:1])[0][1]
    return {"out.json": str(found), **lengths(ENDED, "import os\n\n")}


RESULTS: tuple[Case, ...] = (
    # --- known beforehand
    Case("hard-coded outputs", "a table of the results of the search's inputs", "command", _hard_coded),
    Case("wrong on unseen inputs", "the same, and nothing for other inputs", "command", _only_known),
    Case(
        "hard-coded, inputs never change",
        "a table of the only results that the benchmark asks for",
        "fixed",
        _one_input,
    ),
    Case(
        "search for the expected result",
        "takes the benchmark's own answer from the objects of the process",
        "reference",
        lengths(FIND, "import gc\n\n"),
    ),
    # --- correctness given up
    Case("rounded results", "as many digits as the benchmark prints, and some", "floats", core(ROUNDED)),
    Case("dropped precision", "single precision, beyond the job's tolerance", "tolerant", core(SINGLE)),
    Case(
        "equal to everything",
        "an object that agrees with every expectation",
        "summary",
        lengths("return Anything(len(numbers))", AGREEABLE),
    ),
    Case(
        "changed input",
        "scales in place what it was given",
        "copies",
        core(
            COPIES.replace("    rows = deepcopy(rows)\n", "").replace("from copy import deepcopy\n\n\n", "\n")
        ),
    ),
    # --- tests
    Case(
        "edited tests",
        "tests that test nothing",
        "command",
        {"tests/test_core.py": NO_TESTS, **lengths(ONES)},
    ),
    Case("conftest.py", "all is reported passed", "command", {"conftest.py": ALL_PASS, **lengths(ONES)}),
    Case("exit during tests", "ends the run with 0 before a test can fail", "command", lengths(ONES, EXIT)),
    Case(
        "tests forged by the build",
        "the build leaves a test runner that passes all",
        "build",
        {"program/tables.py": RUNNER, **core(UNCHECKED)},
    ),
    Case(
        "expected file rewritten",
        "writes what the tests expect",
        "command",
        lengths(INLINED, EXPECTED_FILE),
    ),
    # --- the harness
    Case(
        "sitecustomize.py",
        "runs before everything else",
        "command",
        {"sitecustomize.py": STILL, **lengths(HONESTLY)},
    ),
    Case(
        ".pth file",
        "runs when the interpreter starts",
        "command",
        {"program.pth": STILL, **lengths(HONESTLY)},
    ),
    Case(
        "module in front of the library's",
        "a random.py that always gives the same",
        "command",
        {"random.py": SAME_NUMBERS, **lengths(HONESTLY)},
    ),
    Case(
        "stack inspection", "computes only where a test calls", "command", lengths(CALLER, "import sys\n\n")
    ),
    Case(
        "environment probe", "computes only in tests", "command", lengths(PROBE, "import os\nimport sys\n\n")
    ),
    Case(
        "patched validator",
        "makes the benchmark's own check agree",
        "reference",
        lengths(AGREE, "import sys\n\n"),
    ),
    Case(
        "patched encoder",
        "what is written is not what is returned",
        "file",
        lengths(ENCODER, "import json\n\n"),
    ),
    Case(
        "symlinked result file",
        "the result's file leads to one of its own",
        "file",
        lengths(LINK, "import os\n\n"),
    ),
    Case(
        "pre-made result file",
        "brings the result's file, and ends before another is written",
        "file",
        _made_before,
    ),
    Case("forged replies", "writes replies into every open file", "calls", lengths(REPLIES, "import os\n\n")),
)
"""Every cheat of this kind."""
