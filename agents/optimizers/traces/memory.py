"""What was tried before: values, scores, feedback, and proposals that were no values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from strop.agents.models.ledger import estimated_tokens
from strop.agents.optimizers.traces.showing import shortened, shown

__all__ = ["Entry", "Memory"]

FEEDBACK_CHARACTERS = 300


@dataclass(frozen=True)
class Entry:
    """One set of values that was tried, or one proposal that was refused."""

    values: Mapping[str, Any]  # by stable names: those of `Memory.names`
    feedback: str = ""
    score: float | None = None  # more is better
    refused: str = ""  # why it was no value; then nothing was tried

    def text(self) -> str:
        """Return it as lines for a prompt."""
        rows = [f"  {name} = {shortened(shown(value, None), 600)}" for name, value in self.values.items()]
        if self.refused:
            head = f"refused: {shortened(self.refused, FEEDBACK_CHARACTERS)}"
        else:
            score = "" if self.score is None else f"score {self.score:.6g}; "
            head = f"{score}{shortened(self.feedback, FEEDBACK_CHARACTERS)}"
        return "\n".join([f"- {head}", *rows])


@dataclass
class Memory:
    """Entries in their order; the best is never forgotten."""

    size: int = 8  # of the latest that a prompt gets; 0: none
    entries: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """Keep an entry."""
        self.entries.append(entry)

    @property
    def best(self) -> Entry | None:
        """The tried entry with the highest score; the first of equals."""
        scored = [entry for entry in self.entries if entry.score is not None and not entry.refused]
        return max(scored, key=lambda entry: entry.score or 0.0, default=None)

    def text(self, max_tokens: int) -> str:
        """Return the best and the latest entries for a prompt, oldest first, in so many tokens."""
        if self.size == 0:
            return ""
        latest: Sequence[Entry] = self.entries[-self.size :]
        best = self.best
        kept: list[str] = []
        left = max_tokens
        if best is not None:
            text = f"The best so far:\n{best.text()}"
            left -= estimated_tokens(text)
            kept = [text] if left >= 0 else []
        rows: list[str] = []
        for entry in reversed(latest):
            text = entry.text()
            left -= estimated_tokens(text)
            if left < 0:
                break
            rows.insert(0, text)
        if rows:
            kept.append("The latest:\n" + "\n".join(rows))
        return "\n".join(kept)
