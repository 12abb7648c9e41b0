"""Agents of a user's own: one method each, beside strop's or in their place.

    class Halver:
        \"\"\"Halves a setting.\"\"\"

        name = "halver"

        def act(self, view: AgentView) -> Candidate | None:
            return view.candidate(values={"BLOCK": view.values["BLOCK"] // 2}, rationale="half a block")

    strop.optimize("path/to/repo", agents=[Halver()])

An agent named "analyst", "coder", "tuner" or "critic" takes the place of strop's; any other proposes
beside them, and the portfolio gives it as much of the budget as it earns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar, runtime_checkable

from strop.agents.asking import Asker
from strop.agents.edits import merge_edits, parse_answer
from strop.agents.view import View
from strop.candidate import BASELINE, Candidate, FileEdit, KnobValue
from strop.errors import BudgetExhausted, ConfigError, EditError, StropError
from strop.events import Listener, note, silent
from strop.extension import ModelReply
from strop.trial import Trial

__all__ = [
    "ROLES",
    "Agent",
    "AgentView",
    "check_agents",
    "CustomAnalyst",
    "CustomCritic",
    "CustomMember",
    "CustomProposer",
]

Result = TypeVar("Result")

ROLES = ("analyst", "coder", "tuner", "critic")
"""Names that take the place of strop's own agents."""

PATIENCE = 4
"""Turns in a row without a proposal after which an agent has no more ideas."""


@runtime_checkable
class Agent(Protocol):
    """Looks at a study, and returns candidates to try, feedback in words, or nothing."""

    name: str

    def act(self, view: AgentView) -> Candidate | str | Iterable[Candidate | str] | None:
        """Return candidates (trials are made of them) and sentences (all agents are told them).

        A sentence of the "analyst" is a hypothesis, of any other a lesson. What it raises ends the job
        with its name; the study stays, and can be gone on with.
        """


@dataclass(frozen=True)
class AgentView:
    """What an agent sees of a study: read-only. Shares are per cent of the benchmark's time."""

    study: View
    parent: Candidate  # the candidate to build on, the best so far as a rule
    turn: int
    agent: str  # name of who looks
    trial: Trial | None = None  # the one that has just finished, where that is what it is about
    asker: Asker | None = None

    # --- what there is --------------------------------------------------------------------

    @property
    def goal(self) -> str:
        """What the job aims for, in the user's words; may be empty."""
        return self.study.job.goal

    @property
    def texts(self) -> dict[str, str]:
        """Texts of all files that may change, as the parent has them."""
        return self.study.texts_of(self.parent)

    @property
    def values(self) -> dict[str, KnobValue]:
        """Values of all knobs, as the parent has them."""
        return {knob.name: knob.default for knob in self.study.job.knobs} | dict(self.parent.values)

    @property
    def hot(self) -> list[dict[str, Any]]:
        """The hottest functions: dicts with "fn" (path:name), "self_pct", "cum_pct", "lines"."""
        return self.study.hot(self.parent)

    @property
    def history(self) -> list[str]:
        """The last trials, and what came of each, a line each."""
        return self.study.history()

    @property
    def suspects(self) -> list[str]:
        """Who the last trial's trace points at where it failed or was slower, most likely first."""
        return self.study.suspects()

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """What the analyst expects, the largest gain first."""
        return self.study.hypotheses

    @property
    def lessons(self) -> tuple[str, ...]:
        """What was learnt of earlier trials."""
        return tuple(self.study.lessons)

    # --- what can be made of it -------------------------------------------------------------

    def candidate(
        self,
        texts: Mapping[str, str] | None = None,
        values: Mapping[str, KnobValue] | None = None,
        rationale: str = "",
    ) -> Candidate:
        """Return the parent with other texts of files (whole, by path) and other values of knobs."""
        edits = tuple(FileEdit(path, text) for path, text in (texts or {}).items())
        return Candidate(
            edits=merge_edits(self.parent, edits, self.study.snapshot.texts),
            knobs=tuple({**self.parent.values, **(values or {})}.items()),
            parents=(self.parent.id,),
            author=self.agent,
            rationale=rationale,
        )

    def edited(self, answer: str) -> Candidate:
        """Return the parent with the edits of a model's answer, in any form that strop's coder understands.

        Raises `EditError` with a message for the model.
        """
        texts = self.texts
        only = next(iter(texts)) if len(texts) == 1 else None
        found = parse_answer(answer, texts, only_path=only)
        rationale = found.rationale[:300] or f"edits {', '.join(edit.path for edit in found.edits)}"
        edits = merge_edits(self.parent, found.edits, self.study.snapshot.texts)
        return Candidate(edits, self.parent.knobs, (self.parent.id,), self.agent, rationale)

    def ask(
        self,
        prompt: str,
        understand: Callable[[str], Result],
        *,
        system: str = "",
        max_tokens: int | None = None,
    ) -> Result | None:
        """Ask the study's model, within its budgets; return what `understand` makes of the answer.

        None without a model or a usable answer. `understand` (`view.edited`, `str`, ...) may raise
        `EditError`, whose message the model is asked again with, once. Raises `BudgetExhausted`.
        """
        if self.asker is None or not self.asker.usable:
            return None

        def read(reply: ModelReply) -> Result:
            if not reply.text.strip():
                raise EditError("the answer was empty")
            return understand(reply.text)

        messages = [("system", system)] if system else []
        messages.append(("user", prompt))
        return self.asker.ask(self.agent, self.parent, messages, read, turn=self.turn, max_tokens=max_tokens)


# --- in the places of strop's own ------------------------------------------------------------------


class CustomProposer:
    """An agent as one that proposes: what `strop.agents.coder.Coder` and `Tuner` are, too."""

    def __init__(self, agent: Agent, asker: Asker | None) -> None:
        self.name = agent.name
        self._agent = agent
        self._asker = asker
        self._waiting: list[Candidate] = []

    def propose_all(self, view: View, parent: Candidate, *, turn: int) -> list[Candidate]:
        """Return its candidates; its sentences become lessons. Raises `BudgetExhausted`."""
        candidates, words = _acted(self._agent, AgentView(view, parent, turn, self.name, asker=self._asker))
        for sentence in words:
            view.learn(sentence)
        return candidates

    def propose(self, view: View, parent: Candidate, *, turn: int) -> Candidate | None:
        """Return its next candidate; it acts again once all are asked for. None where it has none."""
        if not self._waiting:
            self._waiting = self.propose_all(view, parent, turn=turn)
        return self._waiting.pop(0) if self._waiting else None


class CustomAnalyst:
    """An agent as the analyst: its sentences are the hypotheses."""

    def __init__(self, agent: Agent, asker: Asker | None) -> None:
        self._agent = agent
        self._asker = asker

    def analyse(self, view: View, candidate: Candidate, *, turn: int) -> tuple[str, ...]:
        """Return its sentences about a candidate."""
        looks = AgentView(view, candidate, turn, self._agent.name, asker=self._asker)
        return tuple(_acted(self._agent, looks, candidates=False)[1])


class CustomCritic:
    """An agent as the critic: its sentences are the lessons of a trial."""

    def __init__(self, agent: Agent, asker: Asker | None) -> None:
        self._agent = agent
        self._asker = asker

    def lesson(self, view: View, trial: Trial, candidate: Candidate, *, turn: int) -> str:
        """Return its sentences about a finished trial, as one."""
        looks = AgentView(view, candidate, turn, self._agent.name, trial, self._asker)
        return " ".join(_acted(self._agent, looks, candidates=False)[1])


class CustomMember:
    """An agent as an optimizer beside the others."""

    def __init__(self, agent: Agent, view: View, asker: Asker | None, *, listener: Listener = silent) -> None:
        self.name = agent.name
        self._proposer = CustomProposer(agent, asker)
        self._view = view
        self._listener = listener
        self._turns = 0
        self._dry = 0
        self._waiting: list[Candidate] = []

    def ask(self, count: int) -> list[Candidate]:
        """Return up to `count` of its candidates; it acts again once all of them were handed out."""
        if count < 1 or (self._dry >= PATIENCE and not self._waiting):
            return []
        if not self._waiting:
            self._turns += 1
            try:
                parent = self._view.champion()
                self._waiting = self._proposer.propose_all(self._view, parent, turn=self._turns)
            except BudgetExhausted as spent:
                note(self._listener, f"agent {self.name} has no more budget: {spent}")
                self._dry = PATIENCE
                return []
            self._dry = 0 if self._waiting else self._dry + 1
        given, self._waiting = self._waiting[:count], self._waiting[count:]
        return given

    def tell(self, trial: Trial) -> None:
        """Nothing: an agent sees the study whenever it acts."""


def check_agents(agents: Sequence[Any]) -> None:
    """Raise `ConfigError` for what is no agent, and for two of one name."""
    names = []
    for agent in agents:
        name = getattr(agent, "name", None)
        if not callable(getattr(agent, "act", None)) or not isinstance(name, str) or not name:
            raise ConfigError(f"agents: {agent!r:.80} is none; an agent has a name and a method act(view)")
        if isinstance(agent, type):
            raise ConfigError(f"agents: {agent.__name__} is a class; give an object of it")
        names.append(name)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(f"agents: two are named {twice[0]!r}; each needs a name of its own")


def _acted(agent: Agent, view: AgentView, *, candidates: bool = True) -> tuple[list[Candidate], list[str]]:
    """Let an agent act; returns its candidates and its sentences.

    `candidates`: whether it may return any here.
    """
    try:
        found = agent.act(view)
        things = [found] if isinstance(found, (Candidate, str)) else list(found or ())
    except StropError:
        raise
    except Exception as error:  # the border to a user's own code, which raises whatever it likes
        raise ConfigError(f"agent {agent.name} raised {type(error).__name__}: {error}") from error
    made: list[Candidate] = []
    words: list[str] = []
    for thing in things:
        if isinstance(thing, str):
            words += [" ".join(thing.split())[:300]] if thing.strip() else []
        elif isinstance(thing, Candidate) and candidates:
            candidate = replace(plain(thing, f"agent {agent.name}"), author=agent.name)
            made.append(replace(candidate, parents=thing.parents or (view.parent.id,)))
        else:
            allowed = "candidates and sentences" if candidates else "sentences"
            raise ConfigError(f"agent {agent.name} returned {thing!r:.80}; allowed here: {allowed}")
    return [candidate for candidate in made if candidate.id != BASELINE.id], words


def plain(candidate: Candidate, who: str) -> Candidate:
    """Return a candidate of plain values: a number of numpy's becomes Python's.

    Raises `ConfigError` for values and texts that no study can keep.
    """
    knobs = []
    for name, value in candidate.knobs:
        single = value.item() if hasattr(value, "item") else value
        if not isinstance(single, (bool, int, float, str)):
            raise ConfigError(f"{who}: {name} is {value!r:.60}; allowed: a number, a text, true or false")
        knobs.append((name, single))
    for edit in candidate.edits:
        if not isinstance(edit.path, str) or not isinstance(edit.text, (str, type(None))):
            raise ConfigError(f"{who}: the text of {edit.path!r:.60} is {type(edit.text).__name__}, no text")
    return replace(candidate, knobs=tuple(knobs))
