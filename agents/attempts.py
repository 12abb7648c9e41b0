"""Answers and proposals that came to no trial, in words: kept beside the study, one JSON a line."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Attempt", "Attempts"]


@dataclass(frozen=True)
class Attempt:
    """One question to an agent, or one proposal, and what came of it."""

    agent: str
    parent: str  # id of the candidate it was about
    attempt: int
    outcome: str  # "candidate", "answer", "refused", "unusable", "no answer", "repeated"
    sentence: str
    candidate: str = ""  # id, where there is one
    turn: int = 0
    prompt: str = ""  # templates of the question with their versions, "coder/system@1a2b3c4d ..."


class Attempts:
    """An append-only file of attempts; a torn last line (the process died) is dropped."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "attempts.jsonl"
        self._lock = threading.Lock()
        self._all: list[Attempt] = []
        if self._file.exists():
            whole, _, torn = self._file.read_bytes().rpartition(b"\n")
            if torn:
                self._file.write_bytes(whole + b"\n" if whole else b"")
            self._all = [Attempt(**json.loads(line)) for line in whole.splitlines()]

    def add(self, attempt: Attempt) -> None:
        """Append an attempt, safely on disk when this returns."""
        with self._lock:
            with self._file.open("ab") as stream:
                stream.write(json.dumps(asdict(attempt)).encode() + b"\n")
                stream.flush()
                os.fsync(stream.fileno())
            self._all.append(attempt)

    def all(self) -> list[Attempt]:
        """Return all attempts in order."""
        with self._lock:
            return list(self._all)

    def asked(self, agent: str, parent: str) -> int:
        """Return how many questions of an agent about a candidate are on file."""
        return sum(a.agent == agent and a.parent == parent and a.attempt >= 0 for a in self.all())

    def prompt_of(self, candidate: str) -> str:
        """Return the templates, with their versions, whose answer a candidate is; empty where none is."""
        return next((a.prompt for a in self.all() if a.candidate == candidate and a.prompt), "")
