"""Alarms from the frames of a thermal camera."""

from thermal.alarms import Alarm
from thermal.scan import Scan, block_size, scan

__all__ = ["Alarm", "Scan", "block_size", "scan"]
