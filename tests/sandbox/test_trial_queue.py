"""The queue returns what is finished, retries a provider once, and hands on what a worker raises."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from strop.candidate import BASELINE, Candidate
from strop.errors import ConfigError, DaemonError, SandboxError, SandboxLost
from strop.sandbox.trial_queue import TrialQueue
from strop.trial import Trial, TrialState


def row(number: int) -> Trial:
    return Trial(number, BASELINE.id, "test", TrialState.RUNNING)


def done(candidate: Candidate, trial: Trial) -> Trial:
    return replace(trial, state=TrialState.COMPLETE)


def test_a_slow_trial_holds_up_nothing_but_itself() -> None:
    gate = threading.Event()

    def evaluate(candidate: Candidate, trial: Trial) -> Trial:
        if trial.number == 1:
            assert gate.wait(30)
        return done(candidate, trial)

    queue = TrialQueue(evaluate, workers=2)
    queue.submit(BASELINE, row(1))
    queue.submit(BASELINE, row(2))
    assert [t.number for t in queue.wait()] == [2]
    assert queue.in_flight == {1}
    gate.set()
    assert [t.number for t in queue.wait()] == [1]
    assert queue.wait() == []
    queue.stop()


@pytest.mark.parametrize("fault", [SandboxLost, DaemonError])
def test_a_providers_fault_is_retried_once_then_raised(fault: type[SandboxError]) -> None:
    calls: list[int] = []

    def evaluate(candidate: Candidate, trial: Trial) -> Trial:
        calls.append(trial.number)
        if trial.number == 2 or len(calls) == 1:
            raise fault("daemon gone")
        return done(candidate, trial)

    queue = TrialQueue(evaluate)
    queue.submit(BASELINE, row(1))
    assert [t.number for t in queue.wait()] == [1]
    assert calls == [1, 1]
    queue.submit(BASELINE, row(2))
    with pytest.raises(fault, match="daemon gone"):
        queue.wait()
    assert calls == [1, 1, 2, 2]
    queue.stop()


@pytest.mark.parametrize("fault", [SandboxError, ConfigError])
def test_what_another_try_does_not_mend_is_raised_at_once(fault: type[Exception]) -> None:
    calls: list[int] = []

    def evaluate(candidate: Candidate, trial: Trial) -> Trial:
        calls.append(trial.number)
        raise fault("bwrap is not on the PATH")

    queue = TrialQueue(evaluate)
    queue.submit(BASELINE, row(1))
    with pytest.raises(fault, match="not on the PATH"):
        queue.wait()
    assert calls == [1]
    queue.stop()


def test_a_number_is_in_flight_once_and_stopping_drops_what_has_not_started() -> None:
    gate = threading.Event()
    started: list[int] = []

    def evaluate(candidate: Candidate, trial: Trial) -> Trial:
        started.append(trial.number)
        assert gate.wait(30)
        return done(candidate, trial)

    queue = TrialQueue(evaluate)
    queue.submit(BASELINE, row(1))
    with pytest.raises(ValueError, match="already in the queue"):
        queue.submit(BASELINE, row(1))
    queue.submit(BASELINE, row(2))
    stopper = threading.Thread(target=queue.stop)
    stopper.start()
    while not queue._stopping.is_set():
        pass
    gate.set()
    stopper.join()
    assert 2 not in started
