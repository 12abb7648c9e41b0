"""The display of a running job: a live panel, plain lines, or JSON lines.

A display only watches. Whatever goes wrong while drawing (a terminal that went away, an encoding
that lacks a character, a bug here) must not end hours of search, so drawing has a boundary with a
broad `except`: the live panel falls back to plain lines, and plain lines fall silent.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from strop.events import Event, Listener
from strop.extension import as_json
from strop.job import Job
from strop.report.progress import Progress, champion_text
from strop.report.reading import finite
from strop.report.words import clean, duration, money, one_line

__all__ = ["Kind", "listener_for"]

Kind = Literal["rich", "plain", "json"]

REFRESH_S = 0.25


@contextmanager
def listener_for(kind: Kind, job: Job, console: Console) -> Iterator[Listener]:
    """Show a running job on a console; yields what `run_job` wants as listener.

    Args:
        kind: "rich" for a live panel, "plain" for a line an event, "json" for one JSON object a line
            with `kind`, `time` (seconds since the epoch) and the event's data.
        job: The job, for its budget and objective.
        console: Where to draw.
    """
    if kind == "json":
        yield JsonDisplay(console.file)
    elif kind == "plain":
        yield PlainDisplay(job, console)
    else:
        with RichDisplay(job, console) as display:
            yield display


class JsonDisplay:
    """One JSON object a line; a reader that went away ends the display, not the job."""

    def __init__(self, stream: TextIO | object) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._broken = False

    def __call__(self, event: Event) -> None:
        with self._lock:
            if self._broken:
                return
            try:
                data = {"kind": event.kind, "time": event.time}
                data = {**data, **finite(as_json(event.data)), **data}
                print(json.dumps(data), file=self._stream, flush=True)  # type: ignore[arg-type]
            except Exception:  # the boundary that the module's docstring explains
                self._broken = True


class PlainDisplay:
    """One line for each event that is worth it, with the time since the first."""

    def __init__(self, job: Job, console: Console, progress: Progress | None = None) -> None:
        self._console = console
        self._progress = progress or Progress(job)
        self._lock = threading.Lock()
        self._broken = False
        self._best: object = None

    def __call__(self, event: Event) -> None:
        with self._lock:
            if self._broken:
                return
            try:
                self._show(event)
            except Exception:  # the boundary that the module's docstring explains
                self._broken = True

    def _show(self, event: Event) -> None:
        sentence = self._progress.take(event)
        if event.kind == "champion" and event.data.get("trial") != self._best:
            # The graph names the champion in every turn; only a new one is news.
            self._best = event.data.get("trial")
            sentence = f"best so far: {champion_text(event.data, self._progress.word)}"
        if sentence:
            self.line(sentence, event.time)

    def line(self, sentence: str, at: float) -> None:
        """Print a sentence with its time."""
        elapsed = max(0, round(at - (self._progress.started or at)))
        clock = f"{elapsed // 3600}:{elapsed % 3600 // 60:02}:{elapsed % 60:02}"
        # Not wrapped: in a log file a line is a line.
        self._console.print(Text(clean(f"{clock}  {sentence}")), soft_wrap=True)


class RichDisplay:
    """A panel that is drawn anew some times a second, by a thread of its own.

    Not rich's own refresh thread: what that one raises, nobody catches.
    """

    def __init__(self, job: Job, console: Console) -> None:
        self._progress = Progress(job)
        self._console = console
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._plain: PlainDisplay | None = None
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._thread = threading.Thread(target=self._draw_on, name="strop-display", daemon=True)

    def __enter__(self) -> RichDisplay:
        try:
            self._live.start()
        except Exception as error:  # the boundary that the module's docstring explains
            self._fall_back(error)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._plain is None:
            self._close()

    def __call__(self, event: Event) -> None:
        with self._lock:
            plain = self._plain
            if plain is None:
                try:
                    self._progress.take(event)
                except Exception as error:  # the boundary that the module's docstring explains
                    self._fall_back(error)
                return
        plain(event)

    def _draw_on(self) -> None:
        while not self._stop.wait(REFRESH_S):
            with self._lock:
                if self._plain is not None:
                    return
                try:
                    self._live.update(self.picture(), refresh=True)
                except Exception as error:  # the boundary that the module's docstring explains
                    self._fall_back(error)

    def _fall_back(self, error: Exception) -> None:
        self._plain = PlainDisplay(self._progress.job, self._console, self._progress)
        self._close()
        text = f"the live display failed ({type(error).__name__}: {error}); going on with plain lines"
        self._plain(Event("note", {"text": text}))

    def _close(self) -> None:
        try:
            self._live.stop()
        except Exception as error:  # the boundary that the module's docstring explains
            # Live was started, so it holds the streams; give them back, or later prints would fail, too.
            sys.stdout, sys.stderr = sys.__stdout__ or sys.stdout, sys.__stderr__ or sys.stderr
            self._plain = self._plain or PlainDisplay(self._progress.job, self._console, self._progress)
            self._plain(Event("note", {"text": f"the live display failed ({type(error).__name__})"}))

    # --- the picture ----------------------------------------------------------------------

    def picture(self) -> RenderableType:
        """Return the panel as it is now."""
        return Group(
            *(Text(line, style, overflow="ellipsis", no_wrap=True) for style, line in self._head()),
            self._news(),
        )

    def _head(self) -> list[tuple[str, str]]:
        p = self._progress
        title = f"strop  {p.job.name}  {p.study}".rstrip()
        best = champion_text(p.champion, p.word) if p.champion else "nothing promising yet"
        lines = [("bold", f"{title}  {one_line(p.phase, 40)}"), ("", f"Best    {best}")]
        if p.baseline:
            lines.append(("dim", f"Base    {p.baseline}"))
        lines.append(("", f"Trials  {self._counts()}"))
        lines.append(("cyan", f"Now     {self._now()}"))
        lines.append(("", f"Time    {self._left()}"))
        if p.cost:
            lines.append(("", f"Spent   {self._spent()}"))
        return lines

    def _counts(self) -> str:
        p = self._progress
        parts = [f"{count} {what}" for what, count in p.counts.items()]
        if p.attempts:
            parts.append(f"{p.attempts} answers came to none")
        return f"{p.trials}{': ' if parts else ''}{', '.join(parts)}"

    def _now(self) -> str:
        p = self._progress
        # A confirmation's stages are no trial's.
        work = [f"{f'trial {n}' if n >= 0 else p.phase}: {stage}" for n, stage in sorted(p.running.items())]
        return one_line(", ".join(work) or p.phase or "waiting", 200)

    def _left(self) -> str:
        p, budget = self._progress, self._progress.job.budget
        passed = max(0.0, time.time() - p.started) if p.started else 0.0
        parts = [f"{duration(passed)} passed"]
        if budget.evaluations is not None:
            parts.append(f"{max(0, budget.evaluations - p.trials)} of {budget.evaluations} evaluations left")
        if budget.minutes is not None:
            parts.append(f"{duration(max(0.0, budget.minutes * 60 - passed))} left")
        return ", ".join(parts)

    def _spent(self) -> str:
        cost, budget = self._progress.cost, self._progress.job.budget
        tokens = int(cost.get("prompt_tokens") or 0) + int(cost.get("completion_tokens") or 0)
        most_tokens = f" of {budget.tokens:,}" if budget.tokens is not None else ""
        most_usd = f" of {money(budget.usd)}" if budget.usd is not None else ""
        return f"{tokens:,}{most_tokens} tokens, {money(cost.get('usd'))}{most_usd}"

    def _news(self) -> Table:
        table = Table.grid()
        table.add_column(no_wrap=True, overflow="ellipsis")
        for style, sentence in self._progress.outcomes:
            table.add_row(Text(f"  {sentence}", style))
        return table
