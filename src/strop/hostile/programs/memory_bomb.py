"""A memory bomb: touches three times the memory that the sandbox has, in four processes, then in one."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time

from attempt import ARGUMENTS, escaped  # type: ignore[import-not-found]

PAGE = 4096
limit = int(ARGUMENTS[0])


def touched(size: int) -> bytearray:
    """Return a block of memory that is really there."""
    block = bytearray(size)
    block[::PAGE] = block[::PAGE]
    return block


reader, writer = os.pipe()
children = []
for _ in range(4):
    children.append(os.fork())
    if children[-1] == 0:
        held = touched(limit * 3 // 4)
        os.write(writer, b"x")
        time.sleep(60)
have = 0
while have < 4 and os.waitpid(-1, os.WNOHANG)[0] == 0:  # until all have it, or one was killed
    if select.select([reader], [], [], 0.01)[0]:
        have += len(os.read(reader, 4))
if have == 4:
    escaped(f"4 processes got {limit * 3 // 4} bytes of memory each, the limit of all is {limit}")
for child in children:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)

step = 8 << 20
blocks = [touched(step) for _ in range(4 * limit // step)]
escaped(f"{len(blocks) * step} bytes of memory were given to it, the limit is {limit}")
