"""The reconciliation as text."""

from __future__ import annotations

from collections import Counter

from stock.bins import aisle_of
from stock.reconcile import Reconciliation


def render(result: Reconciliation) -> str:
    """Return the figures, then a line for every difference, then the aisles with misplaced items."""
    lines = [
        f"matched {result.matched}",
        f"missing {len(result.missing)}",
        f"surplus {len(result.surplus)}",
        f"misplaced {len(result.misplaced)}",
        f"repeats {result.repeats}",
        f"rejected {len(result.rejected)}",
    ]
    lines += [f"- {serial}" for serial in result.missing]
    lines += [f"+ {serial}" for serial in result.surplus]
    lines += [f"> {serial} {old} {new}" for serial, old, new in result.misplaced]
    lines += [f"? {line}" for line in result.rejected]
    aisles = Counter(aisle_of(new) for _, _, new in result.misplaced)
    lines += [f"aisle {aisle} {count}" for aisle, count in sorted(aisles.items())]
    return "\n".join(lines) + "\n"
