"""Makes zombies: children that nobody collects, and orphans that end after their parent."""

from __future__ import annotations

import os
import time

from attempt import tell  # type: ignore[import-not-found]

made = 0
for number in range(200):
    try:
        if os.fork() == 0:
            if number % 2 and os.fork() == 0:
                time.sleep(0.05)
            os._exit(0)
    except OSError:
        break
    made += 1
time.sleep(0.2)
tell("zombies", made)
