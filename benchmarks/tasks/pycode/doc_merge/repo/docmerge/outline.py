"""A document as indented lines."""

from __future__ import annotations

from docmerge.tree import Value


def outline(document: Value, name: str = "document", depth: int = 0) -> list[str]:
    """Return a line for every value of a document, those inside another one below it, fields by name."""
    start = "  " * depth + name
    if isinstance(document, dict):
        lines = [f"{start} ({len(document)} fields)"]
        for field in sorted(document):
            lines += outline(document[field], field, depth + 1)
        return lines
    if isinstance(document, list):
        lines = [f"{start} ({len(document)} items)"]
        for number, item in enumerate(document):
            lines += outline(item, str(number), depth + 1)
        return lines
    return [f"{start}: {document}"]
