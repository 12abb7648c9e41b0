"""Simulates a day in a walk-in clinic."""

from clinic.figures import figures
from clinic.patients import Patient, Story
from clinic.simulation import simulate

__all__ = ["Patient", "Story", "figures", "simulate"]
