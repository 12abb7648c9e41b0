"""Lines of a stream that is read in chunks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TextIO


def chunk_size() -> int:
    """Return how many characters are read at once: LOGDIGEST_CHUNK, 8192 where it isn't set."""
    return max(1, int(os.environ.get("LOGDIGEST_CHUNK", "8192")))


def read_lines(stream: TextIO, chunk: int = 8192) -> Iterator[str]:
    """Yield the lines of a stream without their ends, leaving out empty ones."""
    rest = ""
    while text := stream.read(chunk):
        *lines, rest = (rest + text).split("\n")
        yield from filter(None, lines)
    if rest:
        yield rest
