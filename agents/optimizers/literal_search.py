"""The inner loop: tunes the annotated literals that a code candidate brings along.

A coder may write `BLOCK = 64  # strop: int 8..512 log` where it doesn't know the best value. The code
counts as what it reaches with its literals tuned: each value is a candidate of its own, so that it is tested
and measured like any other, and the best one becomes the champion that the next change starts from.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from strop.agents.optimizers.costs import cost_of
from strop.agents.optimizers.tuning.mixed import Search
from strop.agents.optimizers.tuning.searches import open_search
from strop.agents.optimizers.tuning.space import Space, Values
from strop.agents.view import View
from strop.candidate import Candidate, FileEdit, KnobValue
from strop.errors import ConfigError
from strop.job import Knob
from strop.sandbox.literals import literals, set_literal
from strop.trial import Failure, Trial, TrialState, Verdict

__all__ = ["LiteralSearch", "untuned"]

SHARE = 0.3
"""Part of the budget of evaluations that literals have at most."""

UNLIMITED = 40
"""Evaluations that the share is taken of where the budget has no number."""

MOST_TURNS = 8
"""Values that are tried for one code version."""


LATE = 10.0
"""Cost of what ran into its deadline, a logarithm of the ratio to the baseline: above all that did not."""


@dataclass
class _Version:
    """A code version: one candidate's text but for the values of its literals."""

    code: Candidate
    space: Space
    search: Search
    turns: int = 0
    best: float | None = None  # least cost of its trials
    told: set[str] = field(default_factory=set)  # candidates


class LiteralSearch:
    """Proposes other values for the literals of code that was measured, for the best code first."""

    name = "literals"

    def __init__(self, view: View, *, seed: int = 0) -> None:
        self._view = view
        self._seed = seed
        self._versions: dict[str, _Version] = {}
        self._turns = 0
        self._asked: set[str] = set()

    def ask(self, count: int) -> list[Candidate]:
        """Return candidates; none where no code brings literals, or their share of the budget is spent."""
        found: list[Candidate] = []
        while len(found) < count and self._turns < self._share():
            candidate = self._next()
            if candidate is None:
                break
            self._turns += 1
            self._asked.add(candidate.id)
            found.append(candidate)
        return found

    def tell(self, trial: Trial) -> None:
        """Learn what a trial's code reached, whoever proposed it."""
        if trial.number < 0 or trial.state is TrialState.RUNNING:
            return
        candidate = self._view.candidate(trial.candidate)
        knobs = _new_literals(candidate, self._view.snapshot.texts)
        if not knobs:
            return
        version = self._version(candidate, knobs)
        if trial.candidate in version.told:
            return
        version.told.add(trial.candidate)
        if trial.author == self.name and trial.candidate not in self._asked:  # of a study that goes on
            self._turns += 1
            version.turns += 1
        cost = cost_of(trial)
        version.search.tell({knob.name: knob.default for knob in knobs}, cost)
        # Slow code may be good code with a bad constant; its turn comes after that of what is not slow.
        reached = LATE if trial.failure is Failure.TIMEOUT else cost
        doubted = trial.verdict is Verdict.WORSE and bool(trial.reason)
        if reached is not None and not doubted and (version.best is None or reached < version.best):
            version.best, version.code = reached, candidate

    def _share(self) -> int:
        return max(1, int(SHARE * (self._view.job.budget.evaluations or UNLIMITED)))

    def _next(self) -> Candidate | None:
        hopeful = [v for v in self._versions.values() if v.best is not None and v.turns < MOST_TURNS]
        for version in sorted(hopeful, key=lambda version: version.best or 0.0):
            values = version.search.ask()
            if values is not None:
                version.turns += 1
                return self._candidate(version, values)
        return None

    def _version(self, candidate: Candidate, knobs: list[Knob]) -> _Version:
        plain = {knob.name: _lowest(knob) for knob in knobs}
        key = _with(candidate, knobs, plain, self._view.snapshot.texts).id
        if key not in self._versions:
            space = Space(tuple(knobs))
            seed = self._seed + zlib.crc32(key.encode()) % 10_000
            self._versions[key] = _Version(candidate, space, open_search("gp", space, seed=seed))
        return self._versions[key]

    def _candidate(self, version: _Version, values: Values) -> Candidate:
        knobs = list(version.space.knobs)
        made = _with(version.code, knobs, values, self._view.snapshot.texts)
        shown = ", ".join(f"{name}={value}" for name, value in values.items())
        return Candidate(
            made.edits, made.knobs, (version.code.id,), self.name, f"literals: {shown}", version.code.choices
        )


def untuned(view: View, origin: Candidate, candidate: Candidate) -> Candidate:
    """Return a candidate with its literals at the values that who wrote the code gave them.

    `origin`: whose ancestors say which values those are; it has the same literals, or more. Where this search
    chose none of the values, the candidate comes back as it is.
    """
    base = view.snapshot.texts
    line = [origin]
    while line[-1].parents and line[-1].parents[0] not in {one.id for one in line}:
        line.append(view.candidate(line[-1].parents[0]))
    written: dict[str, KnobValue] = {}
    before: dict[str, KnobValue] = {}
    for one in reversed(line):
        values = {knob.name: knob.default for knob in _new_literals(one, base)}
        for name, value in values.items():
            # Who changes other lines of tuned code carries the chosen values on.
            if name not in written or (one.author != LiteralSearch.name and value != before.get(name)):
                written[name] = value
        before = values
    knobs = [
        knob
        for knob in _new_literals(candidate, base)
        if written.get(knob.name, knob.default) != knob.default
    ]
    return _with(candidate, knobs, written, base) if knobs else candidate


def _new_literals(candidate: Candidate, base: Mapping[str, str]) -> list[Knob]:
    """Return the literals of a candidate's files that the base doesn't have, each name once."""
    found: dict[str, Knob] = {}
    for edit in candidate.edits:
        if not edit.text:
            continue
        try:
            known = {knob.name for knob in literals(base.get(edit.path, ""), edit.path)}
            new = [knob for knob in literals(edit.text, edit.path) if knob.name not in known]
        except ConfigError:
            continue  # the screen refused the candidate's own; the user's are another's business
        found |= {knob.name: knob for knob in new if knob.name not in found}
    return list(found.values())


def _lowest(knob: Knob) -> bool | int | float | str:
    if knob.type == "bool":
        return False
    if knob.type == "categorical":
        return knob.choices[0]
    assert knob.low is not None
    return int(knob.low) if knob.type == "int" else float(knob.low)


def _with(candidate: Candidate, knobs: list[Knob], values: Values, base: Mapping[str, str]) -> Candidate:
    """Return a candidate with other values in its literals."""
    texts = {edit.path: edit.text for edit in candidate.edits}
    for knob in knobs:
        assert knob.literal is not None
        text = texts[knob.literal]
        assert text is not None
        texts[knob.literal] = set_literal(text, knob.literal, knob, values[knob.name])
    edits = tuple(FileEdit(path, text) for path, text in texts.items() if text != base.get(path))
    return Candidate(edits, candidate.knobs)
