"""What is going to happen, by time."""

from __future__ import annotations

import heapq
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
        self._heap: list[tuple[int, int, Event]] = []  # cancelled ones stay until they are on top
        self._open: set[int] = set()  # numbers of what is still to come
        self._planned = 0
        self._now = 0

    def __len__(self) -> int:
        return len(self._open)

    def plan(self, at: int, kind: str, patient: Patient, doctor: int = -1) -> int:
        """Plan an event and return its number; raises ValueError for a time that has passed."""
        if at < self._now:
            raise ValueError(f"{kind} at {at}: it is {self._now} already")
        number = self._planned
        heapq.heappush(self._heap, (at, number, Event(at, number, kind, patient, doctor)))
        self._open.add(number)
        self._planned += 1
        return number

    def cancel(self, number: int) -> None:
        """Take back an event that has not happened; raises KeyError if there is none of this number."""
        self._open.remove(number)

    def take(self) -> Event:
        """Return the next event, and go on to its time; of the same second, the one planned first.

        Raises IndexError if nothing is going to happen.
        """
        while self._heap:
            at, number, event = heapq.heappop(self._heap)
            if number in self._open:
                self._open.remove(number)
                self._now = at
                return event
        raise IndexError("the timetable is empty")
