"""A storm of short processes, as many and as fast as they start."""

from __future__ import annotations

import os

from attempt import tell  # type: ignore[import-not-found]

started = 0
for _ in range(400):
    try:
        pid = os.fork()
    except OSError:
        continue
    if pid == 0:
        os._exit(0)
    started += 1
    os.waitpid(pid, 0)
tell("started", started)
