"""Which folders of a shared disk are too large."""

from quota.listing import Entry, parse
from quota.report import report

__all__ = ["Entry", "parse", "report"]
