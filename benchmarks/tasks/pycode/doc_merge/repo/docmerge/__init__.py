"""Merges two branches of a structured document."""

from docmerge.merging import Merged, merge
from docmerge.notation import parse_changes, parse_document
from docmerge.outline import outline

__all__ = ["Merged", "merge", "outline", "parse_changes", "parse_document"]
