"""Text to words: splitting, lower-casing, and dropping words that carry no meaning."""

from __future__ import annotations

import re

STOPWORDS = """
a about after again all also an and any are as at be because been before being between both but by
can could did do does down during each few for from further had has have having he her here hers him
his how i if in into is it its itself just like made many may me might more most much must my no nor
not now of off on once one only or other our out over own same she should since so some such than
that the their them then there these they this those through to too two under until up upon very was
we well were what when where which while who whom why will with would you your
"""


def tokenize(text: str) -> list[str]:
    """Return the words of a text in order, in lower case, without punctuation."""
    return re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower())


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a text, without surrounding white space."""
    return [part.strip() for part in re.split(r"[.!?]+", text) if part.strip()]


def drop_stopwords(words: list[str]) -> list[str]:
    """Return the words that carry meaning, in order."""
    stopwords = STOPWORDS.split()
    kept = []
    for word in words:
        if word not in stopwords:
            kept.append(word)
    return kept
