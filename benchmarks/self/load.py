"""Something that keeps a processor busy while something else is measured."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["spinning"]

# It looks after its parent, so that no killed run leaves it behind.
SPIN = """
import os, sys
parent, total = int(sys.argv[1]), 0
print("spinning", flush=True)
while os.getppid() == parent:
    for number in range(200_000):
        total += number * number % 7
"""


@contextmanager
def spinning() -> Iterator[int]:
    """Hold a process of pure Python that computes without end; yields its id."""
    command = [sys.executable, "-I", "-S", "-c", SPIN, str(os.getpid())]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield process.pid
        finally:
            process.kill()
