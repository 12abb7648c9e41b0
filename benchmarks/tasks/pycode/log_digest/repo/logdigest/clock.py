"""Times in logs, e.g. `12/Mar/2024:06:25:14 +0100`."""

from __future__ import annotations

from datetime import datetime

FORMAT = "%d/%b/%Y:%H:%M:%S %z"


def moment(text: str) -> int:
    """Return the seconds since 1970 of a time in a log; raises ValueError if it is none."""
    return int(datetime.strptime(text, FORMAT).timestamp())
