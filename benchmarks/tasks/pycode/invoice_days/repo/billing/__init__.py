"""Invoices in several currencies, summed up by customer and month."""

from billing.booking import Line, read_lines
from billing.statement import Statement, statements

__all__ = ["Line", "Statement", "read_lines", "statements"]
