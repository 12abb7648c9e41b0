"""Credit for the parts of a candidate that helped: measured by leaving each of them out.

A candidate of several edits that is faster says nothing of which of them is at work; the next proposals
should build on that one. Each ablation is a measurement, so only few are made, and none where nothing
is left to propose.
"""

from __future__ import annotations

import contextlib
from typing import Any

from strop.agents.optimizers.arms.opening import ARMS
from strop.agents.optimizers.registry import WITHOUT_MODEL
from strop.agents.parts import Part, parts, without
from strop.agents.session import Session
from strop.candidate import BASELINE, Candidate
from strop.errors import SandboxError, StorageError
from strop.events import Event
from strop.trial import Confirmation, Trial, Verdict

__all__ = ["CREDIT", "credit", "credit_lines"]

CREDIT = "credit"
"""Key of the study: by number of the trial a list of {"part", "ratio", "low", "high", "reason"}."""

MOST_TRIALS = 3
"""Trials of a study whose parts are told apart."""

MOST_PARTS = 4
"""More parts than that are no idea but a rewrite; telling them apart takes too long."""

PAIRS = 6


def credit(session: Session, trial: Trial, candidate: Candidate) -> str:
    """Return what each new part of a promising candidate gained, as a lesson; empty where it isn't measured.

    Measuring it once is enough: what is known of a trial is kept with the study.
    """
    known: dict[str, list[dict[str, Any]]] = session.study.get(CREDIT, {})
    rows = known.get(str(trial.number))
    if rows is None:
        # Samplers, rules and arms read no lessons: measuring parts for them would only take time.
        if trial.verdict is not Verdict.PROMISING or candidate.author in (*WITHOUT_MODEL, *ARMS):
            return ""
        if len(known) >= MOST_TRIALS or not session.guard.evaluations_left():
            return ""
        fresh = _new_parts(session, candidate)
        if not 2 <= len(fresh) <= MOST_PARTS:
            return ""
        session.listener(Event("phase", {"name": "tell the parts apart", "trial": trial.number}))
        rows = [_measured(session, candidate, part) for part in fresh]
        session.study.set(CREDIT, {**known, str(trial.number): rows})
        session.guard.keep()
    return f"trial {trial.number}: {'; '.join(credit_lines(rows))}"


def credit_lines(rows: list[dict[str, Any]]) -> list[str]:
    """Return the rows of a trial in words, the part that matters most first."""
    return [_line(row) for row in sorted(rows, key=_left)]


def _new_parts(session: Session, candidate: Candidate) -> list[Part]:
    """Return the parts that the candidate's parent doesn't have; imports are no part of their own."""
    base = session.view.snapshot.texts
    parent = BASELINE
    if candidate.parents:
        # An agent of a user's may build on a candidate that nobody proposed.
        with contextlib.suppress(StorageError):
            parent = session.view.candidate(candidate.parents[0])
    old = set(parts(parent, base))
    return [part for part in parts(candidate, base) if part not in old and not _imports(part)]


def _imports(part: Part) -> bool:
    lines = [line.strip() for hunk in part.hunks for line in hunk.new if line.strip()]
    return bool(lines) and all(line.startswith(("import ", "from ")) for line in lines)


def _measured(session: Session, candidate: Candidate, part: Part) -> dict[str, Any]:
    """Compare the candidate less a part with the whole of it."""
    smaller = without(candidate, part, session.view.snapshot.texts)
    row: dict[str, Any] = {"part": part.name, "ratio": None, "low": None, "high": None, "reason": ""}
    if smaller.id == BASELINE.id:  # e.g. all that is left is white space
        return {**row, "reason": "nothing is left without it"}
    if problem := session.view.job.knob_problem(smaller.values):
        return {**row, "reason": problem}
    try:
        found: Confirmation = session.evaluator.confirm(
            smaller,
            session.baseline,
            pairs=PAIRS,
            against=candidate,
            label=f"credit-{smaller.id}",
            held_out=False,
        )
    except SandboxError as error:  # nobody's claim hangs on it: the next trial meets a fault that stays
        return {**row, "reason": f"not measured: {error}"}
    if not found.comparisons:
        return {**row, "reason": found.reason}
    first = found.comparisons[0]
    row |= {"difference": list(first.difference)} if first.difference else {}
    return {**row, "ratio": first.ratio, "low": first.low, "high": first.high}


def _line(row: dict[str, Any]) -> str:
    if row["ratio"] is None:
        return f"{row['part']} can't be left out alone ({row['reason']})"
    equal, low, high = 1, row["low"], row["high"]
    interval = f"{row['ratio']:.2f} [{low:.2f}, {high:.2f}] times as good without it"
    if row.get("difference"):
        equal, (estimate, low, high) = 0, row["difference"]
        interval = f"{estimate:+.4g} [{low:+.4g}, {high:+.4g}] without it, above 0 is better"
    if high < equal:
        return f"{row['part']} carries the gain: {interval}"
    return f"{row['part']} {'does harm' if low > equal else 'adds nothing that is seen'}: {interval}"


def _left(row: dict[str, Any]) -> float:
    """Return how good the rest is without a part, for the order."""
    return float(row["difference"][0] if row.get("difference") else row["ratio"] or 0.0)
