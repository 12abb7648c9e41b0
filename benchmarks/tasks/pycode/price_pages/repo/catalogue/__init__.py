"""Price lists as HTML pages."""

from catalogue.items import Group, Item
from catalogue.pages import page

__all__ = ["Group", "Item", "page"]
