"""Elements as text, and what must be escaped in it."""

from __future__ import annotations

from catalogue.elements import Element

EMPTY = ("br", "hr", "img", "link", "meta")
_ESCAPES = str.maketrans(
    {chr(code): " " for code in range(32) if chr(code) != "\n"}
    | {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
)


def escape(text: str) -> str:
    """Return a text with all that means something in HTML escaped; control characters become spaces."""
    return text.translate(_ESCAPES)


def start_tag(element: Element) -> str:
    """Return a start tag with the attributes in alphabetical order; `_` in their names becomes `-`."""
    if not element.attributes:
        return f"<{element.tag}>"
    parts = [
        f' {name.strip("_").replace("_", "-")}="{escape(element.attributes[name])}"'
        for name in sorted(element.attributes)
    ]
    return f"<{element.tag}{''.join(parts)}>"


def indented(text: str) -> str:
    """Return a text with two spaces before every line, the last one included."""
    return "  " + text.replace("\n", "\n  ")


def render(element: Element) -> str:
    """Return an element as lines, its children two spaces further in; without a new line at the end.

    An element whose only child is a text of one line is one line.
    """
    pieces: list[str] = []
    _write(element, "\n", pieces)
    return "".join(pieces)


def _write(element: Element, new_line: str, pieces: list[str]) -> None:
    """Append the text of an element whose lines begin with `new_line`, but for the first."""
    pieces.append(start_tag(element).replace("\n", new_line))
    if element.tag in EMPTY:
        return
    children = element.children
    if len(children) == 1 and isinstance(children[0], str) and "\n" not in children[0]:
        pieces.append(escape(children[0]))
    elif children:
        inner = new_line + "  "
        for child in children:
            pieces.append(inner)
            if isinstance(child, str):
                pieces.append(escape(child).replace("\n", inner))
            else:
                _write(child, inner, pieces)
        pieces.append(new_line)
    pieces.append(f"</{element.tag}>")
