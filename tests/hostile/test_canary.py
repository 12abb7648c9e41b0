"""A key in the orchestrator's environment reaches the model's endpoint, and nothing else."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from strop.extension import Backend
from strop.sandbox.bubblewrap import BubblewrapBackend
from strop.sandbox.docker import DockerBackend
from strop.testing.model_server import Behaviour, ScriptedServer, reply
from strop.testing.repositories import JOB, make_repository
from strop.testing.sandboxes import docker_backend_or_skip

pytestmark = pytest.mark.slow

SPY = """Look around first.

numbers_shared.py
<<<<<<< SEARCH
def shared(left: list[int], right: list[int]) -> list[int]:
=======
def look() -> str:
    import os
    import socket

    seen = [f"{name}={value}" for name, value in os.environ.items()]
    for folder, names, files in os.walk("/proc"):
        names[:] = [name for name in names if name.isdigit()] if folder == "/proc" else []
        for name in {"environ", "cmdline"} & set(files):
            try:
                with open(f"{folder}/{name}", "rb") as file:
                    seen.append(file.read().decode("utf-8", "replace"))
            except OSError:
                continue
    with socket.socket() as opened:
        opened.settimeout(1)
        seen.append(f"the model's port: {opened.connect_ex(('127.0.0.1', PORT))}")
    return "\\n".join(seen)


def shared(left: list[int], right: list[int]) -> list[int]:
    raise RuntimeError("SPY SAW: " + look())


def shared_before(left: list[int], right: list[int]) -> list[int]:
>>>>>>> REPLACE
"""


@pytest.fixture(params=["bubblewrap", pytest.param("docker", marks=pytest.mark.docker)])
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "docker":
        backend = DockerBackend()
        try:
            docker_backend_or_skip(backend)
        finally:
            backend.close()
    else:
        _skip_without(BubblewrapBackend())
    yield request.param


def _skip_without(backend: Backend) -> None:
    found = backend.available()
    if not found.ok:
        pytest.skip(found.reason)


def test_the_key_is_nowhere_but_at_the_model(backend: str, tmp_path: Path) -> None:
    canary = f"strop-canary-{secrets.token_hex(16)}"
    # The gate would not let the spy pass; here it shall look around, and find nothing.
    job = f'{JOB}\n[verify]\nallow = ["network", "harness", "write"]\nbehaviour = false\n'
    repository = make_repository(tmp_path / "repository", rounds=4, job=job)

    def answer(body: dict[str, Any]) -> Behaviour:
        port = server.url.split(":")[2].split("/")[0]
        if "edit only the files" in body["messages"][0]["content"]:
            return reply(SPY.replace("PORT", port))
        return reply(f"LESSON {os.urandom(4).hex()} HYPOTHESIS shared | list | a set")

    with ScriptedServer(default=answer) as server:
        command = [sys.executable, "-m", "strop.cli", "run", "-C", str(repository), "--sandbox", backend]
        command += ["--model", "scripted", "--api-base", server.url, "--optimizer", "agents"]
        command += ["--evaluations", "1", "--progress", "plain"]
        variables = {**os.environ, "OPENAI_API_KEY": canary, "ANTHROPIC_API_KEY": f"{canary}-2"}
        done = subprocess.run(command, env=variables, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]

    sent = [request for request in server.requests if canary in request.headers.get("authorization", "")]
    assert sent, "the key never reached the model's endpoint: the test looks for nothing"
    for request in server.requests:
        assert canary not in str(request.body)
        assert not any(canary in value for name, value in request.headers.items() if name != "authorization")

    files = [file for file in (repository / ".strop").rglob("*") if file.is_file()]
    kept = {file: file.read_bytes() for file in files}
    assert not [str(file) for file, content in kept.items() if canary.encode() in content]
    assert canary.encode() not in done.stdout + done.stderr

    # The candidate did look, and what it saw came back through the log and the critic's prompt.
    looked = [content for file, content in kept.items() if file.name == "test.log" and b"SPY SAW" in content]
    assert looked and all(b"PATH=" in content for content in looked)
    assert not any(b"the model's port: 0" in content for content in looked)
    assert any("SPY SAW" in str(request.body) for request in server.requests)
