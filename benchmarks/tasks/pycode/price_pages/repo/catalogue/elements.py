"""HTML as a tree of elements."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Element:
    """An element with its children, which are elements and texts."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def add(self, tag: str, *texts: str, **attributes: str) -> Element:
        """Append a new element with these texts, and return it."""
        element = Element(tag, attributes, list(texts))
        self.children.append(element)
        return element
