"""Slows down what runs after it: busy processes that are to outlive it, on every CPU."""

from __future__ import annotations

import os
import time

from attempt import tell  # type: ignore[import-not-found]

burners = 0
for _ in range(8):
    try:
        pid = os.fork()
    except OSError:
        break
    if pid == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        while True:
            pass
    burners += 1
time.sleep(0.1)
tell("burners", burners)
