"""The optimizer "rules": rewrites of known slow patterns, the hottest first, without a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from strop.agents.optimizers.rules import Site, apply_sites, find_sites
from strop.agents.view import View
from strop.candidate import Candidate, FileEdit
from strop.trial import Trial, TrialState, Verdict

__all__ = ["PlacedSite", "RuleSearch", "apply_choices", "ranked_sites"]

MOST_SITES = 64
MAX_PASSES = 3


@dataclass(frozen=True)
class PlacedSite:
    """A rule site in a file, with the share of the time spent in its function."""

    path: str
    site: Site
    weight: float  # per cent of CPU time, cumulative; 0 where unknown

    @property
    def choice(self) -> str:
        """The site's name in `Candidate.choices`."""
        return f"{self.path}::{self.site.key}"


def ranked_sites(texts: Mapping[str, str], profile: Mapping[str, Any]) -> list[PlacedSite]:
    """Return the rule sites of Python files, the hottest function first."""
    weights = {str(row["fn"]): float(row["cum_pct"]) for row in profile.get("hot", ())}
    sites = [
        PlacedSite(path, site, weights.get(f"{path}:{site.function}", 0.0))
        for path, text in sorted(texts.items())
        if path.endswith(".py")
        for site in find_sites(text)
    ]
    return sorted(sites, key=lambda placed: (-placed.weight, placed.path, placed.site.line))[:MOST_SITES]


def apply_choices(
    texts: Mapping[str, str], choices: tuple[str, ...]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return (changed texts by path, choices that were really applied)."""
    by_path: dict[str, list[str]] = {}
    for choice in choices:
        path, _, key = choice.partition("::")
        by_path.setdefault(path, []).append(key)
    changed, applied = {}, []
    for path, keys in by_path.items():
        text, done = apply_sites(texts[path], keys)
        if text != texts[path]:
            changed[path] = text
            applied += [f"{path}::{key}" for key in done]
    return changed, tuple(sorted(applied))


class RuleSearch:
    """All sites at once; what fails is halved; then the champion again, then sites on their own.

    A site of a promising group isn't tried alone: what it adds is found when the winner is minimised.
    """

    name = "rules"

    def __init__(self, view: View) -> None:
        self._view = view
        self._sites = ranked_sites(view.snapshot.texts, view.baseline_profile)
        self._queue = [self._on_base(tuple(s.choice for s in self._sites))] if self._sites else []
        self._singles: Iterator[PlacedSite] = iter(self._sites)
        self._asked: set[str] = set()
        self._waiting: set[str] = set()
        self._won: set[str] = set()  # choices of promising candidates
        self._passes = 0

    def ask(self, count: int) -> list[Candidate]:
        """Return rewrites that were not asked before; none while an answer decides what is next."""
        found: list[Candidate] = []
        while len(found) < count and (candidate := self._next()) is not None:
            if candidate.edits and candidate.id not in self._asked:
                self._asked.add(candidate.id)
                self._waiting.add(candidate.id)
                found.append(candidate)
        return found

    def tell(self, trial: Trial) -> None:
        """Halve a group of sites that failed; look for new sites in what became promising."""
        self._waiting.discard(trial.candidate)
        self._asked.add(trial.candidate)
        candidate = self._view.candidate(trial.candidate)
        group = candidate.choices
        if trial.state is TrialState.FAILED and candidate.author == self.name and len(group) > 1:
            if not candidate.parents:
                middle = len(group) // 2
                self._queue += [self._on_base(group[:middle]), self._on_base(group[middle:])]
        elif trial.verdict is Verdict.PROMISING:
            self._won |= set(group)
            if self._passes < MAX_PASSES:
                # A rewrite can uncover a next one; and rules help on what a model wrote, too.
                self._passes += 1
                self._queue.insert(0, self._on(candidate))

    def _next(self) -> Candidate | None:
        if self._queue:
            return self._queue.pop(0)
        if self._waiting:
            return None
        site = next((s for s in self._singles if s.choice not in self._won), None)
        return None if site is None else self._on_base((site.choice,))

    def _on_base(self, choices: tuple[str, ...]) -> Candidate:
        changed, applied = apply_choices(self._view.snapshot.texts, choices)
        edits = tuple(FileEdit(path, text) for path, text in changed.items())
        return Candidate(edits, author=self.name, rationale=_rationale(applied), choices=applied)

    def _on(self, parent: Candidate) -> Candidate:
        """Return all new sites of a candidate, applied on it."""
        texts = self._view.texts_of(parent)
        sites = ranked_sites(texts, self._view.profile_of(parent))
        changed, applied = apply_choices(texts, tuple(s.choice for s in sites))
        edits = {edit.path: edit for edit in parent.edits}
        edits |= {path: FileEdit(path, text) for path, text in changed.items()}
        return Candidate(
            tuple(edits.values()),
            knobs=parent.knobs,
            parents=(parent.id,),
            author=self.name,
            rationale=_rationale(applied),
            choices=applied,
        )


def _rationale(applied: tuple[str, ...]) -> str:
    rules = sorted({choice.split("::")[1].split(":")[0] for choice in applied})
    where = sorted({choice.split("::")[0] for choice in applied})
    count = "1 rewrite" if len(applied) == 1 else f"{len(applied)} rewrites"
    return f"{count} in {', '.join(where)}: {', '.join(rules)}" if applied else "no rewrite"
