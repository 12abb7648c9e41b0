"""Patients, and what happens to them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Patient:
    """Who comes, when, how urgently, and for how long; times in seconds since the morning."""

    name: str
    arrives: int
    urgency: int  # 0 is the most urgent
    treatment_s: int
    patience_s: int  # after so long in the waiting room, the patient goes home


@dataclass(frozen=True)
class Story:
    """What happened to a patient."""

    name: str
    doctor: int | None  # who treated the patient, None for one that went home
    started: int | None
    left: int
    wait_s: int | None
