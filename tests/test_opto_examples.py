"""The examples of strop.opto run, and improve what they are about."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from strop.sandbox.bubblewrap import BubblewrapBackend
from strop.sandbox.docker import DockerBackend

EXAMPLES = Path(__file__).parent.parent / "examples" / "opto"


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_numbers_are_tuned_without_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert example("numeric").main() < 0.2
    assert "pump" in capsys.readouterr().out


@pytest.mark.slow
def test_the_player_of_a_game_improves(capsys: pytest.CaptureFixture[str]) -> None:
    if not (BubblewrapBackend().available().ok or DockerBackend().available().ok):
        pytest.skip("neither docker nor bubblewrap works here")
    assert example("battleship").main(["--games", "3"]) > 0.5
    assert "game 1: 0% of the ships' cells hit" in capsys.readouterr().out


@pytest.mark.slow
def test_green_times_of_a_crossing() -> None:
    pytest.importorskip("uxsim", reason="the simulator UXsim is not installed")
    assert example("traffic").main(["--evaluations", "6"]) < 60
