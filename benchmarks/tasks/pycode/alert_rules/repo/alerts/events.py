"""Events as lines of fields."""

from __future__ import annotations

from collections.abc import Iterable

Event = dict[str, "int | str"]


def read_events(lines: Iterable[str]) -> list[Event]:
    """Return the events of lines such as `host=a7 load=93 state=up`; whole numbers become numbers."""
    events = []
    for line in lines:
        event: Event = {}
        for field in line.split():
            name, _, value = field.partition("=")
            if not name or not value:
                raise ValueError(f"field {field!r}: it must look like name=value")
            event[name] = int(value) if value.removeprefix("-").isdecimal() else value
        if event:
            events.append(event)
    return events
