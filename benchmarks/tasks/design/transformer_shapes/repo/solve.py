"""The shape of a transformer: as the knobs say, by default a usual one that is deep and narrow."""

from __future__ import annotations

import os

DEFAULTS = {"layers": 24, "heads": 10, "head_size": 64, "ffn": 1024, "batch": 1}


def solve() -> dict[str, int]:
    """Return layers, heads, head_size, ffn and batch."""
    return {name: int(os.environ.get(f"SHAPE_{name.upper()}", default)) for name, default in DEFAULTS.items()}
