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


def family(agent: str) -> str:
    """Return the family of a user agent, "other" for one that is unknown."""
    for name, words in _FAMILIES:
        if re.match(f".*({'|'.join(words)}).*", agent, re.IGNORECASE):
            return name
    return "other"
