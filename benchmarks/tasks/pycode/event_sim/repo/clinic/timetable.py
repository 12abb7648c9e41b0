"""What is going to happen, by time."""

from __future__ import annotations

from dataclasses import dataclass

from clinic.patients import Patient


@dataclass(frozen=True)
class Event:
    """Something that is going to happen."""

    at: int  # seconds since the morning
    number: int  # of the plan, from 0
    kind: str  # "arrival", "give up" or "done"
    patient: Patient
    doctor: int = -1  # of what is done


class Timetable:
    """Events that are still to come."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._planned = 0
        self._now = 0

    def __len__(self) -> int:
        return len(self._events)

    def plan(self, at: int, kind: str, patient: Patient, doctor: int = -1) -> int:
        """Plan an event and return its number; raises ValueError for a time that has passed."""
        if at < self._now:
            raise ValueError(f"{kind} at {at}: it is {self._now} already")
        self._events.append(Event(at, self._planned, kind, patient, doctor))
        self._planned += 1
        return self._planned - 1

    def cancel(self, number: int) -> None:
        """Take back an event that has not happened; raises KeyError if there is none of this number."""
        for place, event in enumerate(self._events):
            if event.number == number:
                del self._events[place]
                return
        raise KeyError(number)

    def take(self) -> Event:
        """Return the next event, and go on to its time; of the same second, the one planned first.

        Raises IndexError if nothing is going to happen.
        """
        if not self._events:
            raise IndexError("the timetable is empty")
        event = min(self._events, key=lambda event: (event.at, event.number))
        self._events.remove(event)
        self._now = event.at
        return event
