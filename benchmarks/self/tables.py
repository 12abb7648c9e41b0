"""Tables of claims: how often a rule claimed, by what was true and on which machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Cell", "limits", "percent", "print_tables"]

WIDTH = 118


@dataclass(frozen=True)
class Cell:
    """Claims of one rule, for one case on one machine, with 95 % limits of their share."""

    machine: str  # or what else a table of its own is made for
    rule: str
    case: str
    claims: int
    rounds: int
    low: float
    high: float


def limits(hits: float, rounds: float) -> tuple[float, float]:
    """Return the exact 95 % limits of a share (Clopper & Pearson 1934).

    Where rounds overlap, `hits` and `rounds` are scaled down together to the independent ones.
    """
    from scipy.special import betaincinv

    low = float(betaincinv(hits, rounds - hits + 1, 0.025)) if hits > 0 else 0.0
    high = float(betaincinv(hits + 1, rounds - hits, 0.975)) if hits < rounds else 1.0
    return low, high


def percent(share: float, low: float, high: float) -> str:
    """Return a share with its limits, in per cent."""
    return f"{100 * share:.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def print_tables(cells: Sequence[Cell], title: str) -> None:
    """Print one table a machine: rules down, cases across."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=max(WIDTH, Console().width))
    console.print(title, markup=False)
    for machine in dict.fromkeys(cell.machine for cell in cells):
        mine = [cell for cell in cells if cell.machine == machine]
        table = Table(title=machine, title_justify="left")
        table.add_column("rule")
        for case in dict.fromkeys(cell.case for cell in mine):
            table.add_column(case, justify="right")
        for rule in dict.fromkeys(cell.rule for cell in mine):
            row = [percent(c.claims / c.rounds, c.low, c.high) for c in mine if c.rule == rule]
            table.add_row(rule, *(text.replace("[", "\\[") for text in row))
        console.print(table)
