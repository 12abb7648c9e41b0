"""A fork bomb: forks until the kernel refuses, again in every child, all of which stay.

It ends by itself at eight times the limit that it is given, in case that nobody else ends it.
"""

from __future__ import annotations

import contextlib
import os
import time

from attempt import ARGUMENTS, escaped, tell  # type: ignore[import-not-found]

limit = int(ARGUMENTS[0])
forks = 0
for _ in range(4 * limit):
    try:
        pid = os.fork()
    except OSError:
        break
    if pid == 0:
        with contextlib.suppress(OSError):
            os.fork()
        while True:
            time.sleep(5)
    forks += 1
tell("forks", forks)
if forks == 4 * limit:
    escaped(f"{forks} processes could be started, and each started another")
time.sleep(0.2)
