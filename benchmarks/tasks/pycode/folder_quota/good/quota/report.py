"""The report for administrators."""

from __future__ import annotations

from quota.limits import excesses
from quota.listing import Entry
from quota.tree import Figures, Folder, all_figures, build

LARGE = 0.02  # of all that is used: smaller folders are left out


def report(entries: list[Entry], limits: dict[str, int]) -> str:
    """Return the folders above their limits, then the outline of large folders, as lines."""
    top = build(entries)
    lines = [f"{top.size()} bytes in {top.files()} files"]
    for excess in excesses(top, limits):
        lines.append(f"over by {excess.used - excess.limit}: {excess.path} ({excess.used} of {excess.limit})")
    lines += outline(top)
    return "\n".join(lines) + "\n"


def outline(top: Folder) -> list[str]:
    """Return large folders as an indented outline, the largest first, equal ones by name."""
    lines: list[str] = []
    figures = all_figures(top)
    _outline(top, figures, LARGE * figures[top].size, 0, lines)
    return lines


def _outline(
    folder: Folder, figures: dict[Folder, Figures], least: float, depth: int, lines: list[str]
) -> None:
    own = figures[folder]
    if own.size < least:
        return
    name = folder.name or "/"
    lines.append(f"{'  ' * depth}{name} {own.size} {own.files} files, last day {own.last_day}")
    for part in sorted(folder.folders.values(), key=lambda part: (-figures[part].size, part.name)):
        _outline(part, figures, least, depth + 1, lines)
