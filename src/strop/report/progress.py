"""What a running job has told so far, kept small for a display."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from strop.events import Event
from strop.job import Job
from strop.report.words import (
    attempt_sentence,
    better,
    difference_text,
    interval_text,
    noise_text,
    one_line,
    ratio_text,
    trial_sentence,
    value_text,
)

__all__ = ["Progress", "event_sentence"]

OUTCOMES = 8
"""Last outcomes that a display shows."""


@dataclass
class Progress:
    """The state of a display; takes events one at a time."""

    job: Job
    started: float | None = None  # time of the first event, seconds since the epoch
    study: str = ""
    phase: str = "start"
    running: dict[int, str] = field(default_factory=dict)  # trial number -> its stage
    counts: dict[str, int] = field(default_factory=dict)  # by state or verdict
    attempts: int = 0  # answers that came to no trial
    champion: dict[str, Any] | None = None
    baseline: str = ""
    cost: dict[str, Any] = field(default_factory=dict)
    status: str = ""
    outcomes: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=OUTCOMES))

    @property
    def word(self) -> str:
        """What a ratio above 1 means for the job's objective."""
        return better(self.job.objective.name, self.job.objective.direction)

    @property
    def trials(self) -> int:
        """Finished trials that took a place in the budget."""
        return sum(count for what, count in self.counts.items() if what != "interrupted")

    def take(self, event: Event) -> str | None:
        """Learn from an event; returns the sentence that is worth a line, None where none is."""
        if self.started is None:
            self.started = event.time
        sentence = event_sentence(event, self.word)
        learn = getattr(self, f"_{event.kind}", None)
        if learn is not None:
            learn(event.data)
        if sentence and event.kind in ("trial", "attempt", "note", "baseline"):
            self.outcomes.append((_style(event), sentence))
        return sentence

    def _phase(self, data: dict[str, Any]) -> None:
        self.phase = str(data.get("name", ""))
        self.study = str(data.get("study", self.study))
        self.running.clear()
        if self.phase.startswith("baseline optimizer"):
            # Another study of the same budget begins: its trials are counted from 0 again.
            self.counts, self.champion, self.attempts = {}, None, 0

    def _baseline(self, data: dict[str, Any]) -> None:
        self.phase = "search"
        self.running.clear()
        metrics = [f"{name} {value_text(name, value)}" for name, value in data.get("metrics", {}).items()]
        self.baseline = ", ".join([*metrics, _noise(data)])

    def _stage(self, data: dict[str, Any]) -> None:
        self.running[int(data.get("trial", -1))] = str(data.get("stage", ""))

    def _trial(self, data: dict[str, Any]) -> None:
        self.running.pop(int(data.get("number", -1)), None)
        state = str(data.get("state", ""))
        what = str(data.get("verdict") or state) if state == "complete" else state
        self.counts[what] = self.counts.get(what, 0) + 1

    def _attempt(self, data: dict[str, Any]) -> None:
        self.attempts += 1

    def _champion(self, data: dict[str, Any]) -> None:
        self.champion = dict(data)

    def _cost(self, data: dict[str, Any]) -> None:
        self.cost = dict(data)

    def _end(self, data: dict[str, Any]) -> None:
        self.status = str(data.get("status", ""))
        self.running.clear()


def event_sentence(event: Event, word: str) -> str | None:
    """Return an event in a sentence; None for kinds that only a live display shows."""
    data = event.data
    if event.kind == "trial":
        why = f" ({one_line(str(data['rationale']), 80)})" if data.get("rationale") else ""
        outcome = trial_sentence(data, word)
        author = one_line(str(data.get("author") or "nobody"), 20)
        return f"trial {data.get('number', '?')} by {author}: {outcome}{why}"
    if event.kind == "attempt":
        return attempt_sentence(data)
    if event.kind == "note":
        return one_line(str(data.get("text", "")), 400) or None
    if event.kind == "phase":
        rest = f" of trial {data['trial']}" if "trial" in data else ""
        return one_line(f"{data.get('name', '')} {data.get('study', '')}".strip()) + rest
    if event.kind == "baseline":
        values = [f"{name} {value_text(name, value)}" for name, value in data.get("metrics", {}).items()]
        verified = data.get("verified_by") or "nothing"
        return f"baseline: {', '.join([*values, _noise(data)])}, verified by {verified}"
    if event.kind == "end":
        return one_line(f"end: {data.get('status', '')}")
    return None


def champion_text(data: dict[str, Any], word: str) -> str:
    """Return the best so far; an estimate of the search, never a claim."""
    interval = f" {interval_text(data)}" if data.get("low") is not None else ""
    who = f"trial {data.get('trial', '?')} by {one_line(str(data.get('author') or 'nobody'), 20)}"
    if data.get("difference"):
        return f"{who}: promising, better by an estimated {difference_text(data['difference'])}"
    return f"{who}: promising, an estimated {ratio_text(data.get('ratio'))}{interval} times {word}"


def _style(event: Event) -> str:
    if event.kind == "trial":
        if event.data.get("state") == "failed":
            return "red"
        return {"promising": "green", "worse": "yellow"}.get(str(event.data.get("verdict")), "")
    return "dim"


def _noise(data: dict[str, Any]) -> str:
    return noise_text(float(data.get("noise", 0.0)), str(data.get("compare", "ratio")))
