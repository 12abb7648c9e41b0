"""Publishes generated events: python bench.py SEED [SIZE], SIZE the number of events."""

from __future__ import annotations

import random
import sys

from feed import Event, Hub, Subscriber
from feed.frames import digest
from feed.redaction import LEVELS

AREAS = ("orders", "stock", "users", "prices")
DEEDS = ("made", "paid", "sent", "gone")
NAMES = ("Ada", "Zoë", "Jürgen", "Li", "Olu", "Ana María")


def event(chance: random.Random, at: int) -> Event:
    """Return an event with a body of some depth."""
    customer = {
        "name": chance.choice(NAMES),
        "email": f"c{chance.randrange(10**6)}@example.org",
        "phone": f"+49 {chance.randrange(10**8)}",
        "address": {"street": f"street {chance.randrange(300)}", "city": f"city {chance.randrange(90)}"},
    }
    items = [
        {
            "item": chance.randrange(10**5),
            "title": f"thing {chance.randrange(10**4)}",
            "price": chance.randrange(100, 90_000) / 100,
            "margin": chance.random(),
        }
        for _ in range(chance.randrange(1, 5))
    ]
    body = {
        "customer": customer,
        "items": items,
        "trace": f"{chance.getrandbits(64):016x}",
        "note": 'say "hi"',
    }
    return Event(f"{chance.choice(AREAS)}.{chance.choice(DEEDS)}", at, body)


def main() -> None:
    """Print how much was sent, and a checksum of all frames of all subscribers."""
    seed = int(sys.argv[1])
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 180
    chance = random.Random(seed)
    hub = Hub(limit=size // 2)
    names = [f"subscriber {number}" for number in range(90)]
    for name in names:
        topics = tuple(chance.choice(AREAS) for _ in range(chance.randrange(1, 4)))
        hub.subscribe(Subscriber(name, topics, chance.choice(LEVELS)))
    sent = {name: [] for name in names}
    reached = 0
    for at in range(size):
        reached += hub.publish(event(chance, 1_700_000_000 + 7 * at))
        if chance.random() < 0.2:
            name = chance.choice(names)
            sent[name] += hub.fetch(name)
    missed = 0
    for name, frames in sent.items():
        frames += hub.fetch(name)
        missed += hub.dropped(name, len(frames))
    frames = [text for name in names for text in sent[name]]
    print("frames", reached, "missed", missed)
    print("characters", sum(map(len, frames)))
    print("sha256", digest(frames))


if __name__ == "__main__":
    main()
