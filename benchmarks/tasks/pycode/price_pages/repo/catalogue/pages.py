"""The page of a price list."""

from __future__ import annotations

from catalogue.elements import Element
from catalogue.items import Group
from catalogue.markup import render
from catalogue.money import euros


def page(groups: list[Group], title: str) -> str:
    """Return the HTML of a price list, with contents and a new line at the end."""
    root = Element("html", {"lang": "en"})
    head = root.add("head")
    head.add("meta", charset="utf-8")
    head.add("title", title)
    body = root.add("body")
    body.add("h1", title)
    contents = body.add("ul", class_="contents")
    for group in groups:
        contents.add("li").add("a", group.name, href="#" + _place(group))
        body.children.append(_section(group, 2))
    return "<!DOCTYPE html>\n" + render(root) + "\n"


def _section(group: Group, level: int) -> Element:
    section = Element("section", {"id": _place(group), "data_items": str(len(group.items))})
    section.add(f"h{min(level, 6)}", group.name)
    if group.items:
        table = section.add("table", class_="prices")
        for item in group.items:
            row = table.add("tr")
            row.add("td", item.name)
            row.add("td", euros(item.cents), class_="low" if item.cents < 1000 else "high")
            if item.note:
                row.add("td", *item.note.split("\n\n"))
    for part in group.groups:
        section.children.append(_section(part, level + 1))
    return section


def _place(group: Group) -> str:
    return "-".join(group.name.lower().split())
