"""What the hostile programs share: a name that the host can find, and what they print.

Runs inside of sandboxes, as the candidate: Python 3.8 and later, standard library only.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Callable  # noqa: UP035 (Python 3.8 knows no other)

MARKER = sys.argv[1] if len(sys.argv) > 1 else ""
ARGUMENTS = sys.argv[2:]

try:
    with open("/proc/self/comm", "w", encoding="ascii") as _file:
        _file.write(MARKER[:15])  # children inherit it, and keep it as zombies
except OSError:
    pass  # without /proc the arguments have to do


def escaped(what: str) -> None:
    """Say that an attack worked."""
    print("ESCAPED: " + what, flush=True)


def tell(name: str, value: object) -> None:
    """Say something for the judge to compare with what it saw."""
    print(f"{name}: {value}", flush=True)


def attempt(what: str, action: Callable[[], Any]) -> bool:
    """Do what must fail; what works is an escape."""
    try:
        action()
    except Exception as error:  # any refusal will do
        print(f"refused: {what}: {type(error).__name__}: {error}"[:200], flush=True)
        return False
    escaped(what)
    return True


def try_write(path: str, *, keep: bool = False) -> None:
    """Make a new file with the marker in it; raises `OSError` where that is refused.

    What could be made is removed again, unless it is to be found: where a sandbox has a hole, the
    machine behind it is a user's own.
    """
    with open(path, "x", encoding="ascii") as file:
        file.write(MARKER)
    if not keep:
        os.unlink(path)


def try_read(path: str, size: int = 1 << 20) -> bytes:
    """Return the start of a file; empty where it can't be read."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        return os.read(fd, size)
    except OSError:
        return b""
    finally:
        os.close(fd)
