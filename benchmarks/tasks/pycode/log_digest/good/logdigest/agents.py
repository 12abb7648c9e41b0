"""Who reads: families of user agents."""

from __future__ import annotations

import re

# The first family with one of its words anywhere in the agent is the agent's; case does not matter.
_FAMILIES = (
    ("robot", ("bot", "crawl", "spider", "slurp")),
    ("program", ("curl", "wget", "python", "java/")),
    ("edge", ("edg/", "edge/")),
    ("firefox", ("firefox", "fxios")),
    ("chrome", ("chrome", "crios")),
    ("safari", ("safari",)),
)
_PATTERNS = tuple((name, re.compile("|".join(words), re.IGNORECASE)) for name, words in _FAMILIES)


def family(agent: str) -> str:
    """Return the family of a user agent, "other" for one that is unknown."""
    for name, pattern in _PATTERNS:
        if pattern.search(agent):
            return name
    return "other"
