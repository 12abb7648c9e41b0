"""Elements as text, and what must be escaped in it."""

from __future__ import annotations

from catalogue.elements import Element

EMPTY = ("br", "hr", "img", "link", "meta")


def escape(text: str) -> str:
    """Return a text with all that means something in HTML escaped; control characters become spaces."""
    result = ""
    for character in text:
        if character == "&":
            result = result + "&amp;"
        elif character == "<":
            result = result + "&lt;"
        elif character == ">":
            result = result + "&gt;"
        elif character == '"':
            result = result + "&quot;"
        elif ord(character) < 32 and character != "\n":
            result = result + " "
        else:
            result = result + character
    return result


def start_tag(element: Element) -> str:
    """Return a start tag with the attributes in alphabetical order; `_` in their names becomes `-`."""
    text = "<" + element.tag
    for name in sorted(element.attributes):
        text = text + " " + name.strip("_").replace("_", "-") + '="' + escape(element.attributes[name]) + '"'
    return text + ">"


def indented(text: str) -> str:
    """Return a text with two spaces before every line, the last one included."""
    result = ""
    for line in text.split("\n"):
        result = result + ("\n" if result else "") + "  " + line
    return result


def render(element: Element) -> str:
    """Return an element as lines, its children two spaces further in; without a new line at the end.

    An element whose only child is a text of one line is one line.
    """
    start = start_tag(element)
    if element.tag in EMPTY:
        return start
    end = "</" + element.tag + ">"
    if not element.children:
        return start + end
    if len(element.children) == 1:
        only = element.children[0]
        if isinstance(only, str) and "\n" not in only:
            return start + escape(only) + end
    text = start
    for child in element.children:
        inner = escape(child) if isinstance(child, str) else render(child)
        text = text + "\n" + indented(inner)
    return text + "\n" + end
