"""The table of the suite, as `strop doctor --hostile` prints it."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from strop.cli import main
from strop.hostile import Row, table
from strop.hostile.inside import INSIDE
from strop.hostile.orchestrator import ORCHESTRATOR
from strop.hostile.records import Escape, OrchestratorCase
from strop.sandbox.bubblewrap import BubblewrapBackend

ROWS = (
    Row(22, "pickles in results", "strop", "contained", "never loaded", 0.2),
    Row(1, "fork bomb", "docker", "contained", "at most 56 processes", 1.0),
    Row(3, "full disk", "docker", "unsupported: no sizes here", "not played", 0.0),
    Row(9, "network, names, sockets", "docker", "ESCAPED: \x1b[2J it | got out", "", 2.0),
)


def test_a_terminal_gets_a_part_for_each_place_and_a_sentence() -> None:
    stream = io.StringIO()
    table.render(ROWS, Console(file=stream, width=100))
    text = stream.getvalue()
    assert text.index("strop") < text.index("pickles") < text.index("docker") < text.index("fork bomb")
    assert "unsupported  no sizes here; not played" in text and "\x1b" not in text
    assert (
        "2 of 4 attacks contained (4 behaviours), 1 unsupported on this machine, 1 ESCAPED: docker 9" in text
    )


def test_markdown_keeps_its_cells() -> None:
    lines = [line for line in table.as_markdown(ROWS).splitlines() if line.startswith("|")]
    assert all(line.count("|") == 6 for line in lines) and len(lines) == 8
    assert "| 1 | fork bomb | limit of processes | contained | at most 56 processes |" in lines


def test_json_has_every_row() -> None:
    rows = table.as_json(ROWS)
    assert rows[3]["number"] == 9 and rows[3]["verdict"].startswith("ESCAPED: ")
    json.dumps(rows)


def test_the_command_line_plays_cases_and_tells_by_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = BubblewrapBackend().available()
    if not found.ok:
        pytest.skip(found.reason)
    monkeypatch.setattr(table, "ORCHESTRATOR", tuple(case for case in ORCHESTRATOR if case.number == 28))
    monkeypatch.setattr(table, "INSIDE", tuple(case for case in INSIDE if case.number == 20))
    command = ["doctor", "--hostile", "--backend", "bubblewrap", "--json"]
    assert main(command) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["number"], row["where"], row["verdict"]) for row in rows] == [
        (28, "strop", "contained"),
        (20, "bubblewrap", "contained"),
    ]

    def leave() -> str:
        raise Escape("a door stands open")

    monkeypatch.setattr(table, "ORCHESTRATOR", (OrchestratorCase(28, "door", "nothing", leave),))
    assert main(command) == 1
    assert json.loads(capsys.readouterr().out)[0]["verdict"] == "ESCAPED: a door stands open"


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--backend", "docker"], "--backend: goes with --hostile"),
        (["--md"], "--md: goes with --hostile"),
        (["--hostile", "--backend", "process"], "contains nothing"),
        (["--hostile", "--backend", "podman"], "allowed: docker, bubblewrap"),
    ],
)
def test_wrong_options_are_told(arguments: list[str], what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", *arguments]) == 2
    assert what in capsys.readouterr().err
