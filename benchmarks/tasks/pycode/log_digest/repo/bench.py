"""Digests a generated log: python bench.py SEED [SIZE], SIZE the number of its lines."""

from __future__ import annotations

import hashlib
import io
import random
import sys

from logdigest import RouteTable, chunk_size, digest, read_lines, render

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun")
THINGS = ("users", "orders", "items", "carts", "prices", "stores", "labels", "notes", "teams", "plans")
TEMPLATES = (
    "/",
    "/health",
    "/login",
    "/static/{file:path}",
    *(f"/api/v1/{thing}/{{id:int}}" for thing in THINGS[:6]),
    *(f"/api/v1/{thing}/search/{{query}}" for thing in THINGS[4:]),
    *(f"/api/v2/{thing}/{{id:int}}/history" for thing in THINGS),
    "/{language}/help/{page}",
)
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:{n}.0) Gecko/20100101 Firefox/{n}.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML) Chrome/{n}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/{n}.0.0.0 Safari/537.36 Edg/{n}.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605.1.15 (KHTML) Version/{n} Safari/605.1",
    "Mozilla/5.0 (compatible; WanderBot/{n}.1; +http://example.org/bot.html)",
    "curl/7.{n}.0",
    "-",
)


def log(seed: int, size: int) -> str:
    """Return a log of some days; a few lines are broken."""
    chance = random.Random(seed)
    paths = []
    for template in TEMPLATES:
        for _ in range(6):
            number = chance.randrange(10**5)
            path = template.replace("{id:int}", str(number)).replace("{query}", f"q{number}")
            paths.append(path.replace("{file:path}", f"js/{number}.js").replace("{page}", f"p{number}"))
    paths = [path.replace("{language}", "en") for path in paths] + [
        f"/wp-{number}.php" for number in range(9)
    ]
    clients = [f"10.{chance.randrange(256)}.{chance.randrange(256)}.7" for _ in range(size // 20 + 1)]
    lines = []
    for number in range(size):
        second = chance.randrange(86_400)
        time = (
            f"{number % 28 + 1:02d}/{chance.choice(MONTHS)}/2024:{second // 3600:02d}:{second // 60 % 60:02d}"
            f":{second % 60:02d} +0{number % 3}00"
        )
        target = chance.choice(paths) + ("?page=2" if number % 5 == 0 else "")
        status = chance.choice((200, 200, 200, 304, 404, 500))
        agent = chance.choice(AGENTS).replace("{n}", str(60 + number % 60))
        line = (
            f'{chance.choice(clients)} - - [{time}] "GET {target} HTTP/1.1" {status}'
            f' {second if status == 200 else "-"} "-" "{agent}"'
        )
        lines.append(line if chance.random() < 0.99 else line[: chance.randrange(5, 60)])
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the counts, and a checksum of the whole digest."""
    seed = int(sys.argv[1])
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 2500
    stream = io.StringIO(log(seed, size))
    text = render(digest(read_lines(stream, chunk_size()), RouteTable(TEMPLATES)))
    print("\n".join(text.splitlines()[:8]))
    print("sha256", hashlib.sha256(text.encode()).hexdigest())


if __name__ == "__main__":
    main()
