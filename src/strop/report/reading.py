"""What a report reads of a study: its status, its claim, its champion and its attempts, in plain JSON."""

from __future__ import annotations

import fcntl
import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from strop.candidate import BASELINE, Candidate, KnobValue
from strop.study import Study
from strop.trial import Confirmation, Trial, Verdict

__all__ = [
    "Claim",
    "attempts_of",
    "candidate_of",
    "champion",
    "claim_of",
    "finite",
    "fruitless",
    "in_order",
    "is_running",
    "status_of",
    "way_of_knob",
]


class Claim(NamedTuple):
    """The confirmation that claims, of the candidate that is handed over."""

    confirmation: Confirmation
    candidate: str  # id
    whole: str  # id of the candidate before it was minimised
    trial: int | None  # number of the trial that the candidate comes from
    dropped: tuple[str, ...]  # parts that minimising left out


def is_running(study: Study) -> bool:
    """Return whether a process holds the study's lock now."""
    try:
        with (study.folder / "lock").open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def status_of(study: Study) -> str:
    """Return "improved", "no improvement found", "running", "interrupted" or "failed"."""
    kept = study.get("status")
    if kept in ("improved", "no improvement found", "failed"):
        return str(kept)
    # A process that was killed could not write its end down; the kernel freed its lock.
    return "running" if is_running(study) else "interrupted"


def claim_of(study: Study, trials: list[Trial]) -> Claim | None:
    """Return the study's claim: of the minimised candidate where that was confirmed, else the first."""
    first = study.get("confirmation")
    if not first or not first["claimed"]:
        return None
    measured = (
        t.number for t in trials if t.number > 0 and t.candidate == first["candidate"] and t.objective
    )
    number = next(measured, None)
    small = study.get("minimised")
    if small and small["confirmation"] and small["confirmation"]["claimed"]:
        found = Confirmation.from_json(small["confirmation"])
        return Claim(found, small["candidate"], first["candidate"], number, tuple(small["dropped"]))
    return Claim(Confirmation.from_json(first), first["candidate"], first["candidate"], number, ())


def champion(trials: list[Trial]) -> Trial | None:
    """Return the promising trial with the best lower bound, None where nothing is promising."""
    promising = [t for t in trials if t.number > 0 and t.verdict is Verdict.PROMISING and t.objective]
    return max(promising, key=lambda t: t.objective.least_gain if t.objective else 0.0, default=None)


def candidate_of(study: Study, candidate_id: str) -> Candidate:
    """Return a candidate of the study; the baseline's needs no file."""
    return BASELINE if candidate_id == BASELINE.id else study.candidate(candidate_id)


def attempts_of(study: Study) -> list[dict[str, Any]]:
    """Return all attempts on file as plain dicts, in order.

    Reads only, unlike `Attempts`: that one repairs a torn last line, which may be a line that the
    running process is just writing.
    """
    file = study.folder / "attempts.jsonl"
    if not file.exists():
        return []
    whole, _, _ = file.read_bytes().rpartition(b"\n")
    return [json.loads(line) for line in whole.splitlines() if line.strip()]


def fruitless(study: Study, attempts: list[dict[str, Any]], trials: list[Trial]) -> list[dict[str, Any]]:
    """Return the attempts that came to no trial, those included that nobody evaluated."""
    rows = {trial.candidate for trial in trials}
    refused = {a["candidate"] for a in attempts if a["outcome"] == "refused"}
    found = []
    for attempt in attempts:
        if attempt["outcome"] in ("refused", "unusable", "no answer", "repeated"):
            found.append(attempt)
        elif attempt["outcome"] == "candidate" and attempt["candidate"] not in rows | refused:
            why = "its turn has not come" if is_running(study) else "the search ended before"
            found.append({**attempt, "outcome": "not evaluated", "sentence": why})
    return found


def in_order(
    trials: list[Trial], attempts: list[dict[str, Any]], lost: list[dict[str, Any]]
) -> list[Trial | dict[str, Any]]:
    """Return trials and fruitless attempts in the order of their turns, answers before trials."""
    turn_of = {a["candidate"]: int(a["turn"]) for a in attempts if a["outcome"] == "candidate"}
    keyed: list[tuple[tuple[int, int, int], Trial | dict[str, Any]]] = []
    turn = 0
    for trial in trials:
        turn = max(turn, trial.turn, turn_of.get(trial.candidate, 0))
        keyed.append(((turn, 1, trial.number), trial))
    keyed += [((int(row["turn"]), 0, index), row) for index, row in enumerate(lost)]
    return [item for _, item in sorted(keyed, key=lambda pair: pair[0])]


def way_of_knob(study: Study, name: str, value: KnobValue) -> str:
    """Return how a knob's value reaches the program, in words."""
    knob = next((knob for knob in study.job.knobs if knob.name == name), None)
    if knob is None:
        return "a literal of the patch"
    if knob.literal:
        return f"the annotated literal {name} in {knob.literal}"
    if knob.file:
        return f"key {knob.key} of {knob.file}"
    used = [command for command in study.job.filled_commands if f"{{{name}}}" in command]
    if used and knob.env is None:
        return f"{{{name}}} in the command: {used[-1]}"
    return f"environment variable {knob.env or name.upper()}={knob.text(value)}"


def finite(value: Any) -> Any:
    """Return plain JSON without numbers that JSON doesn't have; they become None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value
