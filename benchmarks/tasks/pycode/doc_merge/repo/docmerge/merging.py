"""The merge: changes of both sides on a common base, except where they disagree."""

from __future__ import annotations

from dataclasses import dataclass

from docmerge.notation import Change
from docmerge.tree import PathError, Value, with_item, with_value, without


@dataclass(frozen=True)
class Merged:
    """The outcome of a merge. Both lists are in the order of the changes."""

    document: Value
    conflicts: list[tuple[Change, Change]]  # (ours, theirs); ours is in the document
    failed: list[tuple[Change, str]]  # changes of a place that is not there (any more), with the reason


def merge(base: Value, ours: list[Change], theirs: list[Change]) -> Merged:
    """Return the base with our changes, then theirs as far as they do not meet ours.

    Two changes meet where one is about the place of the other, or about something around it.
    Additions to the same list do not: both are kept. The base stays as it is.
    """
    conflicts = [(mine, other) for other in theirs for mine in ours if _meet(mine, other)]
    refused = {id(other) for _, other in conflicts}
    document = base
    failed = []
    for change in [*ours, *(other for other in theirs if id(other) not in refused)]:
        try:
            document = apply(document, change)
        except PathError as error:
            failed.append((change, str(error)))
    return Merged(document, conflicts, failed)


def apply(document: Value, change: Change) -> Value:
    """Return a document with one change; the document that was given stays as it is."""
    if change.kind == "set":
        return with_value(document, change.path, change.value)
    if change.kind == "add":
        return with_item(document, change.path, change.value)
    return without(document, change.path)


def _meet(mine: Change, other: Change) -> bool:
    if mine.kind == other.kind == "add":
        return False
    shorter = min(len(mine.path), len(other.path))
    return mine.path[:shorter] == other.path[:shorter] and mine != other
