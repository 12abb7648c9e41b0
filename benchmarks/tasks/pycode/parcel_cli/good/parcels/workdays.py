"""Days on which parcels are brought: no Sundays, no holidays."""

from __future__ import annotations

import datetime
from functools import cache

FIRST, LAST = 2000, 2099
FIXED = ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))
AFTER_EASTER = (-2, 1, 39, 50)


def easter(year: int) -> datetime.date:
    """Return Easter Sunday by the rule of the Gregorian calendar (Gauss, valid from 1900 to 2099)."""
    d = (19 * (year % 19) + 24) % 30
    e = (2 * (year % 4) + 4 * (year % 7) + 6 * d + 5) % 7
    days = 22 + d + e
    if days == 57 or (days == 56 and d == 28 and year % 19 > 10):
        days -= 7
    return datetime.date(year, 3, 1) + datetime.timedelta(days - 1)


def calendar() -> list[str]:
    """Return every working day from 2000 to 2099, as YYYY-MM-DD."""
    days = []
    for year in range(FIRST, LAST + 1):
        holidays = {datetime.date(year, month, day) for month, day in FIXED}
        holidays |= {easter(year) + datetime.timedelta(days) for days in AFTER_EASTER}
        day = datetime.date(year, 1, 1)
        while day.year == year:
            if day.weekday() != 6 and day not in holidays:
                days.append(day.isoformat())
            day += datetime.timedelta(1)
    return days


@cache
def _table() -> tuple[list[str], dict[str, int]]:
    days = calendar()
    return days, {day: place for place, day in enumerate(days)}


def due(date: str, days: int) -> str:
    """Return the working day that is `days` (0 or more) working days after one."""
    days_of_work, places = _table()
    if date not in places:
        raise ValueError(f"date {date}: it is no working day from {FIRST} to {LAST}")
    if days < 0 or places[date] + days >= len(days_of_work):
        raise ValueError(f"days {days}: they lead out of the calendar")
    return days_of_work[places[date] + days]
