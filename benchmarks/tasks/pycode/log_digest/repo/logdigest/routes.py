"""Routes: templates such as `/users/{id:int}/orders/{order}` that paths are counted under."""

from __future__ import annotations

import re
from collections.abc import Iterable

_KINDS = {"int": r"\d+", "word": r"[^/]+", "path": r".+"}

OTHER = "(other)"


class RouteTable:
    """Templates in the order in which they are tried."""

    def __init__(self, templates: Iterable[str]) -> None:
        """Raises ValueError for a template that is none."""
        self.templates = tuple(templates)
        for template in self.templates:
            _pattern(template)

    def name_of(self, path: str) -> str:
        """Return the first template that a path fits, OTHER if there is none.

        A slash at the end of a path does not count.
        """
        for template in self.templates:
            if re.fullmatch(_pattern(template), path):
                return template
        return OTHER


def _pattern(template: str) -> str:
    if not template.startswith("/"):
        raise ValueError(f"a template starts with a slash: {template!r}")
    parts = []
    for segment in template.strip("/").split("/"):
        if segment.startswith("{") and segment.endswith("}"):
            _, _, kind = segment[1:-1].partition(":")
            if (kind or "word") not in _KINDS:
                raise ValueError(f"unknown kind {kind!r} in {template!r}; known: {', '.join(sorted(_KINDS))}")
            parts.append(_KINDS[kind or "word"])
        else:
            parts.append(re.escape(segment))
    return "/" + "/".join(parts) + "/?"
