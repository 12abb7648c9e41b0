"""A small shop in SQLite, and its monthly statement."""

from orders.schema import create
from orders.statement import Statement, page_size, render, statement

__all__ = ["Statement", "create", "page_size", "render", "statement"]
