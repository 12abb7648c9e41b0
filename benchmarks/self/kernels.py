"""Kernels of 5 to 50 ms as tiny repositories, in versions whose work is known.

A kernel does the same small piece of work `ROUNDS` times and returns the last result, so that its
output doesn't depend on `ROUNDS`, and its work is proportional to it. A version with fewer rounds
stands for an optimisation of just that size.

Each kernel comes with both kinds of benchmark: `calls` times calls of the function in one process;
`command` times a process that calls it as often, interpreter start and imports included.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from strop.candidate import Candidate, FileEdit
from strop.job import Job, parse_job
from strop.testing.repositories import commit

__all__ = [
    "CALLS",
    "KERNELS",
    "KINDS",
    "WARMUPS",
    "Kernel",
    "Kind",
    "base_text",
    "comment",
    "job_of",
    "version",
    "write",
]

Kind = Literal["command", "calls"]
KINDS: tuple[Kind, ...] = ("command", "calls")

FILE = "kernel.py"
CALLS = 20
"""Calls of the function in one process that are timed: about 0.2 s of work, several times what is
needed to start the sandbox around it."""

WARMUPS = 2

BENCH = """\
import sys

from kernel import solve

for number in range({calls}):
    print(solve(int(sys.argv[1]) * 1000 + number))
"""

INPUTS = """\
import sys

for number in range({calls}):
    print([int(sys.argv[1]) * 1000 + number])
"""


@dataclass(frozen=True)
class Kernel:
    """One kernel."""

    name: str
    library: str  # "python" or "numpy"
    rounds: int  # that take 10 to 15 ms
    code: str  # defines `data(seed)` and `work(data)`

    def source(self, rounds: int) -> str:
        """Return the module's text with so many rounds."""
        if rounds < 1:
            raise ValueError(f"kernel {self.name}: {rounds} rounds; at least 1")
        return f'''{self.code}

ROUNDS = {rounds}


def solve(seed):
    """Return what the work on the data of a seed comes to."""
    values = data(seed)
    for _ in range(ROUNDS):
        result = work(values)
    return result
'''


PRIMES = '''\
"""Counts primes with a sieve."""


def data(seed):
    return 400 + seed % 7


def work(limit):
    sieve = [True] * limit
    for number in range(2, limit):
        if sieve[number]:
            for multiple in range(number * number, limit, number):
                sieve[multiple] = False
    return sum(sieve)
'''

WORDS = '''\
"""Counts words of a text."""


def data(seed):
    return " ".join(f"w{(seed * 31 + number * number) % 41}" for number in range(300))


def work(text):
    counts = {}
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[0][1]
'''

SMOOTH = '''\
"""Smooths a signal with array operations."""

import numpy as np


def data(seed):
    return np.sin(np.arange(8000) * (0.01 + seed % 97 / 100))


def work(signal):
    padded = np.concatenate(([0.0], np.cumsum(signal)))
    means = (padded[9:] - padded[:-9]) / 9
    return int((np.abs(means) > 0.5).sum())
'''

NEAREST = '''\
"""Finds nearest points with a matrix of distances."""

import numpy as np


def data(seed):
    return np.sin(np.arange(270).reshape(90, 3) * (1 + seed % 97))


def work(points):
    squares = (points**2).sum(axis=1)
    distances = squares[:, None] + squares[None, :] - 2 * points @ points.T
    np.fill_diagonal(distances, np.inf)
    return int(distances.argmin(axis=1).sum())
'''

KERNELS = (
    Kernel("primes", "python", 300, PRIMES),
    Kernel("words", "python", 200, WORDS),
    Kernel("smooth", "numpy", 200, SMOOTH),
    Kernel("nearest", "numpy", 300, NEAREST),
)


def write(kernel: Kernel, folder: Path, *, calls: int = CALLS) -> Path:
    """Write a kernel's repository, with its base version, and commit it; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        FILE: base_text(kernel),
        "bench.py": BENCH.replace("{calls}", str(calls)),
        "inputs.py": INPUTS.replace("{calls}", str(calls + WARMUPS)),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    commit(folder, "first")
    return folder


def job_of(kernel: Kernel, kind: Kind, *, backend: str, metric: str = "time") -> Job:
    """Return the job that measures a kernel; raises `ConfigError`."""
    # Libraries below numpy would start a thread a processor, and be measured by them.
    env = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    commands: dict[str, Any] = {"env": env}
    data: dict[str, Any] = {
        "name": f"{kernel.name}-{kind}",
        "target": {"files": [FILE]},
        "commands": commands,
        # What is under test is the clock; replays would double the time of a comparison.
        "verify": {"behaviour": False},
        "metrics": [{"name": metric}],
        "sandbox": {"backend": backend},
    }
    if kernel.library == "numpy":
        commands["setup"] = ["pip install numpy"]
    if kind == "command":
        commands["benchmark"] = "python bench.py {seed}"
    else:
        data["calls"] = {
            "function": "kernel:solve",
            "inputs": "python inputs.py {seed}",
            "warmups": WARMUPS,
        }
    return parse_job(data, f"the job of kernel {kernel.name}")


def version(kernel: Kernel, work: float, startup: float = 0.0) -> Candidate:
    """Return the candidate that does `work` times what the kernel does, e.g. 0.9 for 10 % less.

    Args:
        kernel: The kernel.
        work: Of all that is measured.
        startup: Part of what is measured that rounds can't change: interpreter start and imports.

    Raises:
        ValueError: So much work can't be left out.
    """
    rounds = round(kernel.rounds * (work - startup) / (1 - startup))
    text = kernel.source(rounds)
    return Candidate((FileEdit(FILE, text),), author="known", rationale=f"{work:g} times the work")


def base_text(kernel: Kernel) -> str:
    """Return the module's text as the repository has it."""
    return kernel.source(kernel.rounds)


def comment(kernel: Kernel, number: int) -> Candidate:
    """Return a candidate that changes nothing but a comment."""
    text = re.sub(r"(?m)^ROUNDS = .*$", rf"\g<0>  # comment {number}", base_text(kernel))
    return Candidate((FileEdit(FILE, text),), author="known", rationale="the same code")
