"""The summary as plain text."""

from __future__ import annotations

from wordstats.summary import Summary


def render_report(summary: Summary) -> str:
    """Return a summary as lines of text, for people and for comparing two summaries."""
    text = f"documents        {summary.documents}\n"
    text += f"words            {summary.words}\n"
    text += f"different words  {summary.different_words}\n"
    first, second, shared = summary.closest
    text += f"closest          {first} and {second} share {shared} words\n"
    for word, count in summary.top_words:
        text += f"  {count:6d}  {word}\n"
    for (left, right), count in summary.top_pairs:
        text += f"  {count:6d}  {left} {right}\n"
    return text
