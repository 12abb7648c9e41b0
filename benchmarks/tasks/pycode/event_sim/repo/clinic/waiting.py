"""The waiting room."""

from __future__ import annotations

from clinic.patients import Patient


class WaitingRoom:
    """Patients who wait, to be called by urgency, and of the same urgency by arrival."""

    def __init__(self) -> None:
        self._patients: list[Patient] = []

    def __len__(self) -> int:
        return len(self._patients)

    def enter(self, patient: Patient) -> None:
        """Let a patient in."""
        self._patients.append(patient)
        self._patients.sort(key=lambda patient: patient.urgency)

    def call(self) -> Patient:
        """Return the patient whose turn it is; raises IndexError if nobody waits."""
        return self._patients.pop(0)

    def leave(self, patient: Patient) -> None:
        """Let a patient go home; raises ValueError for one that does not wait."""
        self._patients.remove(patient)
