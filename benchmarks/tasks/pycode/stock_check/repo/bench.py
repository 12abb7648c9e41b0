"""Reconciles a generated warehouse: python bench.py SEED [SIZE], SIZE the number of items received."""

from __future__ import annotations

import hashlib
import random
import sys

from stock import Movement, reconcile, render


def warehouse(seed: int, size: int) -> tuple[list[Movement], list[str]]:
    """Return the movements of a warehouse, and what the scanners say: most of it right."""
    chance = random.Random(seed)
    bins = [f"{aisle}{row:02d}-{shelf}" for aisle in "ABCD" for row in range(20) for shelf in range(1, 6)]
    serials = [f"{chance.choice('KQX')}{number:07d}" for number in chance.sample(range(10**7), size)]
    movements, where = [], {}
    for serial in serials:
        where[serial] = chance.choice(bins)
        movements.append(Movement("receipt", serial, where[serial]))
        if chance.random() < 0.12:
            other = chance.choice(list(where)) if len(where) < 50 else serials[len(where) // 2]
            if other in where:
                del where[other]
                movements.append(Movement("shipment", other))
        elif chance.random() < 0.1:
            where[serial] = chance.choice(bins)
            movements.append(Movement("transfer", serial, where[serial]))
    lines = []
    for serial, place in where.items():
        if chance.random() < 0.04:
            continue
        found = place if chance.random() < 0.97 else chance.choice(bins)
        lines.append(f"{found} {serial if chance.random() < 0.9 else serial.lower()}")
        lines += [f"{found} {serial}"] * chance.randrange(6)  # pressed until it beeps
    lines += [f"{chance.choice(bins)} Z{number:07d}" for number in chance.sample(range(10**7), size // 40)]
    lines += [f"??? {number}" for number in range(chance.randrange(3, 12))]
    chance.shuffle(lines)
    return movements, lines


def main() -> None:
    """Print the figures, and a checksum of the whole report."""
    seed = int(sys.argv[1])
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 2400
    report = render(reconcile(*warehouse(seed, size)))
    print("\n".join(report.splitlines()[:6]))
    print("sha256", hashlib.sha256(report.encode()).hexdigest())


if __name__ == "__main__":
    main()
