"""The display of a running job: what it shows, and that it never breaks one."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterable
from typing import Any, Literal

import pytest
from rich.console import Console

from strop.events import Event
from strop.job import Job, parse_job
from strop.report import listener_for
from strop.report.live import RichDisplay

EVENTS = [
    Event("phase", {"name": "start", "study": "words-1"}, 100.0),
    Event("note", {"text": "sandbox: docker \x1b[31m[bold]"}, 101.0),
    Event("baseline", {"metrics": {"wall_time": 0.2}, "noise": 0.013, "verified_by": "tests only"}, 105.0),
    Event("stage", {"trial": 1, "stage": "test"}, 106.0),
    Event(
        "trial",
        {"number": 1, "author": "coder", "state": "failed", "reason": "no [/x]", "ratio": None},
        107.0,
    ),
    Event("attempt", {"agent": "coder", "outcome": "unusable", "sentence": "it was empty"}, 108.0),
    Event("champion", {"trial": 2, "ratio": 1.42, "author": "rules"}, 109.0),
    Event("champion", {"trial": 2, "ratio": 1.42, "author": "rules"}, 110.0),
    Event("cost", {"calls": 3, "prompt_tokens": 1200, "completion_tokens": 340, "usd": None}, 111.0),
    Event("stage", {"trial": 3, "stage": "measure"}, 112.0),
    Event("unheard-of", {"x": float("inf")}, 3800.0),
]

Kind = Literal["rich", "plain", "json"]


@pytest.fixture
def job() -> Job:
    data = {"name": "words", "target": {"files": ["a.py"]}, "commands": {"benchmark": "true"}}
    return parse_job({**data, "budget": {"evaluations": 9, "usd": 2}}, "strop.toml")


def console(stream: Any, **options: Any) -> Console:
    return Console(file=stream, width=110, highlight=False, markup=False, emoji=False, **options)


def shown(kind: Kind, job: Job, events: Iterable[Event] = EVENTS) -> str:
    stream = io.StringIO()
    with listener_for(kind, job, console(stream)) as listener:
        for event in events:
            listener(event)
    return stream.getvalue()


def test_plain_lines(job: Job) -> None:
    lines = shown("plain", job).splitlines()
    assert lines == [
        "0:00:00  start words-1",
        "0:00:01  sandbox: docker [bold]",
        "0:00:05  baseline: wall_time 200 ms, noise 1.3% a pair, verified by tests only",
        "0:00:07  trial 1 by coder: failed: no [/x]",
        "0:00:08  an answer of coder could not be used: it was empty",
        "0:00:09  best so far: trial 2 by rules: promising, an estimated 1.42 times faster",
    ]


def test_json_lines(job: Job) -> None:
    rows = [json.loads(line) for line in shown("json", job).splitlines()]
    assert [row["kind"] for row in rows] == [event.kind for event in EVENTS]
    assert rows[4]["time"] == 107.0 and rows[4]["number"] == 1
    assert rows[-1]["x"] is None


def test_the_panel(job: Job) -> None:
    display = RichDisplay(job, console(io.StringIO()))
    for event in EVENTS:
        display(event)
    stream = io.StringIO()
    console(stream).print(display.picture())
    text = stream.getvalue()
    for part in (
        "strop  words  words-1  search",
        "trial 2 by rules: promising, an estimated 1.42 times faster",
        "1: 1 failed, 1 answers came to none",
        "trial 3: measure",
        "8 of 9 evaluations",
        "1,540 tokens, price unknown of 2.00 USD",
        "failed: no [/x]",
    ):
        assert part in text
    assert "\x1b" not in text


class Broken(io.StringIO):
    """A terminal that goes away after some writes."""

    def __init__(self, writes: int) -> None:
        super().__init__()
        self.left = writes
        self.gone = threading.Event()

    def write(self, text: str) -> int:
        self.left -= 1
        if self.left < 0:
            self.gone.set()
            raise OSError(5, "Input/output error")
        return super().write(text)


@pytest.mark.parametrize("kind", ["rich", "plain", "json"])
@pytest.mark.parametrize("writes", [0, 2])
def test_a_terminal_that_goes_away_breaks_nothing(kind: Kind, writes: int, job: Job) -> None:
    stream = Broken(writes)
    with listener_for(kind, job, console(stream, force_terminal=kind == "rich")) as listener:
        for event in EVENTS:
            listener(event)
        stream.gone.wait(10)
        listener(EVENTS[0])
    assert stream.gone.is_set()


def test_a_picture_that_fails_falls_back_to_lines(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    stream, failed = io.StringIO(), threading.Event()

    def picture(self: RichDisplay) -> None:
        failed.set()
        raise RuntimeError("a bug")

    monkeypatch.setattr(RichDisplay, "picture", picture)
    with listener_for("rich", job, console(stream, force_terminal=True)) as listener:
        assert failed.wait(10)
        for event in EVENTS:
            listener(event)
    assert "the live display failed (RuntimeError: a bug); going on with plain lines" in stream.getvalue()
    assert "trial 1 by coder: failed" in stream.getvalue()


def test_malformed_events_break_nothing(job: Job) -> None:
    bad = [
        Event("trial", {"number": "x"}),
        Event("stage", {"trial": None}),
        Event("baseline", {"noise": "?"}),
    ]
    for kind in ("rich", "plain", "json"):
        shown(kind, job, bad)


def test_events_of_many_threads(job: Job) -> None:
    stream = io.StringIO()
    with listener_for("json", job, console(stream)) as listener:
        threads = [threading.Thread(target=lambda: [listener(event) for event in EVENTS]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len([json.loads(line) for line in stream.getvalue().splitlines()]) == 8 * len(EVENTS)
