"""Plays a generated day: python bench.py SEED [SIZE], SIZE the number of patients."""

from __future__ import annotations

import hashlib
import random
import sys

from clinic import Patient, figures, simulate

DAY_S = 12 * 3600


def day(seed: int, size: int) -> tuple[list[Patient], int]:
    """Return the patients of a day in no special order, and how many doctors there are for them."""
    chance = random.Random(seed)
    patients = [
        Patient(
            name=f"patient {number:05d}",
            arrives=int(chance.triangular(0, DAY_S, DAY_S / 3)),
            urgency=min(4, int(chance.expovariate(0.4))),
            treatment_s=chance.randrange(120, 1800),
            patience_s=chance.randrange(1200, 9000),
        )
        for number in range(size)
    ]
    # About nine in ten can be seen.
    return patients, max(1, round(size * 960 * 0.9 / DAY_S))


def main() -> None:
    """Print the figures, and a checksum of all stories."""
    seed = int(sys.argv[1])
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    patients, doctors = day(seed, size)
    stories = simulate(patients, doctors)
    print("doctors", doctors)
    for name, value in figures(stories).items():
        print(name, value)
    print("sha256", hashlib.sha256("\n".join(map(str, stories)).encode()).hexdigest())


if __name__ == "__main__":
    main()
