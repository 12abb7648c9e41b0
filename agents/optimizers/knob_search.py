"""A search over knobs as an optimizer of a job: one for each code version, from what it measured."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from typing import Any

from strop.agents.answer import without_thoughts
from strop.agents.asking import Asker
from strop.agents.attempts import Attempt
from strop.agents.optimizers.costs import cost_of
from strop.agents.optimizers.tuning.llambo import LlamboSearch
from strop.agents.optimizers.tuning.mixed import Search, memory_of, remember, wait_for
from strop.agents.optimizers.tuning.model_search import HybridSearch, ModelSearch
from strop.agents.optimizers.tuning.searches import FRONT, OptunaSampling, open_front_search, open_search
from strop.agents.optimizers.tuning.space import Space, Values
from strop.agents.optimizers.tuning.warm import WarmStart, past_points, proposed_points
from strop.agents.optimizers.tuning.wording import Subject
from strop.agents.view import View
from strop.candidate import BASELINE, Candidate, KnobValue
from strop.events import Event, Listener, note, silent
from strop.extension import ModelReply
from strop.past import past_of
from strop.prompts import versions
from strop.trial import Trial

__all__ = ["MIXED_SEARCH", "MODEL_SEARCHES", "PAST_SEARCH", "KnobSearch"]

MODEL_SEARCHES = ("llm", "hybrid", "warmstart", "warmstart-buckets", "llambo")
"""Searches that ask the study's model; without one `gp` stands in for them."""

MIXED_SEARCH = "mixed"
"""The search of a job that names none: several under one budget (`tuning.mixed.MixedSearch`)."""

PAST_SEARCH = "warmstart-past"
"""The search that begins with what past studies of similar jobs found good, then is `gp`."""

MOST_STARTS = 3
"""Points of other code that are tried first on new code: what was good there is likely to be good here, and
a search has hardly a model after so many trials anyway."""


class KnobSearch:
    """Proposes knob values for the best code so far; without knobs it has nothing to propose.

    A search learns from trials of its code version alone: with other code the same values may be good or
    bad. Its first known point is the code as it is, the defaults for the unchanged program; the best points
    of other code are the first that it tries. Searches for a front (nsga2, nsga3) see all metrics of the
    job, the others its first.
    """

    def __init__(
        self,
        name: str,
        view: View,
        *,
        seed: int = 0,
        asker: Asker | None = None,
        listener: Listener = silent,
    ) -> None:
        self.name = name
        self._asker = asker
        self._listener = listener
        self._origins: dict[tuple[KnobValue, ...], str] = {}  # of points of past studies, in words
        self._turn = 0
        self._known_refused: dict[str, int] = {}  # by code version: how many of its search's are on file
        self._view = view
        self._seed = seed
        self._space = Space.of(view.job) if view.job.knobs else None
        self._searches: dict[str, Search] = {}
        self._kept: dict[str, dict[str, dict[str, Any]]] = {}  # by code version and candidate
        self._starts: dict[str, list[Values]] = {}  # by code version: points of others, still to be tried
        self._metrics = len(view.job.metrics)
        # By candidate, one for each metric of the job; None: it failed.
        self._costs: dict[str, tuple[float, ...] | None] = {BASELINE.id: (0.0,) * self._metrics}

    def ask(self, count: int) -> list[Candidate]:
        """Return candidates that were not evaluated before, of the champion's code."""
        found: list[Candidate] = []
        while self._space is not None and len(found) < count:
            code = self._view.champion()
            search = self._search(code, self._space)
            if starts := self._starts[code.code_id]:
                values, words = starts.pop(0), "good with other code"
                wait_for(search, values)
            else:
                asked = search.ask()
                self._keep_refused(code, search)
                if asked is None:
                    break
                correction = getattr(search, "correction", None)
                values, words = asked, correction(asked) if correction else ""
            candidate = self._candidate(code, values, words)
            if candidate.id in self._costs:
                _tell(search, values, self._costs[candidate.id])
            elif all(candidate.id != other.id for other in found):
                self._keep_memory(candidate, search, values)
                found.append(candidate)
        return found

    def tell(self, trial: Trial) -> None:
        """Learn a trial's cost, whoever proposed it; screened-out ones are failures of the values alone."""
        costs = _costs(trial, self._metrics)
        if trial.number < 0 and costs is None:
            return  # it came to no trial: nothing is known of it
        self._costs[trial.candidate] = costs
        candidate = self._view.candidate(trial.candidate)
        search = self._searches.get(candidate.code_id)
        if search is not None and self._space is not None:
            _tell(search, self._values(candidate), costs)

    def _search(self, code: Candidate, space: Space) -> Search:
        if code.code_id not in self._searches:
            # A hash of the code, so that a study that is gone on with draws the same points.
            seed = self._seed + zlib.crc32(code.code_id.encode()) % 10_000
            search = self._opened(code, space, seed)
            self._searches[code.code_id] = search
            for candidate_id, costs in self._costs.items():
                candidate = self._view.candidate(candidate_id)
                if candidate.code_id == code.code_id:
                    remember(search, self._values(candidate), self._memories(code).get(candidate_id))
                    _tell(search, self._values(candidate), costs)
            self._starts[code.code_id] = self._from_others(code, space)
        return self._searches[code.code_id]

    def _keep_memory(self, candidate: Candidate, search: Search, values: Values) -> None:
        """Keep what a search that is gone on with has to know again of its point: credits, CMA-ES' state."""
        if (memory := memory_of(search, values)) is not None:
            memories = self._memories(candidate)
            memories[candidate.id] = memory
            self._view.study.set(f"searched-{self.name}-{candidate.code_id}", memories)

    def _memories(self, code: Candidate) -> dict[str, dict[str, Any]]:
        """Return what is known of the points of a code version, by candidate."""
        if code.code_id not in self._kept:
            self._kept[code.code_id] = self._view.study.get(f"searched-{self.name}-{code.code_id}", {})
        return self._kept[code.code_id]

    def _from_others(self, code: Candidate, space: Space) -> list[Values]:
        """Return the points that gained most with other code, best first, without those tried on this one."""
        tried: set[tuple[KnobValue, ...]] = set()
        gained: list[tuple[float, Values]] = []
        for candidate_id, costs in self._costs.items():
            candidate = self._view.candidate(candidate_id)
            if candidate.code_id == code.code_id:
                tried.add(space.key(self._values(candidate)))
            elif costs is not None and costs[0] < 0:
                point, _ = space.corrected(self._values(candidate))
                if not space.problem(point):
                    gained.append((costs[0], point))
        # The defaults' gain is the code's own, and what this code was proposed with is known of it.
        apart = {space.key(space.defaults), space.key(self._values(code))}
        best: dict[tuple[KnobValue, ...], Values] = {}
        for _, point in sorted(gained, key=lambda pair: pair[0]):
            if space.key(point) not in apart:
                best.setdefault(space.key(point), point)
        # The first ones are counted before the tried ones go: a study that is gone on with gets no further.
        return [point for key, point in list(best.items())[:MOST_STARTS] if key not in tried]

    def _opened(self, code: Candidate, space: Space, seed: int) -> Search:
        if self.name == PAST_SEARCH:
            return WarmStart(space, self._past(space), open_search("gp", space, seed=seed))
        if self.name not in MODEL_SEARCHES:
            if self.name in FRONT and self._metrics > 1:
                return open_front_search(self.name, space, metrics=self._metrics, seed=seed)
            # In studies of optimizers its name is "portfolio", which in a job stands for all who search.
            name = "portfolio" if self.name == MIXED_SEARCH else self.name
            return open_search(name, space, seed=seed)
        if self._asker is None:
            return open_search("gp", space, seed=seed)
        return self._with_model(code, space, seed, self._asker)

    def _with_model(self, code: Candidate, space: Space, seed: int, asker: Asker) -> Search:
        sampler = open_search("gp", space, seed=seed)
        # A list of several configurations is longer than one.
        max_tokens = asker.limit(256 if self.name in ("llm", "hybrid") else 1024)

        def ask(messages: Sequence[tuple[str, str]]) -> str | None:
            self._turn += 1
            return asker.ask(
                "tuner", code, list(messages), _text, turn=self._turn, reasks=0, max_tokens=max_tokens
            )

        job = self._view.job
        # The ledger's costs are log ratios to the baseline: below 0 is better, whatever the metric.
        subject = Subject(
            goal=job.goal,
            metric=f"loss against the baseline in {job.objective.name}, below 0 is a gain",
            program=job.commands.benchmark,
            prompts=self._view.prompts,
            hot=tuple(self._view.hot(code, 3)),
        )
        if self.name == "llm":
            return ModelSearch(space, ask, subject)
        if self.name == "hybrid":
            return HybridSearch(sampler, ModelSearch(space, ask, subject))
        if self.name == "llambo":
            return LlamboSearch(space, ask, subject, seed=seed)
        # Kept, so that a study that is gone on with has the same, and pays once.
        key = f"{self.name}-{code.code_id}"
        points: list[Values] | None = self._view.study.get(key)
        if points is None:
            proposed = proposed_points(space, ask, subject, buckets=self.name == "warmstart-buckets")
            for sentence in proposed.refused:
                self._refused(code, asker, sentence)
            points = list(proposed.points)
            self._view.study.set(key, points)
        return WarmStart(space, points, sampler)

    def _keep_refused(self, code: Candidate, search: Search) -> None:
        """Keep why answers of the model came to nothing since the last turn."""
        refused: Sequence[str] = getattr(search, "refused", ())
        if self._asker is not None:
            for sentence in refused[self._known_refused.get(code.code_id, 0) :]:
                self._refused(code, self._asker, sentence)
            self._known_refused[code.code_id] = len(refused)

    def _refused(self, code: Candidate, asker: Asker, sentence: str) -> None:
        """Keep why something that a model said came to no point."""
        prompt = versions("tuner", self._view.prompts)
        attempt = Attempt("tuner", code.id, -1, "unusable", sentence, turn=self._turn, prompt=prompt)
        asker.attempts.add(attempt)
        data = {"agent": "tuner", "outcome": "unusable", "sentence": sentence}
        self._listener(Event("attempt", data))

    def _past(self, space: Space) -> list[Values]:
        """Return points of past studies; chosen once, so that a study that is gone on with has the same."""
        study = self._view.study
        kept = study.get(PAST_SEARCH)
        if kept is None:
            past = past_of(study)
            points, problems = past_points(space, past.trials)
            for text in (*past.notes, *problems):
                self._note(text)
            if not points:
                why = "has a gain to begin with" if past.similar else "was found here or in STROP_PAST"
                self._note(f"no study of a similar job {why}; gp goes on from the defaults")
            kept = [point._asdict() for point in points]
            study.set(PAST_SEARCH, kept)
        self._origins |= {space.key(row["values"]): str(row["words"]) for row in kept}
        return [row["values"] for row in kept]

    def _note(self, text: str) -> None:
        note(self._listener, f"{self.name}: {text}")

    def _values(self, candidate: Candidate) -> Values:
        assert self._space is not None
        return self._space.settled({**self._space.defaults, **candidate.values})

    def _candidate(self, code: Candidate, values: Values, correction: str) -> Candidate:
        assert self._space is not None
        defaults = self._space.defaults
        knobs = tuple((name, value) for name, value in values.items() if value != defaults[name])
        shown = ", ".join(f"{name}={value}" for name, value in knobs) or "the defaults"
        parents = (code.id,) if code.edits else ()
        origin = self._origins.get(self._space.key(values))
        rationale = "; ".join(part for part in (f"tuned: {shown}", origin, correction) if part)
        return Candidate(code.edits, knobs, parents, self.name, rationale, code.choices)


def _costs(trial: Trial, metrics: int) -> tuple[float, ...] | None:
    """Return what a trial lost in each of the job's metrics; None: it failed.

    Where one of them has no finite gain, the first one's is taken for all.
    """
    first = cost_of(trial)
    if first is None:
        return None
    # A proxy measures the job's first metric alone.
    costs = tuple(-c.gain for c in trial.comparisons[:metrics]) if trial.measured else ()
    return costs if len(costs) == metrics and all(map(math.isfinite, costs)) else (first,) * metrics


def _tell(search: Search, values: Values, costs: tuple[float, ...] | None) -> None:
    """Tell a search the cost of a point, or all costs where it looks for their front."""
    if isinstance(search, OptunaSampling) and search.metrics > 1:
        search.tell(values, costs)
    else:
        search.tell(values, costs[0] if costs else None)


def _text(reply: ModelReply) -> str:
    return without_thoughts(reply.text)
