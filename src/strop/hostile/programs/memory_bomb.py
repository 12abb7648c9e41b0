"""A memory bomb: touches four times the memory that the sandbox has."""

from __future__ import annotations

from attempt import ARGUMENTS, escaped  # type: ignore[import-not-found]

limit = int(ARGUMENTS[0])
step = 8 << 20
held = []
for _ in range(4 * limit // step):
    block = bytearray(step)
    block[::4096] = block[::4096]
    held.append(block)
escaped(f"{len(held) * step} bytes of memory were given to it, the limit is {limit}")
