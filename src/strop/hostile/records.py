"""What the hostile suite deals in: cases, verdicts, rows of its table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["CONTAINED", "Case", "Escape", "OrchestratorCase", "Row"]

CONTAINED = "contained"


class Escape(Exception):
    """What a judge found: the attack did something that it must not; the text says what."""

    def __init__(self, what: str, *, gap: str = "") -> None:
        """`gap`: the name in `Backend.unsupported()` of what would have contained it."""
        super().__init__(what)
        self.gap = gap


@dataclass(frozen=True)
class Case:
    """One hostile behaviour."""

    number: int  # 1 to 42, the same for all parts of one behaviour
    name: str  # a few words
    contained_by: str  # what stands against it


@dataclass(frozen=True)
class OrchestratorCase(Case):
    """A behaviour that strop itself has to contain: an answer, a result, a tree."""

    judge: Callable[[], str]  # returns what it saw; raises `Escape`


@dataclass(frozen=True)
class Row:
    """What came of a case."""

    number: int
    name: str
    where: str  # name of the backend, "strop" for the orchestrator
    verdict: str  # "contained", "unsupported: reason" or "ESCAPED: what"
    detail: str  # what was seen
    seconds: float

    @property
    def escaped(self) -> bool:
        """Whether the case is a hole."""
        return not (self.verdict == CONTAINED or self.verdict.startswith("unsupported: "))
