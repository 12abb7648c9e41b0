"""The end of a job: confirm the winner, drop what loses nothing from it, confirm the rest."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator
from dataclasses import dataclass

from strop.agents.session import Session
from strop.candidate import BASELINE, Candidate, FileEdit
from strop.events import Event
from strop.sandbox.measure.planning import plan_pairs
from strop.trial import Confirmation

__all__ = ["confirm", "minimise", "parts", "without"]

MOST_PARTS = 16
"""A patch of more parts is minimised by its largest parts only: each costs a measurement."""

PARTS_PAIRS = 6
LOSS = 0.02
"""A part stays unless the rest is shown to lose less than this (log ratio) without it."""


def confirm(session: Session) -> None:
    """Confirm the champion with a fixed number of fresh pairs, and keep the confirmation."""
    study = session.study
    best = session.view.contender_trial()
    if best is None or best.objective is None or study.get("confirmation") is not None:
        return
    session.listener(Event("phase", {"name": "confirm", "trial": best.number}))
    pairs = plan_pairs(
        session.baseline.calibration,
        session.view.job.minimum_effect,
        best.objective.ratio,
        pairs_seen=best.objective.pairs,
        candidates=len(session.view.trials()),
    )
    candidate = session.view.candidate(best.candidate)
    found = session.evaluator.confirm(
        candidate, session.baseline, pairs=pairs, label=f"confirm-{best.number}"
    )
    study.set("confirmation", found.to_json())
    session.guard.keep()


def minimise(session: Session) -> None:
    """Minimise a confirmed champion; the rest counts only where it is confirmed, too."""
    study = session.study
    first = study.get("confirmation")
    if first is None or not first["claimed"] or study.get("minimised") is not None:
        return
    whole = session.view.candidate(first["candidate"])
    session.listener(Event("phase", {"name": "minimise"}))
    reduced, dropped = _reduce(session, whole)
    if reduced.id == whole.id:
        study.set("minimised", {"candidate": whole.id, "dropped": [], "confirmation": None})
        return
    study.add(reduced, session.view.snapshot.texts)
    pairs = plan_pairs(
        session.baseline.calibration,
        session.view.job.minimum_effect,
        first["comparisons"][0]["ratio"],
    )
    found = session.evaluator.confirm(reduced, session.baseline, pairs=pairs, label=f"confirm-{reduced.id}")
    kept = reduced if found.claimed else whole
    study.set(
        "minimised",
        {
            "candidate": kept.id,
            "dropped": dropped if found.claimed else [],
            "confirmation": found.to_json() if found.claimed else None,
        },
    )
    session.guard.keep()


@dataclass(frozen=True)
class Part:
    """A part of a candidate that can be left out: a hunk of a file, or a knob's value."""

    name: str  # for people
    path: str = ""
    start: int = 0  # lines of the base that the hunk replaces
    end: int = 0
    knob: str = ""
    size: int = 0  # lines


def parts(candidate: Candidate, base: dict[str, str]) -> list[Part]:
    """Return a candidate's parts, hunks in order of file and line, then knobs."""
    found = []
    for edit in candidate.edits:
        old = base.get(edit.path, "").splitlines(keepends=True)
        if edit.text is None or edit.path not in base:
            found.append(Part(edit.path, edit.path, 0, len(old), size=len(old)))
            continue
        for start, end, new in _hunks(old, edit.text.splitlines(keepends=True)):
            size = max(end - start, len(new))
            found.append(Part(f"{edit.path}:{start + 1}", edit.path, start, end, size=size))
    return found + [Part(f"{name}={value}", knob=name) for name, value in candidate.knobs]


def without(candidate: Candidate, part: Part, base: dict[str, str]) -> Candidate:
    """Return the candidate less one of its parts."""
    edits = []
    for edit in candidate.edits:
        if edit.path != part.path:
            edits.append(edit)
        elif edit.text is not None and edit.path in base:
            old = base[edit.path].splitlines(keepends=True)
            lines = list(old)
            for start, end, new in reversed(list(_hunks(old, edit.text.splitlines(keepends=True)))):
                if (start, end) != (part.start, part.end):
                    lines[start:end] = new
            if "".join(lines) != base[edit.path]:
                edits.append(FileEdit(edit.path, "".join(lines)))
    knobs = tuple((name, value) for name, value in candidate.knobs if name != part.knob)
    return Candidate(tuple(edits), knobs, (candidate.id,), "minimise", candidate.rationale, candidate.choices)


def _hunks(old: list[str], new: list[str]) -> Iterator[tuple[int, int, list[str]]]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            yield start, end, new[new_start:new_end]


def _reduce(session: Session, whole: Candidate) -> tuple[Candidate, list[str]]:
    """Leave parts out one after the other, as long as nothing is lost."""
    base = session.view.snapshot.texts
    current, dropped = whole, []
    tried = sorted(parts(whole, base), key=lambda part: -part.size)[:MOST_PARTS]
    for part in sorted(tried, key=lambda part: (part.path, -part.start)):
        # An earlier removal can merge hunks: a part that is no longer there as such stays.
        if part not in parts(current, base) or len(parts(current, base)) == 1:
            continue
        smaller = without(current, part, base)
        if smaller.id == BASELINE.id:
            continue
        found = session.evaluator.confirm(
            smaller, session.baseline, pairs=PARTS_PAIRS, against=current, label=f"minimise-{smaller.id}"
        )
        lost = _loses(found)
        session.listener(Event("note", {"text": f"without {part.name}: {'worse' if lost else 'no loss'}"}))
        if not lost:
            current = smaller
            dropped.append(part.name)
    return current, dropped


def _loses(found: Confirmation) -> bool:
    """Return whether a candidate without a part may be worse than the one with it."""
    if not found.comparisons:
        return True
    return math.log(max(found.comparisons[0].low, 1e-9)) < -LOSS
