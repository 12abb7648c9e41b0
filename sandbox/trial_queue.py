"""The queue of trials: evaluates candidates in the background, one or more at a time.

A slow trial holds up nothing but itself: `wait` returns as soon as any has finished. What is timed
is timed alone (`strop.sandbox.measure.quiet`); builds and tests of several workers overlap.

A lost sandbox and a daemon's error get another try, in new sandboxes: they say nothing about the
candidate. Any other error comes out at once.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from strop.candidate import Candidate
from strop.errors import DaemonError, SandboxLost
from strop.trial import Trial

__all__ = ["TrialQueue"]

PROVIDER_RETRIES = 1


class TrialQueue:
    """Runs trials in worker threads; what a worker raises comes out of `wait`."""

    def __init__(self, evaluate: Callable[[Candidate, Trial], Trial], *, workers: int = 1) -> None:
        """`evaluate` returns the finished trial, having written it down."""
        self._evaluate = evaluate
        self._todo: queue.Queue[tuple[Candidate, Trial] | None] = queue.Queue()
        self._done: queue.Queue[Trial | BaseException] = queue.Queue()
        self._in_flight: set[int] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"strop-trial-{n}", daemon=True) for n in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def in_flight(self) -> frozenset[int]:
        """Numbers of the trials that were submitted and not yet returned by `wait`."""
        with self._lock:
            return frozenset(self._in_flight)

    def submit(self, candidate: Candidate, trial: Trial) -> None:
        """Queue a trial; its number must not be in flight."""
        with self._lock:
            if trial.number in self._in_flight:
                raise ValueError(f"trial {trial.number} is already in the queue")
            self._in_flight.add(trial.number)
        self._todo.put((candidate, trial))

    def wait(self) -> list[Trial]:
        """Return all finished trials, waiting for the first; empty where none is in flight."""
        finished: list[Trial] = []
        while self.in_flight and not (finished and self._done.empty()):
            item = self._done.get()
            if isinstance(item, BaseException):
                raise item
            finished.append(item)
            with self._lock:
                self._in_flight.discard(item.number)
        return sorted(finished, key=lambda trial: trial.number)

    def stop(self) -> None:
        """Drop what has not started, wait for what runs, and end the workers."""
        self._stopping.set()
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (item := self._todo.get()) is not None:
            if self._stopping.is_set():
                continue
            try:
                self._done.put(self._with_retries(*item))
            except BaseException as error:  # a worker's boundary: raised again by `wait`
                self._done.put(error)

    def _with_retries(self, candidate: Candidate, trial: Trial) -> Trial:
        for attempt in range(PROVIDER_RETRIES + 1):
            try:
                return self._evaluate(candidate, trial)
            except (SandboxLost, DaemonError):
                if attempt == PROVIDER_RETRIES or self._stopping.is_set():
                    raise
        raise AssertionError("unreachable")
