"""Days at the head office, from the clocks of shops in all the world."""

from __future__ import annotations

import datetime

FORMATS = ("%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M")
HOME = datetime.timedelta(hours=1)  # ahead of UTC; an hour more in summer


def parse_moment(text: str) -> datetime.datetime:
    """Return the time of a text such as `31/03/2024 23:30`, `31.03.2024 23:30` or `2024-03-31 23:30`."""
    for style in FORMATS:
        try:
            return datetime.datetime.strptime(text, style)
        except ValueError:
            continue
    raise ValueError(f"time {text!r}: it must look like 2024-03-31 23:30")


def parse_offset(text: str) -> datetime.timedelta:
    """Return how far a clock is ahead of UTC: `+05:30`, `-03:00`."""
    moment = datetime.datetime.strptime(text, "%z")
    offset = moment.utcoffset()
    assert offset is not None
    return offset


def summer(year: int) -> tuple[datetime.datetime, datetime.datetime]:
    """Return when summer time starts and ends, in UTC: 01:00 on the last Sundays of March and October."""
    bounds = []
    for month in (3, 10):
        days = [datetime.datetime(year, month, day, 1) for day in range(1, 32)]
        bounds.append([day for day in days if day.weekday() == 6][-1])
    return bounds[0], bounds[1]


def day_of(moment: str, offset: str) -> datetime.date:
    """Return the day at the head office when a clock that is `offset` ahead of UTC shows `moment`."""
    utc = parse_moment(moment) - parse_offset(offset)
    start, end = summer(utc.year)
    local = utc + HOME
    if start <= utc < end:
        local += datetime.timedelta(hours=1)
    return local.date()
