"""Figures of regions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from feeds.collect import Sensor


@dataclass(frozen=True)
class Summary:
    """Figures of one region; readings count with their sensor's offset."""

    region: str
    sensors: int
    lowest: int
    highest: int
    total: int


def summarise(sensors: list[Sensor]) -> tuple[list[Summary], list[str]]:
    """Return the figures of regions by name, and the names of sensors without a place, in order.

    Sensors without readings count as sensors; a region without any reading has figures of 0.
    """
    readings: dict[str, list[int]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    lost = []
    for sensor in sensors:
        if sensor.place is None:
            lost.append(sensor.name)
            continue
        counts[sensor.place.region] += 1
        readings[sensor.place.region] += [value + sensor.place.offset for value in sensor.readings]
    figures = [
        Summary(region, counts[region], min(values, default=0), max(values, default=0), sum(values))
        for region, values in sorted(readings.items())
    ]
    return figures, lost
