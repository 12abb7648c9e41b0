"""OptoPrime: a model reads the trace between variables and feedback, and proposes new values.

Source: Cheng, Nie, Swaminathan, arXiv 2406.16218. What is different here: the prompt has a limit, answers
are checked before anything changes, candidates are tried and not voted on, and the best values are kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from strop.agents.optimizers.traces.answers import Answer, read_answer
from strop.agents.optimizers.traces.asking import TraceModel, as_model
from strop.agents.optimizers.traces.memory import Entry, Memory
from strop.agents.optimizers.traces.rendering import SECTIONS, Rendering, render_trace, variable_names
from strop.agents.optimizers.traces.tuning import Tuner, tunable
from strop.agents.opto.nodes import Node, ParameterNode
from strop.agents.opto.propagation import Feedback
from strop.errors import ConfigError
from strop.prompts import render

__all__ = ["OBJECTIVE", "OptoPrime", "Step"]

OBJECTIVE = "Change the variables in #Variables so that the output in #Outputs improves as #Feedback says."

Evaluate = Callable[[], float | tuple[float, str]]
"""Tries the parameters' present values; returns a score, more is better, and maybe feedback."""

Values = dict[ParameterNode, Any]


@dataclass(frozen=True)
class Step:
    """What one step did."""

    values: Values  # that were assigned
    problems: tuple[str, ...] = ()  # what of the answers could not be used, and why
    score: float | None = None  # of the values that were kept, where they were tried
    asked: int = 0  # questions to the model


class OptoPrime:
    """Proposes values for parameters from the trace of an output and feedback on it.

    >>> optimizer = OptoPrime([x], model=model)           # doctest: +SKIP
    >>> y = program(x)                                    # doctest: +SKIP
    >>> optimizer.zero_feedback()                         # doctest: +SKIP
    >>> optimizer.backward(y, "too low")                  # doctest: +SKIP
    >>> optimizer.step()                                  # doctest: +SKIP
    """

    sections: tuple[str, ...] = SECTIONS
    agent = "opto"

    def __init__(
        self,
        parameters: Iterable[ParameterNode],
        model: TraceModel = None,
        *,
        objective: str | None = None,
        memory: int = 8,
        max_prompt_tokens: int = 8000,
        max_tokens: int = 4096,
        reasks: int = 1,
        candidates: int = 1,
        temperature: float = 0.4,
        tuner: str | None = None,
        seed: int = 0,
        mask: Sequence[str] = (),
    ) -> None:
        """Take parameters to change.

        Args:
            parameters: Those that are not trainable are left alone.
            model: A `strop.extension.Model`, or a function of messages (a list of {"role", "content"})
                that returns text or a response as OpenAI's library has it.
            objective: What is asked of the model.
            memory: Past entries that a prompt shows; 0: none.
            max_prompt_tokens: Limit of the prompt, estimated.
            max_tokens: Limit of an answer.
            reasks: Questions more after an answer that can't be used.
            candidates: Proposals a step, where `step` can try them.
            temperature: Of the model.
            tuner: "optuna": numbers, booleans and choices within limits go to Optuna, the rest to the model.
            seed: Of the tuner.
            mask: Sections that a prompt leaves out, e.g. ("Code", "Documentation", "Others").

        Raises:
            ConfigError: There is no trainable parameter, or no model for those that need one.
        """
        self.parameters = [p for p in dict.fromkeys(parameters) if p.trainable]
        if not self.parameters:
            raise ConfigError("an optimizer needs at least one trainable parameter")
        unknown = [title for title in mask if title.lstrip("#") not in SECTIONS]
        if unknown:
            raise ConfigError(f"mask: unknown section {unknown[0]!r}; known: {', '.join(SECTIONS)}")
        if tuner not in (None, "optuna"):
            raise ConfigError(f"tuner is {tuner!r}; allowed: None, 'optuna'")
        tuned = [p for p in self.parameters if tuner and tunable(p)]
        self._told = [p for p in self.parameters if all(p is not other for other in tuned)]
        self._tuner = Tuner(tuned, seed=seed) if tuned else None
        if self._told and model is None:
            raise ConfigError("model: a model is needed for parameters that Optuna does not tune")
        self._model = as_model(model) if model is not None else None
        self.objective = objective or OBJECTIVE
        self.memory = Memory(memory)
        self._max_prompt_tokens = max_prompt_tokens
        self._max_tokens = max_tokens
        self._reasks = reasks
        self._candidates = candidates
        self._temperature = temperature
        self._mask = tuple(title.lstrip("#") for title in mask)
        self._questions = 0
        self._problems: list[str] = []
        self.log: list[dict[str, str]] = []

    # --- Trace's protocol -----------------------------------------------------------------

    def zero_feedback(self) -> None:
        """Forget the feedback of all parameters."""
        for parameter in self.parameters:
            parameter.zero_feedback()

    def backward(self, output: Node, feedback: Any, **options: Any) -> Feedback:
        """Carry feedback on an output to the parameters; several a step are allowed."""
        return output.backward(feedback, **options)

    def propose(self) -> Values:
        """Return one proposal for the present feedback, and assign nothing.

        Raises:
            ModelError: The model gave no answer; `BudgetExhausted`: it may not be asked any more.
        """
        proposal: Values = self._tuner.ask() if self._tuner is not None else {}
        feedbacks = self._feedbacks()
        if self._model is None or not feedbacks or not self._reached(feedbacks):
            return proposal
        return {**proposal, **self._asked(feedbacks)}

    def step(
        self, evaluate: Evaluate | None = None, *, score: float | None = None, reuse: bool = True
    ) -> Step:
        """Propose values and assign them.

        With `evaluate`, every candidate is tried, and the best values are assigned: the present ones
        where none is better. Without it, the proposal is assigned as it is; `score`, where it is known,
        is that of the present values, and `best` and `revert` know it. Values that were tried before are
        not tried again, unless `reuse` is False: `evaluate` then asks something else each time.

        Returns:
            What was assigned. Problems of the model's answers are in there, and in the next prompt.
        """
        before, self._problems = self._questions, []
        current = self._note_present(evaluate, score, reuse)
        if evaluate is None:
            proposal = self.propose()
            self._assign(proposal)
            return Step(proposal, tuple(self._problems), None, self._questions - before)
        kept, best = self._tried(evaluate, self._present(), current, reuse)
        self._assign(kept)
        changed = {parameter: parameter._data for parameter in kept}
        return Step(changed, tuple(self._problems), best, self._questions - before)

    # --- best so far ----------------------------------------------------------------------

    @property
    def best(self) -> tuple[Values, float] | None:
        """The values with the highest score that is known, and the score."""
        entry = self.memory.best
        if entry is None or entry.score is None:
            return None
        names = self._stable()
        return {parameter: entry.values[names[id(parameter)]] for parameter in self.parameters}, entry.score

    def revert(self) -> bool:
        """Assign the best values so far; returns whether there are any."""
        best = self.best
        if best is not None:
            self._assign(best[0])
        return best is not None

    # --- pieces ---------------------------------------------------------------------------

    def _tried(self, evaluate: Evaluate, start: Values, current: float, reuse: bool) -> tuple[Values, float]:
        """Try candidates from the present values; returns the best values and their score."""
        kept, best = start, current
        seen = [start]
        for _ in range(self._candidates):
            self._assign(start)
            proposal = self.propose()
            values = {**start, **proposal}
            if any(_same(values, other) for other in seen):
                continue
            seen.append(values)
            score = self._known(values) if reuse else None
            if score is None:
                self._assign(values)
                score, feedback = _evaluated(evaluate)
                self._remember(values, score, feedback)
            if score > best:
                kept, best = values, score
        return kept, best

    def _note_present(self, evaluate: Evaluate | None, score: float | None, reuse: bool) -> float:
        """Remember the present values with their feedback; returns their score, -inf where none is known."""
        feedback = "; ".join(str(feedback) for feedback in self._feedbacks())
        if score is None and evaluate is not None:
            known = self._known(self._present()) if reuse else None
            if known is not None:
                return known
            score, said = _evaluated(evaluate)
            feedback = feedback or said
        self._remember(self._present(), score, feedback)
        return float("-inf") if score is None else score

    def _remember(self, values: Values, score: float | None, feedback: str) -> None:
        names = self._stable()
        named = {names[id(parameter)]: value for parameter, value in values.items()}
        if score is not None and self._tuner is not None:
            self._tuner.tell(values, score)
        self.memory.add(Entry(named, feedback, score))

    def _present(self) -> Values:
        return {parameter: parameter._data for parameter in self.parameters}

    def _known(self, values: Values) -> float | None:
        """Return the score of values that were tried before."""
        names = self._stable()
        named = {names[id(parameter)]: value for parameter, value in values.items()}
        for entry in self.memory.entries:
            if entry.score is not None and _same(named, entry.values):
                return entry.score
        return None

    def _stable(self) -> dict[int, str]:
        return variable_names(self.parameters)

    @staticmethod
    def _assign(values: Mapping[ParameterNode, Any]) -> None:
        for parameter, value in values.items():
            parameter._set(value)

    def _feedbacks(self) -> list[Feedback]:
        """Return the feedback of all parameters, each once, in its order."""
        found = {id(f): f for p in self.parameters for f in p.feedback}
        return sorted(found.values(), key=lambda feedback: feedback.serial)

    def _reached(self, feedbacks: Sequence[Feedback]) -> list[ParameterNode]:
        reached = {id(p) for feedback in feedbacks for p in feedback.graph.parameters}
        return [parameter for parameter in self._told if id(parameter) in reached]

    # --- the question ---------------------------------------------------------------------

    def prompt(self, feedbacks: Sequence[Feedback]) -> tuple[Rendering, list[tuple[str, str]]]:
        """Return the sections and the messages for some feedback."""
        share = self._max_prompt_tokens * 3 // 4 if self.memory.size else self._max_prompt_tokens
        rendering = render_trace(feedbacks, self._told, max_tokens=share, named=self.parameters)
        titles = [title for title in self.sections if title not in self._mask]
        task = render(
            "opto/task",
            objective=self.objective,
            sections=[(title, rendering.sections[title]) for title in titles if rendering.sections[title]],
            history=self.memory.text(self._max_prompt_tokens - share) if self.memory.size else "",
        )
        return rendering, [("system", render("opto/system")), ("user", task)]

    def _asked(self, feedbacks: Sequence[Feedback]) -> Values:
        assert self._model is not None
        rendering, messages = self.prompt(feedbacks)
        answer = Answer()
        for _ in range(self._reasks + 1):
            self._questions += 1
            reply = self._model.ask(
                self.agent,
                messages,
                max_tokens=self._max_tokens,
                temperature=self._temperature,
                schema=_schema(rendering),
            )
            self.log.append({"system": messages[0][1], "user": messages[-1][1], "response": reply.text})
            answer = read_answer(reply.text, rendering.variables, cut_off=reply.finish_reason == "length")
            if not answer.problems:
                break
            self._refused(answer)
            messages = [
                *messages,
                ("assistant", reply.text or "(empty)"),
                ("user", render("opto/retry", problems=answer.problems)),
            ]
        return {rendering.variables[name]: value for name, value in answer.values.items()}

    def _refused(self, answer: Answer) -> None:
        self._problems += answer.problems
        self.memory.add(Entry({}, refused="; ".join(answer.problems)))


def _evaluated(evaluate: Evaluate) -> tuple[float, str]:
    found = evaluate()
    score, feedback = found if isinstance(found, tuple) else (found, "")
    return float(score), str(feedback)


def _same(a: Mapping[Any, Any], b: Mapping[Any, Any]) -> bool:
    from strop.agents.optimizers.traces.showing import shown

    return a.keys() == b.keys() and all(shown(a[key], None) == shown(b[key], None) for key in a)


def _schema(rendering: Rendering) -> str:
    """Return the JSON schema of an answer about these variables."""
    kinds = {int: "integer", float: "number", bool: "boolean", str: "string", list: "array", dict: "object"}
    properties: dict[str, Any] = {}
    for name, parameter in rendering.variables.items():
        kind = kinds.get(type(parameter._data))
        properties[name] = {"type": kind} if kind else {}
    suggestion = {"type": "object", "properties": properties, "additionalProperties": False}
    return json.dumps(
        {
            "type": "object",
            "properties": {"reasoning": {"type": "string"}, "suggestion": suggestion},
            "required": ["reasoning", "suggestion"],
            "additionalProperties": False,
        }
    )
