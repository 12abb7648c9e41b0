"""What a job tells while it runs: small plain events, for displays and for machines."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["NO_IDEA", "Event", "Listener", "note", "silent"]

NO_IDEA = "nobody has a further idea"
"""Why a search ended before its budget: all optimizers have said so."""


@dataclass(frozen=True)
class Event:
    """One thing that happened; `data` holds plain JSON values.

    Kinds: "note" (text), "stage" (trial, stage), "trial" (a finished trial's summary), "attempt"
    (an answer or proposal that came to no trial), "champion", "round" (turn of the search, numbers of the
    trials finished in it), "phase" (name), "cost", "end".
    """

    kind: str
    data: dict[str, Any] = field(default_factory=dict)
    time: float = field(default_factory=time.time)  # seconds since the epoch


Listener = Callable[[Event], None]


def silent(event: Event) -> None:
    """Listen to nothing."""


def note(listener: Listener, text: str) -> None:
    """Tell a sentence that is for whoever looks on."""
    listener(Event("note", {"text": text}))
