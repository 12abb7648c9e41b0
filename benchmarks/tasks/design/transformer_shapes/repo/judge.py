"""Judge shape.txt: the modelled speed of a transformer of that shape, in GFLOP/s. python judge.py

Lines "name value": layers, heads, head_size, ffn (hidden units of a block), batch (sequences at once). The
speed of a forward pass is that of a made-up accelerator, counted in whole cycles: matrix units work on tiles
of 256 x 128 x 64, each product pays for the tiles that it starts, for its launch, and for the bytes that it
moves. The number of parameters has to be within the limits, and what a pass needs has to fit into memory.
"""

from __future__ import annotations

import re
from fractions import Fraction

SPACE = {
    "layers": range(4, 33, 2),
    "heads": (4, 6, 8, 10, 12, 16, 20, 24),
    "head_size": (32, 48, 64, 80, 96, 128),
    "ffn": range(512, 8193, 256),
    "batch": (1, 2, 4, 8, 12, 16),
}
"""The whole space: 15 * 8 * 6 * 31 * 6 = 133 920 shapes."""

VOCABULARY, TOKENS = 32_000, 512
LEAST_PARAMETERS, MOST_PARAMETERS = 90_000_000, 100_000_000
MEMORY_BYTES = 420_000_000
TILE = (256, 128, 64)
CYCLES_PER_TILE, LAUNCH_CYCLES, BYTES_PER_CYCLE = 512, 20_000, 32
CYCLES_PER_SECOND = 1_000_000_000


def parameters(shape: dict[str, int]) -> int:
    """Return the number of weights: the embedding, and each block's attention and feed-forward part."""
    width = shape["heads"] * shape["head_size"]
    return VOCABULARY * width + shape["layers"] * (4 * width * width + 2 * width * shape["ffn"])


def cycles(rows: int, columns: int, inner: int, times: int = 1) -> int:
    """Return the cycles of `times` products of (rows, inner) by (inner, columns): of tiles, or of bytes."""
    tiles = times
    for length, tile in zip((rows, columns, inner), TILE, strict=True):
        tiles *= -(-length // tile)
    moved = 2 * times * (rows * inner + inner * columns + rows * columns)
    return max(CYCLES_PER_TILE * tiles, -(-moved // BYTES_PER_CYCLE)) + LAUNCH_CYCLES


def speed(shape: dict[str, int]) -> Fraction | None:
    """Return the GFLOP/s of a forward pass; None for a shape beyond the limits."""
    heads, size, ffn, batch = (shape[name] for name in ("heads", "head_size", "ffn", "batch"))
    width, rows = heads * size, batch * TOKENS
    if not LEAST_PARAMETERS <= parameters(shape) <= MOST_PARAMETERS:
        return None
    kept = rows * (6 * width + ffn) + batch * heads * TOKENS * TOKENS
    if 2 * parameters(shape) + 2 * kept > MEMORY_BYTES:
        return None
    products = [
        (rows, 3 * width, width, 1),
        (TOKENS, TOKENS, size, batch * heads),
        (TOKENS, size, TOKENS, batch * heads),
        (rows, width, width, 1),
        (rows, ffn, width, 1),
        (rows, width, ffn, 1),
    ]
    head = (rows, VOCABULARY, width, 1)
    work = shape["layers"] * sum(2 * a * b * c * n for a, b, c, n in products) + 2 * rows * VOCABULARY * width
    spent = shape["layers"] * sum(cycles(*one) for one in products) + cycles(*head)
    return Fraction(work * CYCLES_PER_SECOND, spent * 10**9)


def read(path: str = "shape.txt") -> dict[str, int]:
    """Return the shape of a file; ends with a message and exit code 1 where there is none in the space."""
    try:
        with open(path, "rb") as file:
            lines = file.read(10_000).decode("ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(f"{path}: {error}") from None
    shape: dict[str, int] = {}
    for line in lines:
        found = re.fullmatch(r"([a-z_]{1,20}) ([0-9]{1,6})", line)
        if not found or found[1] not in SPACE or found[1] in shape:
            raise SystemExit(f"{path}: {line[:60]!r}: each of {', '.join(SPACE)} is expected once")
        shape[found[1]] = int(found[2])
        if shape[found[1]] not in SPACE[found[1]]:
            raise SystemExit(f"{path}: {line!r} is not in the space")
    if len(shape) != len(SPACE):
        raise SystemExit(f"{path}: each of {', '.join(SPACE)} is expected once")
    return shape


if __name__ == "__main__":
    found = speed(read())
    if found is None:
        raise SystemExit("shape.txt: the shape is beyond the limits of parameters or of memory")
    print(f"METRIC gflops={float(found):.9f}")
