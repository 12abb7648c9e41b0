"""What `strop init` proposes: findings with their evidence, open questions, and warnings."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from strop.errors import ConfigError

__all__ = ["Confidence", "Finding", "Proposal", "Question"]

Confidence = Literal["high", "medium", "low"]
"""high: the repository says so; medium: inferred from its layout; low: a guess to look at."""


@dataclass(frozen=True)
class Finding:
    """One proposed value and its evidence."""

    value: str
    why: str  # a clause for people: "tests/ imports pytest"
    confidence: Confidence = "medium"


@dataclass(frozen=True)
class Question:
    """Something that the files alone do not tell; its answer goes to `Proposal.answered`."""

    key: str  # what it decides: "commands.benchmark", "commands.test", "target.files"
    text: str
    default: str | None  # None: no sensible answer is known, the user has to give one
    why: str = ""  # what speaks for the default
    choices: tuple[str, ...] = ()  # other answers worth offering


@dataclass(frozen=True)
class Proposal:
    """A job as far as files alone tell it."""

    name: str
    languages: tuple[Finding, ...] = ()  # the main one first
    files: tuple[Finding, ...] = ()  # globs that candidates may edit
    exclude: tuple[Finding, ...] = ()
    setup: tuple[Finding, ...] = ()
    build: Finding | None = None
    test: Finding | None = None
    benchmark: Finding | None = None
    env: tuple[tuple[str, Finding], ...] = ()
    ignore: tuple[Finding, ...] = ()  # regular expressions of output lines that hold times
    image: Finding | None = None  # a Docker image that has the language's tools
    questions: tuple[Question, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether every question has a default, so that the job can be written without asking."""
        return all(question.default is not None for question in self.questions)

    def answered(self, answers: Mapping[str, str]) -> Proposal:
        """Return the proposal with answers to some of its questions, by key.

        An answer equal to the default changes nothing but drops the question; `target.files` takes
        several globs, separated as in a shell. Raises `ConfigError` for a key that was not asked.
        """
        known = {question.key: question for question in self.questions}
        proposal = self
        for key, answer in answers.items():
            if key not in known:
                raise ConfigError(f"no question {key!r}; asked: {', '.join(known) or 'nothing'}")
            if answer.strip() and answer != known[key].default:
                proposal = proposal._with(key, answer.strip())
        left = tuple(question for question in self.questions if question.key not in answers)
        return replace(proposal, questions=left)

    def _with(self, key: str, answer: str) -> Proposal:
        finding = Finding(answer, "your answer", "high")
        if key == "commands.benchmark":
            # The patterns belonged to the command that was proposed.
            return replace(self, benchmark=finding, ignore=())
        if key == "commands.test":
            return replace(self, test=finding)
        if key == "commands.build":
            return replace(self, build=finding)
        if key == "target.files":
            try:
                globs = tuple(Finding(glob, "your answer", "high") for glob in shlex.split(answer))
            except ValueError as error:
                raise ConfigError(f"target.files: {answer!r}: {error}") from None
            return replace(self, files=globs, exclude=())
        raise ConfigError(f"no answer can be given to {key!r}")
