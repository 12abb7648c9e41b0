"""A trial's trace, for people: who is involved, and the graph, as text or as a page."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from strop.agents.credit import CREDIT, credit_lines
from strop.agents.optimizers.arms.opto import rendered
from strop.agents.opto.jobs.studies import trace_of
from strop.agents.opto.jobs.trials import TrialTrace
from strop.agents.opto.nodes import MessageNode, Node, ParameterNode
from strop.errors import ConfigError
from strop.report.text import print_line
from strop.report.trials import find_trial
from strop.report.words import clean, one_line
from strop.sandbox.workspace import Snapshot
from strop.study import Study, write_atomically

__all__ = ["show_trace", "trace_page", "write_trace_page"]

PROMPT_TOKENS = 4000
BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y, MARGIN = 250, 54, 70, 22, 24


def _trace(study: Study, number: int) -> TrialTrace:
    trial = find_trial(study, number)
    if not (study.folder / "snapshot").is_dir():
        raise ConfigError(f"study {study.name} has no snapshot, so no trace of its trials")
    return trace_of(study, Snapshot.load(study.folder, study.job.target), trial)


def show_trace(study: Study, number: int, console: Console) -> None:
    """Print who a trial's feedback reaches, and the trace as agents see it."""
    trace = _trace(study, number)
    print_line(console, f"Trial {number} of {study.name}: what its feedback reaches", "bold")
    if not trace.suspects:
        print_line(
            console, "nothing names a function: no exception, test, recorded call or profile", indent=2
        )
    for place, suspect in enumerate(trace.suspects, start=1):
        print_line(console, f"{place}. {one_line(suspect.id, 100)}", indent=2)
        for why in suspect.why:
            print_line(console, one_line(why, 200), "dim", indent=5)
    for line in _credit(study, number):
        print_line(console, line, indent=2)
    if trace.feedback is None:
        return
    console.print()
    shown = rendered(trace, max_tokens=PROMPT_TOKENS * 4)
    if shown is None:
        print_line(
            console, "the code that is suspected is too long to be shown here; --html draws it", indent=2
        )
        return
    for line in clean(str(shown)).splitlines():
        print_line(console, line, "bold" if line.startswith("#") else "", indent=2)


def _credit(study: Study, number: int) -> list[str]:
    rows = study.get(CREDIT, {}).get(str(number), [])
    return [f"measured: {one_line(line, 200)}" for line in credit_lines(rows)]


def write_trace_page(study: Study, number: int, file: Path) -> None:
    """Write the trace as one HTML page, without scripts and anything from elsewhere."""
    title = f"Trial {number} of {study.name}"
    page = trace_page(title, _trace(study, number), _credit(study, number))
    try:
        write_atomically(file, page.encode())
    except OSError as error:
        raise ConfigError(f"--html {file}: cannot be written: {error.strerror}") from None


def trace_page(title: str, trace: TrialTrace, credit: Sequence[str] = ()) -> str:
    """Return the page: the suspects with their reasons, and the graph drawn from left to right.

    `credit`: what was measured of the candidate's parts, a line each.
    """
    rows = "".join(
        f"<li><b>{_safe(s.id)}</b> <span class=w>{s.weight:.2f}</span><br>{_safe('; '.join(s.why))}</li>"
        for s in trace.suspects
    )
    body = f"<ol>{rows}</ol>" if rows else "<p>Nothing names a function.</p>"
    body += "".join(f"<p>{_safe(line)}</p>" for line in credit)
    if trace.feedback is not None:
        body += _drawn(list(trace.feedback.graph.nodes), {s.id for s in trace.suspects[:1]})
        body += f"<h2>Feedback</h2><pre>{_safe(str(trace.feedback))}</pre>"
    return PAGE.replace("TITLE", _safe(title)).replace("BODY", body)


def _safe(text: str) -> str:
    return html.escape(clean(text))


def _drawn(nodes: list[Node], first: set[str]) -> str:
    """Return the graph as SVG: columns by level, lines from inputs to what was made of them."""
    columns: dict[int, list[Node]] = {}
    depth = {id(node): node.level for node in nodes}
    for node in nodes:  # an input stands just before the first that uses it
        users = [depth[id(other)] for other in nodes if any(node is parent for parent in other.parents)]
        if node.is_root and users:
            depth[id(node)] = min(users) - 1
    least = min(depth.values())
    for node in nodes:
        columns.setdefault(depth[id(node)] - least, []).append(node)
    spots = {
        id(node): (MARGIN + column * (BOX_WIDTH + GAP_X), MARGIN + row * (BOX_HEIGHT + GAP_Y))
        for column, held in columns.items()
        for row, node in enumerate(held)
    }
    width = 2 * MARGIN + (max(columns) + 1) * (BOX_WIDTH + GAP_X) - GAP_X
    height = 2 * MARGIN + max(map(len, columns.values())) * (BOX_HEIGHT + GAP_Y) - GAP_Y
    lines = [_line(spots[id(p)], spots[id(n)]) for n in nodes for p in n.parents if id(p) in spots]
    boxes = [_box(node, *spots[id(node)], first) for node in nodes]
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">'
        f"{''.join(lines)}{''.join(boxes)}</svg>"
    )


def _line(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1, x2, y2 = start[0] + BOX_WIDTH, start[1] + BOX_HEIGHT // 2, end[0], end[1] + BOX_HEIGHT // 2
    middle = (x1 + x2) // 2
    return f'<path d="M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}"/>'


def _box(node: Node, x: int, y: int, first: set[str]) -> str:
    title = node.stem if isinstance(node, ParameterNode) else getattr(node, "op_name", node.stem)
    detail = node.description if isinstance(node, ParameterNode) else str(node._data)
    worst = any(detail.startswith(f"{key}:") for key in first)
    kind = "worst" if worst else "failed" if node.kind == "exception" else node.kind
    if isinstance(node, MessageNode) and node.kind == "message":
        kind = "stage"
    return (
        f'<g class="{kind}"><rect x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6"/>'
        f'<text x="{x + 10}" y="{y + 21}" class="t">{_safe(one_line(str(title), 30))}</text>'
        f'<text x="{x + 10}" y="{y + 41}">{_safe(one_line(detail, 34))}</text>'
        f"<title>{_safe(detail[:600])}</title></g>"
    )


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>TITLE</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #1c2733; background: #fff }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
li { margin: .5rem 0 } .w { color: #6b7785; margin-left: .5rem }
pre { background: #f4f6f8; padding: 1rem; border-radius: 6px; overflow: auto; white-space: pre-wrap }
svg { max-width: 100%; height: auto; margin-top: 1rem }
rect { fill: #f4f6f8; stroke: #b9c4cf } path { fill: none; stroke: #9aa7b4; stroke-width: 1.4 }
text { font-size: 12px; fill: #4a5663 } .t { font-size: 14px; font-weight: 600; fill: #1c2733 }
.parameter rect { fill: #e8f1fd; stroke: #7aa7e0 }
.worst rect { fill: #fde8e6; stroke: #d9655b; stroke-width: 2 }
.failed rect { fill: #fff3dc; stroke: #d9a441 } .stage rect { fill: #eef7ee; stroke: #8cbf8c }
</style></head><body><h1>TITLE: what its feedback reaches</h1>BODY</body></html>
"""
