"""What a day was like, in figures."""

from __future__ import annotations

from clinic.patients import Story


def figures(stories: list[Story]) -> dict[str, int]:
    """Return counts, and the waits of those who saw a doctor, in seconds; 0 where nobody did."""
    waits = sorted(story.wait_s for story in stories if story.wait_s is not None)
    return {
        "patients": len(stories),
        "seen": len(waits),
        "gone": len(stories) - len(waits),
        "median_wait_s": waits[len(waits) // 2] if waits else 0,
        "longest_wait_s": waits[-1] if waits else 0,
    }
