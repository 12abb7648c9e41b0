"""A model on this machine computes only while nothing is timed here."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from strop.agents.models.gateway import Gateway, runs_here
from strop.agents.models.ledger import Ledger
from strop.extension import ModelReply, ModelRequest
from strop.job import ModelSettings
from strop.sandbox.measure.quiet import quiet
from strop.testing.model_server import ScriptedServer, reply, status

QUESTION = ModelRequest("coder", "0" * 12, 0, (("user", "Why?"),), 50)
LOCK = Path("/tmp/strop-measure.lock")


@pytest.mark.parametrize(
    ("name", "api_base", "here"),
    [
        ("m", "http://localhost:8000/v1", True),
        ("m", "http://127.0.0.1/v1", True),
        ("m", "https://127.9.9.9:1/v1", True),
        ("m", "http://[::1]:8000/v1", True),
        ("m", "http://0.0.0.0:8000/v1", True),
        ("m", "http://model.localhost:8000/v1", True),
        ("ollama/llama3", "", True),
        ("ollama/llama3", "http://10.0.0.7:11434", False),
        ("m", "http://10.0.0.7/v1", False),
        ("m", "https://localhost.example.com/v1", False),
        ("m", "http://[::1/v1", False),
        ("anthropic/m", "", False),
    ],
)
def test_which_models_compute_on_this_machine(name: str, api_base: str, here: bool) -> None:
    assert runs_here(ModelSettings(name=name, api_base=api_base), {}) is here


def test_a_variable_moves_a_local_provider() -> None:
    settings = ModelSettings(name="ollama_chat/llama3")
    assert not runs_here(settings, {"OLLAMA_API_BASE": "http://10.0.0.7:11434"})
    assert runs_here(settings, {"OLLAMA_API_BASE": "http://127.0.0.1:11434"})


def test_a_local_model_waits_for_the_stopwatch_and_its_deadline_with_it(tmp_path: Path) -> None:
    now = [1000.0]
    answers: list[ModelReply] = []
    with ScriptedServer([status(503), reply("hello")]) as server:
        model = Gateway(
            ModelSettings(name="m", api_base=server.url, timeout_s=100, retries=1),
            ledger=Ledger(tmp_path / "calls.jsonl"),
            clock=lambda: now[0],
            sleep=lambda seconds: None,
        )
        asker = threading.Thread(target=lambda: answers.append(model.ask(QUESTION)))
        with quiet():
            asker.start()
            deadline = time.monotonic() + 30
            while not _somebody_waits():
                assert time.monotonic() < deadline
            now[0] += 1e6
            assert server.requests == []
        asker.join()
    assert [answer.text for answer in answers] == ["hello"]
    assert answers[0].seconds < 100


def _somebody_waits() -> bool:
    """Return whether the kernel knows of somebody who waits for the machine's lock."""
    inode = str(LOCK.stat().st_ino)
    lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    return any("->" in line and line.split()[6].rpartition(":")[2] == inode for line in lines)
