"""The day itself: one event after the other."""

from __future__ import annotations

from clinic.patients import Patient, Story
from clinic.timetable import Timetable
from clinic.waiting import WaitingRoom


def simulate(patients: list[Patient], doctors: int) -> list[Story]:
    """Return the story of every patient, in the order in which they left.

    Things at the same second happen in the order in which they were planned. Of several free doctors
    the one with the lowest number takes the next patient.
    """
    if doctors < 1:
        raise ValueError(f"doctors: at least 1, not {doctors}")
    table = Timetable()
    for patient in patients:
        table.plan(patient.arrives, "arrival", patient)
    room = WaitingRoom()
    free = list(range(doctors))
    giving_up: dict[str, int] = {}  # patient in the waiting room -> number of the event
    stories: list[Story] = []
    while table:
        event = table.take()
        if event.kind == "arrival":
            patient = event.patient
            room.enter(patient)
            giving_up[patient.name] = table.plan(event.at + patient.patience_s, "give up", patient)
        elif event.kind == "give up":
            room.leave(event.patient)
            del giving_up[event.patient.name]
            stories.append(Story(event.patient.name, None, None, event.at, None))
        else:
            patient, doctor = event.patient, event.doctor
            started = event.at - patient.treatment_s
            stories.append(Story(patient.name, doctor, started, event.at, started - patient.arrives))
            free.append(doctor)
            free.sort()
        while free and room:
            patient = room.call()
            table.cancel(giving_up.pop(patient.name))
            table.plan(event.at + patient.treatment_s, "done", patient, free.pop(0))
    return stories
