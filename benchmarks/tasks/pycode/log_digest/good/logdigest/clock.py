"""Times in logs, e.g. `12/Mar/2024:06:25:14 +0100`."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_USUAL = re.compile(
    r"([0-9]{2})/([A-Z][a-z]{2})/([0-9]{4}):([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-5][0-9])"
)

FORMAT = "%d/%b/%Y:%H:%M:%S %z"


def moment(text: str) -> int:
    """Return the seconds since 1970 of a time in a log; raises ValueError if it is none."""
    match = _USUAL.fullmatch(text)
    if match is not None:
        day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
        try:
            here = datetime(
                int(year),
                _MONTHS.index(month) + 1,
                int(day),
                int(hour),
                int(minute),
                int(second),
                tzinfo=UTC,
            )
        except ValueError:
            pass  # strptime says what is wrong
        else:
            offset = 3600 * int(hours) + 60 * int(minutes)
            if offset < 86_400:
                return int(here.timestamp()) - (offset if sign == "+" else -offset)
    return int(datetime.strptime(text, FORMAT).timestamp())
