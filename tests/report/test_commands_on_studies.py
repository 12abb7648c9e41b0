"""The commands that read a study, as a user calls them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from strop.cli import main
from strop.study import Study


def test_report_as_json_and_markdown(improved: Study, capsys: pytest.CaptureFixture[str]) -> None:
    root = str(improved.root)
    assert main(["report", "--json", "-C", root]) == 0
    assert json.loads(capsys.readouterr().out)["speedup"]["ratio"] == 2.75
    assert main(["-C", root, "report", "--md", "--study", improved.name]) == 0
    assert capsys.readouterr().out.startswith("## 2.75 times faster")
    assert main(["-C", root, "report", "--md", "--json"]) == 2


def test_show_status_and_report(improved: Study, capsys: pytest.CaptureFixture[str]) -> None:
    root = str(improved.root)
    for command in (["show"], ["show", "1"], ["status"], ["status", improved.name], ["report"]):
        assert main([*command, "-C", root]) == 0
        captured = capsys.readouterr()
        assert "\x1b" not in captured.out and captured.out
    assert main(["show", "77", "-C", root]) == 2
    assert "known: 0, 1, 2, 3" in capsys.readouterr().err
    assert main(["status", "nobody", "-C", root]) == 2
    assert f"known: {improved.name}" in capsys.readouterr().err


def test_diff_is_byte_for_byte(improved: Study, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["diff", "-C", str(improved.root)]) == 0
    wanted = improved.patch(improved.get("minimised")["candidate"])
    assert capfdbinary.readouterr().out == wanted.encode()
    assert main(["diff", "3", "-C", str(improved.root)]) == 0
    captured = capfdbinary.readouterr()
    assert captured.out == b"" and b"no file changes; knobs: chunk = 99" in captured.err


def test_diff_of_an_unconfirmed_champion_says_so(unlucky: Study, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "-C", str(unlucky.root)]) == 0
    assert "not confirmed: trial 2 is only promising" in capsys.readouterr().err


def test_no_improvement_to_show_or_apply(fresh: Study, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "-C", str(fresh.root)]) == 2
    assert main(["apply", "-C", str(fresh.root)]) == 2
    assert "no confirmed improvement" in capsys.readouterr().err


def test_a_name_that_is_taken(fresh: Study, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--name", fresh.name, "-C", str(fresh.root)]) == 2
    assert "is there already" in capsys.readouterr().err


def test_as_a_process_into_a_pipe_that_closes(improved: Study) -> None:
    command = f"{sys.executable} -m strop.cli show -C {improved.root} | head -n 1"
    env = {**os.environ, "COLUMNS": "80"}
    done = subprocess.run(
        command, shell=True, capture_output=True, text=True, env=env, check=False, timeout=120
    )
    assert "2.75 times faster" in done.stdout
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr
