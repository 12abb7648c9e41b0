"""Never ends, and does not listen to any signal that it may refuse."""

from __future__ import annotations

import signal

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        continue
while True:
    pass
