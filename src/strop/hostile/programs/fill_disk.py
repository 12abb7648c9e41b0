"""Fills every place that it may write to, each up to a size that no sandbox should give.

That is far above the limit: a folder that is watched, and not sized, is some moments late to see it.
"""

from __future__ import annotations

import os

from attempt import ARGUMENTS, MARKER, escaped, tell  # type: ignore[import-not-found]

BLOCK = b"x" * (1 << 20)
BEYOND = 768 << 20  # bytes above the limit; the end of the attack where nothing else ends it


def fill(path: str, most: int) -> int:
    """Write up to `most` bytes into some files; return how many there was room for."""
    written, files = 0, 0
    while written < most and files < 128:
        files += 1
        try:
            with open(f"{path}/{MARKER}-{files}", "wb", buffering=0) as file:
                for _ in range(8):
                    written += file.write(BLOCK)
        except OSError:
            if os.path.exists(f"{path}/{MARKER}-{files}") and files < 2:
                continue
            break
    return written


for argument in ARGUMENTS:
    folder, _, limit = argument.partition("=")
    total = fill(folder, int(limit) + BEYOND)
    tell(folder, total)
    if total > int(limit) + (2 << 20):
        escaped(f"{folder} took {total} bytes, the limit is {limit}")
    for name in os.listdir(folder):
        if name.startswith(MARKER):
            os.unlink(f"{folder}/{name}")
