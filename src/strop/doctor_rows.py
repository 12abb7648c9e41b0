"""Findings about a machine, and how they are shown."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Row", "as_json", "render_rows"]


@dataclass(frozen=True)
class Row:
    """One finding about the machine."""

    area: str  # "python", "git", "sandbox", "model", "profiler", "machine"
    name: str
    ok: bool | None  # None: nothing is wrong, and nothing to praise
    detail: str
    remedy: str = ""


def as_json(rows: list[Row]) -> list[dict[str, Any]]:
    """Return rows as plain JSON types."""
    return [asdict(row) for row in rows]


def render_rows(rows: list[Row], console: Console) -> None:
    """Print rows, area by area, with the remedy below what is wrong."""
    from rich.text import Text

    from strop.report.text import grid
    from strop.report.words import clean

    table = grid("", "", "", "")
    marks = {True: Text("ok", "green"), False: Text("no", "bold red"), None: Text("-", "dim")}
    area = ""
    for row in rows:
        detail = Text(clean(row.detail))
        if row.remedy:
            detail.append(f"\n-> {clean(row.remedy)}", "yellow" if row.ok is False else "dim")
        table.add_row(
            Text(row.area if row.area != area else "", "bold"), marks[row.ok], Text(row.name), detail
        )
        area = row.area
    console.print(table)
