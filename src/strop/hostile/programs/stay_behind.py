"""Leaves processes behind: forked twice, in sessions of their own, deaf to signals; then ends well."""

from __future__ import annotations

import os
import signal
import time

from attempt import tell  # type: ignore[import-not-found]

for number in range(6):
    if os.fork() == 0:
        os.setsid()
        for deaf in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGCONT, signal.SIGTSTP):
            signal.signal(deaf, signal.SIG_IGN)
        if os.fork():
            os._exit(0)
        for fd in range(64 if number % 2 else 0):
            try:
                os.close(fd)
            except OSError:
                continue
        while True:
            with open("beat", "a", encoding="ascii") as file:
                file.write("x")
            time.sleep(0.01)
time.sleep(0.2)
tell("left", 6)
