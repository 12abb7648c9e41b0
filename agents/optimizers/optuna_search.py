"""The optimizer "optuna": TPE over the job's knobs, and over rule sites as on/off choices.

A sampler learns from trials of one code version only: one study in memory for the base revision
(knobs and sites), one for each champion whose code is another (knobs alone, with the best known
values as its first question).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from strop.agents.optimizers.costs import cost_of
from strop.agents.optimizers.rule_search import apply_choices, ranked_sites
from strop.agents.optimizers.tuning.distributions import distributions_of, drawn_values, fits, params_of
from strop.agents.view import View
from strop.candidate import BASELINE, Candidate, FileEdit
from strop.trial import Trial

if TYPE_CHECKING:
    import optuna

__all__ = ["OptunaSearch"]

MOST_SITES = 16
RESAMPLES = 20
"""TPE repeats configurations in finite spaces; after so many repeats the space counts as spent."""


class OptunaSearch:
    """Optuna's TPE as the baseline to beat and as the tuner of knobs."""

    name = "optuna"

    def __init__(self, view: View, *, seed: int, evaluations: int | None) -> None:
        self._view = view
        self._seed = seed
        # TPE needs some random points first; in a small budget not all of it.
        self._startup = 10 if evaluations is None else max(3, min(10, evaluations // 3))
        self._sites = tuple(
            s.choice for s in ranked_sites(view.snapshot.texts, view.baseline_profile)[:MOST_SITES]
        )
        self._arms: dict[str, optuna.Study] = {}
        self._asked: dict[str, tuple[str, optuna.trial.Trial]] = {}
        self._values: dict[str, float] = {}  # candidate id -> log ratio (cost), as told
        self._turn = 0
        # What failed counts as 1.5 times slower, where a gain of 5 % is worth a claim.
        self._failed = math.log(1.5) / math.log(1.05) * view.job.least_claim

    def ask(self, count: int) -> list[Candidate]:
        """Return configurations that were not evaluated before."""
        found: list[Candidate] = []
        for _ in range(count):
            self._turn += 1
            champion = self._view.champion()
            own = champion.code_id == BASELINE.code_id or champion.author == self.name
            # Every other question tunes the knobs of a champion that somebody else wrote.
            code = champion if self._view.job.knobs and not own and self._turn % 2 == 0 else BASELINE
            candidate = self._new(code) or (None if code is BASELINE else self._new(BASELINE))
            if candidate is None:
                break
            found.append(candidate)
        return found

    def tell(self, trial: Trial) -> None:
        """Learn the value of an own question; a failure counts as the worst value seen, and more."""
        self._values[trial.candidate] = _cost(trial, self._values.values(), self._failed)
        asked = self._asked.pop(trial.candidate, None)
        if asked is not None:
            code_id, question = asked
            self._arms[code_id].tell(question, self._values[trial.candidate])
            return
        candidate = self._view.candidate(trial.candidate)
        self._import(candidate, self._values[trial.candidate])

    def _new(self, code: Candidate) -> Candidate | None:
        space = self._space(code)
        if not space:
            return None
        study = self._arm(code)
        for _ in range(RESAMPLES):
            question = study.ask(space)
            candidate = self._candidate(code, question.params)
            known = self._values.get(candidate.id)
            if known is None and self._view.job.knob_problem(candidate.values):
                known = max([self._failed, *self._values.values()])  # breaks a constraint
            if candidate.id == BASELINE.id:
                known = 0.0
            elif candidate.id in self._asked:
                known = math.log(1.0)
            if known is None:
                self._asked[candidate.id] = (code.code_id, question)
                return candidate
            study.tell(question, known)
        return None

    def _space(self, code: Candidate) -> dict[str, Any]:
        import optuna.distributions as d

        space = distributions_of(self._view.job.knobs)
        if code.code_id == BASELINE.code_id:
            space |= {site: d.CategoricalDistribution([False, True]) for site in self._sites}
        return space

    def _candidate(self, code: Candidate, params: dict[str, Any]) -> Candidate:
        defaults = {knob.name: knob.default for knob in self._view.job.knobs}
        settled = self._view.job.settings(drawn_values(self._view.job.knobs, params))
        knobs = tuple((n, v) for n, v in settled.items() if v != defaults[n])
        shown = ", ".join(f"{name}={value}" for name, value in knobs)
        if code.code_id != BASELINE.code_id:
            return Candidate(
                code.edits, knobs, (code.id,), self.name, f"tuned: {shown or 'defaults'}", code.choices
            )
        choices = tuple(site for site in self._sites if params.get(site))
        changed, applied = apply_choices(self._view.snapshot.texts, choices)
        edits = tuple(FileEdit(path, text) for path, text in changed.items())
        what = [shown] if shown else []
        what += [f"{len(applied)} of {len(self._sites)} rewrites"] if self._sites else []
        return Candidate(edits, knobs, (), self.name, ", ".join(what), applied)

    def _arm(self, code: Candidate) -> optuna.Study:
        if code.code_id not in self._arms:
            import optuna

            optuna.logging.set_verbosity(optuna.logging.WARNING)
            number = len(self._arms)
            sampler = optuna.samplers.TPESampler(seed=self._seed + number, n_startup_trials=self._startup)
            study = optuna.create_study(sampler=sampler)
            self._arms[code.code_id] = study
            if code.code_id == BASELINE.code_id:
                self._add(study, BASELINE, 0.0)
            elif best := self._best_knobs():
                space, params = self._space(code), self._params(best)
                study.enqueue_trial({name: v for name, v in params.items() if fits(space[name], v)})
        return self._arms[code.code_id]

    def _best_knobs(self) -> dict[str, Any]:
        tuned = [(cost, self._view.candidate(id_)) for id_, cost in self._values.items() if cost < 0]
        tuned = [(cost, candidate) for cost, candidate in tuned if candidate.knobs]
        return min(tuned, key=lambda pair: pair[0])[1].values if tuned else {}

    def _import(self, candidate: Candidate, cost: float) -> None:
        """Learn from somebody else's trial (or an earlier process's) of a code version known here."""
        of_base = not candidate.edits or (
            bool(candidate.choices) and set(candidate.choices) <= set(self._sites)
        )
        if of_base and not candidate.parents:
            self._add(self._arm(BASELINE), candidate, cost)
        elif candidate.code_id in self._arms:
            self._add(self._arms[candidate.code_id], candidate, cost)

    def _add(self, study: optuna.Study, candidate: Candidate, cost: float) -> None:
        import optuna

        space = self._space(candidate if candidate.parents else BASELINE)
        if not space:
            return
        params = self._params(candidate.values)
        params |= {site: site in candidate.choices for site in self._sites}
        params = {name: value for name, value in params.items() if name in space}
        if all(fits(space[name], value) for name, value in params.items()):
            study.add_trial(optuna.trial.create_trial(params=params, distributions=space, value=cost))
        # else a value lies between two steps, which Optuna has no place for

    def _params(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return knob values, the others at their defaults, as the sampler would have drawn them."""
        knobs = self._view.job.knobs
        return params_of(knobs, {**{knob.name: knob.default for knob in knobs}, **values})


def _cost(trial: Trial, known: Iterable[float], failed: float) -> float:
    """Return the gain over the baseline as a cost; Optuna's samplers ignore failed trials."""
    cost = cost_of(trial)
    return max([failed, *known]) if cost is None else cost
