"""Word statistics over a collection of plain-text documents."""

from wordstats.report import render_report
from wordstats.summary import Summary, chunk_size, summarise

__all__ = ["Summary", "chunk_size", "render_report", "summarise"]
