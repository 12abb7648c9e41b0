"""Collect from a simulated service: python bench.py SEED [SENSORS]. Prints figures and a checksum."""

from __future__ import annotations

import asyncio
import hashlib
import math
import random
import sys
import time
from typing import Any

from feeds import Client, collect, request_limit, summarise
from feeds.collect import Sensor
from remote import CAPACITY, DELAY_S, Remote

REGIONS = ("coast", "delta", "hills", "lakes", "plain", "ridge")
PAGE = 12


def generate(seed: int, sensors: int) -> Remote:
    """Return a service that knows sensors, most with details, some by their station."""
    chance = random.Random(seed)
    names = [f"{chance.choice('tphw')}{number:04d}" for number in chance.sample(range(10000), sensors)]
    rows = [
        {"name": name, "readings": [chance.randrange(-200, 900) for _ in range(chance.randrange(9))]}
        for name in names
    ]
    details: dict[str, dict[str, Any]] = {}
    for name in [f"station{number}" for number in range(9)] + names:
        details[name] = {
            "region": chance.choice(REGIONS),
            "height_m": chance.randrange(2500),
            "offset": chance.randrange(-20, 20),
        }
    for name in names:
        kind = chance.random()
        if kind < 0.04:
            del details[name]
        elif kind < 0.3:
            details[name] = {"station": f"station{chance.randrange(10)}", "offset": chance.randrange(-9, 9)}
    busy = {name for name in details if chance.random() < 0.05}
    return Remote([rows[start : start + PAGE] for start in range(0, sensors, PAGE)], details, busy)


async def collected(seed: int, sensors: int) -> list[Sensor]:
    """Return what is collected from a generated service."""
    return await collect(Client(generate(seed, sensors), request_limit()))


def main() -> None:
    """Collect, and print the figures and a checksum of all sensors."""
    seed = int(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 140
    start = time.monotonic()
    sensors = asyncio.run(collected(seed, count))
    took_s = time.monotonic() - start
    figures, lost = summarise(sensors)
    for part in figures:
        print(part.region, part.sensors, part.lowest, part.highest, part.total)
    print("without a place", len(lost))
    # Every page and every sensor's details have to be asked for, and the service takes its time.
    least_s = DELAY_S * (math.ceil(count / PAGE) + count) / CAPACITY
    print("the service was waited for:", took_s >= least_s)
    print("checksum", hashlib.sha256(repr(sensors).encode()).hexdigest())


if __name__ == "__main__":
    main()
