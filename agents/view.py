"""What agents and optimizers see of a study: read-only, and the same for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from strop.candidate import BASELINE, Candidate
from strop.job import Job, Knob
from strop.sandbox.workspace import Snapshot
from strop.sizes import scaling_sentence
from strop.study import Study
from strop.trial import Trial, TrialState, Verdict

__all__ = ["View"]

MOST_BESIDE = 3
"""Functions or lines of a kind that a model is told beside the hot functions."""

WARM = 5.0
"""Per cent of the time that a file has to take itself to be shown to a model."""


@dataclass
class View:
    """A view of a study that grows while it runs; `champion` and `profile` follow its best trial."""

    job: Job
    snapshot: Snapshot
    study: Study
    baseline_profile: Mapping[str, Any] = field(default_factory=dict)
    hypotheses: tuple[str, ...] = ()
    lessons: list[str] = field(default_factory=list)
    prompts: Path | None = None  # folder of templates that win over strop's own

    def learn(self, lesson: str) -> None:
        """Keep a lesson, with the study; nothing for one that is empty or known."""
        if lesson and lesson not in self.lessons:
            self.lessons.append(lesson)
            self.study.set("lessons", self.lessons[-20:])

    def candidate(self, candidate_id: str) -> Candidate:
        """Return a candidate of the study; the baseline's id needs no file."""
        return BASELINE if candidate_id == BASELINE.id else self.study.candidate(candidate_id)

    def trials(self) -> list[Trial]:
        """Return the finished trials of candidates, by number; the baseline isn't among them."""
        open_states = (TrialState.RUNNING, TrialState.INTERRUPTED)
        return [t for t in self.study.trials() if t.number > 0 and t.state not in open_states]

    def champion_trial(self) -> Trial | None:
        """Return the promising trial with the best lower bound, None where nothing is promising."""
        promising = [t for t in self.trials() if t.verdict is Verdict.PROMISING and t.objective]
        return max(promising, key=lambda t: t.objective.least_gain if t.objective else 0.0, default=None)

    def contender_trial(self) -> Trial | None:
        """Return the trial to confirm: the champion, else the best that looks good enough.

        On a noisy machine a true gain can stay undecided in the search. The confirmation is exact
        whatever it is given, so the best estimate above the minimum effect deserves one.
        """
        best = self.champion_trial()
        wanted = self.job.least_claim
        open_ones = [
            t
            for t in self.trials()
            if t.verdict is Verdict.UNDECIDED and t.objective and t.objective.gain > wanted
        ]
        return best or max(open_ones, key=lambda t: t.objective.gain if t.objective else 0.0, default=None)

    def champion(self) -> Candidate:
        """Return the best candidate so far; the baseline where nothing is promising."""
        best = self.champion_trial()
        return self.candidate(best.candidate) if best else BASELINE

    def profile_of(self, candidate: Candidate) -> Mapping[str, Any]:
        """Return a candidate's profile where it has one, else the baseline's."""
        for trial in reversed(self.trials()):
            if trial.candidate == candidate.id and trial.profile.get("hot"):
                return trial.profile
        return self.baseline_profile

    def hot(self, candidate: Candidate, count: int = 5) -> list[dict[str, Any]]:
        """Return the hottest functions of target files: dicts with fn, self_pct, cum_pct, lines."""
        rows = self.profile_of(candidate).get("hot", ())
        return [row for row in rows if self._is_own(row)][:count]

    def beside_hot(self, candidate: Candidate) -> list[str]:
        """Return what else a candidate's profile says, a sentence each.

        The share of native code, hot functions of libraries and of other files, memory, growth with the size
        of the input, and what changed against its parent.
        """
        profile = self.profile_of(candidate)
        found = []
        if split := profile.get("split"):
            found.append(f"{split['python']:g} % of the time is Python code's, {split['native']:g} % native")
        own = [row for row in profile.get("hot", ()) if not self._is_own(row)]
        other = [(row["fn"], row["self_pct"]) for row in own]
        other += [(row["fn"], row["pct"]) for row in profile.get("library", ())]
        shown = [f"{fn} {pct} %" for fn, pct in other if float(pct) >= WARM][:MOST_BESIDE]
        if shown:
            found.append(f"outside of what may change: {', '.join(shown)}")
        if memory := profile.get("memory"):
            lines = [f"{row['fn']}:{row['n']} {row['mb']:g} MB" for row in memory[:MOST_BESIDE]]
            found.append(f"memory at the peak: {', '.join(lines)}")
        if "exponent" in (scaling := profile.get("scaling", {})):
            found.append(scaling_sentence(scaling))
        changes = [
            f"{row['fn']} {row['self_pct'][0]:g} % -> {row['self_pct'][1]:g} %"
            for row in profile.get("diff_vs_parent", ())[:MOST_BESIDE]
        ]
        if changes:
            found.append(f"against its parent: {', '.join(changes)}")
        return found

    def _is_own(self, row: Mapping[str, Any]) -> bool:
        """Return whether a profile's function is of a target file."""
        return self.snapshot.is_target(str(row["fn"]).rsplit(":", 1)[0])

    def sources(self, candidate: Candidate, limit: int = 12_000) -> list[tuple[str, str]]:
        """Return (path, text) of target files, the hottest first, up to `limit` characters in all."""
        weight: dict[str, float] = {}
        for row in self.profile_of(candidate).get("hot", ()):
            path = str(row["fn"]).rsplit(":", 1)[0]
            weight[path] = weight.get(path, 0.0) + float(row["self_pct"])
        texts = {path: candidate.text_of(path, self.snapshot.texts) for path in self.snapshot.texts}
        chosen: list[tuple[str, str]] = []
        used = 0
        for path in sorted(texts, key=lambda p: (-weight.get(p, 0.0), p)):
            text = texts[path]
            # The hottest file is always shown; what is cold or doesn't fit only distracts.
            warm = weight.get(path, 0.0) >= WARM if weight else True
            if text and (not chosen or (warm and used + len(text) <= limit)):
                chosen.append((path, text))
                used += len(text)
        return chosen

    def texts_of(self, candidate: Candidate) -> dict[str, str]:
        """Return the candidate's texts of all target files."""
        texts = dict(self.snapshot.texts)
        for edit in candidate.edits:
            if edit.text is None:
                texts.pop(edit.path, None)
            else:
                texts[edit.path] = edit.text
        return texts

    def suspects(self, count: int = 3) -> list[str]:
        """Return who the last trial points at, where it failed or was slower; a line each."""
        from strop.agents.opto.jobs.studies import trace_of

        last = self.trials()[-1:]
        if not last or (last[0].state is not TrialState.FAILED and last[0].verdict is not Verdict.WORSE):
            return []
        return trace_of(self.study, self.snapshot, last[0]).lines()[:count]

    def history(self, count: int = 6) -> list[str]:
        """Return one line for each of the last trials."""
        return [self.line(trial) for trial in self.trials()[-count:]]

    def line(self, trial: Trial) -> str:
        """Return what was tried in a trial, and what came of it."""
        what = self.candidate(trial.candidate).rationale or trial.author
        if trial.state is TrialState.FAILED:
            return f"{what} -> failed: {trial.reason}"
        seen = trial.objective.words if trial.objective else "not measured"
        return f"{what} -> {seen} ({trial.verdict.value if trial.verdict else 'no verdict'})"


def space_of(knob: Knob) -> str:
    """Return a knob's values in words."""
    if knob.type == "bool":
        return f"true or false{_condition(knob)}"
    if knob.type == "categorical":
        return "one of " + ", ".join(map(repr, knob.choices)) + _condition(knob)
    step = f", step {knob.step:.15g}" if knob.step else ""
    special = f", or {' or '.join(f'{value:.15g}' for value in knob.special)}" if knob.special else ""
    unit = f" {knob.unit}" if knob.unit else ""
    log = ", log scale" if knob.log else ""
    return f"{knob.type} {knob.low:.15g}..{knob.high:.15g}{unit}{step}{log}{special}{_condition(knob)}"


def _condition(knob: Knob) -> str:
    if not knob.only_if:
        return ""
    parts = [f"{name} is {' or '.join(map(str, values))}" for name, values in knob.only_if.items()]
    return f", only where {' and '.join(parts)}"
