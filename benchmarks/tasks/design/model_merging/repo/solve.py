"""How much of each expert the merged network has: as the knobs say, by default a third of each."""

from __future__ import annotations

import os
from typing import Any

SHARES = [float(os.environ.get(f"MERGE_EXPERT_{number}", "0.3333")) for number in (1, 2, 3)]
LAST = float(os.environ.get("MERGE_LAST", "1"))


def solve(base: Any, experts: list[Any], inputs: Any, classes: Any) -> list[list[float]]:
    """Return a row of shares, one for each expert, for each of the tensors of nets.TENSORS.

    The merged network has base + sum of share * (expert - base). Inputs and classes are a few examples.
    """
    last = [LAST * share for share in SHARES]
    return [list(SHARES), list(SHARES), last, list(last)]
