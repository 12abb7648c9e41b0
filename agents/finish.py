"""The end of a job: race the best, confirm the winner, drop what loses nothing from it, confirm the rest."""

from __future__ import annotations

from strop.agents.optimizers.literal_search import untuned
from strop.agents.parts import parts, without
from strop.agents.race import race
from strop.agents.session import Session
from strop.candidate import BASELINE, Candidate
from strop.events import Event, note
from strop.trial import Confirmation

__all__ = ["confirm", "minimise", "tell_apart"]

MOST_PARTS = 16
"""Of a patch of more parts only the first are tried: each costs a measurement."""

PART_PAIRS = 6
LEAST_PAIRS = 8
LOSS = 0.03
"""A part stays where the rest is estimated to lose more than this without it."""


def confirm(session: Session) -> None:
    """Confirm the champion with a fixed number of fresh pairs, and keep the confirmation."""
    study = session.study
    if study.get("confirmation") is not None or (raced := race(session)) is None:
        return
    best, expected, seen = raced
    session.listener(Event("phase", {"name": "confirm", "trial": best.number}))
    pairs = session.baseline.plan(
        session.view.job, expected, seen=seen, candidates=len(session.view.trials())
    )
    candidate = session.view.candidate(best.candidate)
    found = session.evaluator.confirm(
        candidate,
        session.baseline,
        pairs=pairs,
        label=f"confirm-{best.number}",
        claims_made=session.claims_made,
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
    reduced, dropped, worth = _reduce(session, whole)
    kept: dict[str, object] = {"candidate": whole.id, "dropped": [], "confirmation": None}
    if reduced.id != whole.id:
        study.add(reduced, session.view.snapshot.texts)
        pairs = session.baseline.plan(session.view.job, first["comparisons"][0]["ratio"])
        label = f"confirm-{reduced.id}"
        session.listener(Event("phase", {"name": "confirm the rest"}))
        found = session.evaluator.confirm(
            reduced, session.baseline, pairs=pairs, label=label, claims_made=session.claims_made
        )
        # What each part seemed not to lose could add up: the rest has to hold against the whole.
        beside = session.evaluator.confirm(
            reduced, session.baseline, pairs=LEAST_PAIRS, against=whole, label=f"beside-{reduced.id}"
        )
        if found.claimed and not _loses(beside):
            kept = {"candidate": reduced.id, "dropped": dropped, "confirmation": found.to_json()}
    study.set("minimised", {**kept, "parts": worth})
    session.guard.keep()


def tell_apart(session: Session) -> None:
    """Measure what a winner of code and knobs gains by its code alone, and by its knobs alone.

    Where its code's annotated literals were tuned, the code alone has the values that it was written with,
    and what the tuning gained is measured against that code. Estimates with their intervals, from fresh
    pairs; the claim is of all together.
    """
    study = session.study
    first, kept = study.get("confirmation"), study.get("minimised")
    if first is None or not first["claimed"] or study.get("apart") is not None:
        return
    winner = session.view.candidate((kept or first)["candidate"])
    changed = {name: v for name, v in winner.values.items() if v != session.view.job.knob(name).default}
    written = untuned(session.view, session.view.candidate(first["candidate"]), winner)
    if not winner.edits or (not changed and written.id == winner.id):
        return
    session.listener(Event("phase", {"name": "tell code and knobs apart"}))
    found = {"code": _alone(session, "code", Candidate(written.edits))}
    if changed:
        found["knobs"] = _alone(session, "knobs", Candidate(knobs=tuple(changed.items())))
    if written.id != winner.id:
        found["literals"] = _alone(session, "literals", winner, against=written)
    study.set("apart", found)
    session.guard.keep()


def _alone(
    session: Session, part: str, candidate: Candidate, against: Candidate = BASELINE
) -> dict[str, object]:
    found = session.evaluator.confirm(
        candidate,
        session.baseline,
        pairs=LEAST_PAIRS,
        against=against,
        label=f"apart-{part}-{candidate.id}",
    )
    if not found.comparisons:
        return {"ratio": None, "low": None, "high": None, "reason": found.reason}
    c = found.comparisons[0]
    difference = list(c.difference) if c.difference else None
    return {"ratio": c.ratio, "low": c.low, "high": c.high, "difference": difference, "reason": ""}


def _reduce(session: Session, whole: Candidate) -> tuple[Candidate, list[str], list[dict[str, object]]]:
    """Leave parts out one after the other, as long as nothing is lost; also returns what each is worth."""
    base = session.view.snapshot.texts
    current = whole
    dropped: list[str] = []
    worth: list[dict[str, object]] = []
    # Imports and constants come last: they can go once nothing uses them.
    for part in parts(whole, base)[:MOST_PARTS]:
        smaller = without(current, part, base)
        if smaller.id in (current.id, BASELINE.id) or session.view.job.knob_problem(smaller.values):
            continue
        found = session.evaluator.confirm(
            smaller,
            session.baseline,
            pairs=PART_PAIRS,
            against=current,
            label=f"minimise-{smaller.id}",
            held_out=False,
        )
        lost = _loses(found)
        note(session.listener, f"without {part.name}: {_outcome(found, lost)}")
        worth.append(_worth(part.name, found, kept=lost))
        if not lost:
            current = smaller
            dropped.append(part.name)
    return current, dropped, worth


def _worth(name: str, found: Confirmation, *, kept: bool) -> dict[str, object]:
    """Return how much better the rest is with a part than without it, as plain JSON types."""
    row: dict[str, object] = {"part": name, "kept": kept, "ratio": None, "low": None, "high": None}
    row |= {"difference": None, "reason": found.reason}
    if not found.comparisons:
        return row
    c = found.comparisons[0]  # of the candidate without the part, with the one that has it
    if c.difference is not None:
        estimate, low, high = c.difference
        return row | {"difference": [-estimate, -high, -low], "reason": ""}
    inverse = {"ratio": 1 / c.ratio, "low": 1 / c.high, "high": 1 / c.low if c.low > 0 else None}
    return row | inverse | {"reason": ""}


def _outcome(found: Confirmation, lost: bool) -> str:
    if not found.comparisons:
        return f"{found.reason}; kept"
    c, what = found.comparisons[0], "kept" if lost else "dropped"
    if c.difference is not None:
        estimate, low, high = c.difference
        return f"{estimate:+.4g} [{low:+.4g}, {high:+.4g}], above 0 is better; {what}"
    return f"{c.ratio:.3f} [{c.low:.3f}, {c.high:.3f}] times as good; {what}"


def _loses(found: Confirmation) -> bool:
    """Return whether a candidate is shown, or estimated, to be worse than the one it is compared with."""
    if not found.comparisons:
        return True
    objective = found.comparisons[0]
    if objective.difference is not None:
        estimate, _, high = objective.difference
        return high < 0 or estimate < 0
    return objective.high < 1 or objective.ratio < 1 - LOSS
