"""The folder on disk: it is there, it is bounded, and it goes with its container."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import strop.sandbox.docker_scratch_watch as watch
from strop.errors import ConfigError, SandboxError
from strop.extension import Environment, EnvironmentSpec, Limits, Outcome, SandboxSpec, TreeFile
from strop.sandbox.docker import DockerBackend
from strop.testing.sandboxes import docker_backend_or_skip

LIMITS = Limits(work_bytes=16 << 20, scratch_bytes=32 << 20, timeout_s=120)
STUDY = {"strop.study": "scratch-test"}


@pytest.fixture(scope="module")
def backend() -> Iterator[DockerBackend]:
    backend = DockerBackend(ahead=0)
    try:
        docker_backend_or_skip(backend)
        yield backend
    finally:
        backend.close()


@pytest.fixture(scope="module")
def environment(backend: DockerBackend) -> Environment:
    return backend.prepare(EnvironmentSpec())


@pytest.mark.docker
def test_a_folder_on_disk_that_goes_with_its_container(
    backend: DockerBackend, environment: Environment
) -> None:
    sandbox = backend.start(SandboxSpec(environment, LIMITS, STUDY))
    try:
        script = (
            'cd "$STROP_SCRATCH" && head -c 20000000 /dev/zero > f && sync f && ls -ld . && stat -fc %T .'
        )
        done = sandbox.exec(script)
        assert done.ok, done
        lines = done.stdout.decode().split("\n")
        assert lines[0].startswith("drwxrwxrwt") and lines[1] != "tmpfs"
        assert sandbox.exec('rm "$STROP_SCRATCH/f"').ok
        assert not sandbox.exec("head -c 20000000 /dev/zero > f").ok, "the work folder has its own limit"
        assert len(backend.client.volumes.list(filters={"label": "strop.study=scratch-test"})) == 1
    finally:
        sandbox.close()
    assert not backend.client.volumes.list(filters={"label": "strop.study=scratch-test"})


@pytest.mark.docker
def test_without_one_the_variable_is_not_set(backend: DockerBackend, environment: Environment) -> None:
    sandbox = backend.start(SandboxSpec(environment, replace(LIMITS, scratch_bytes=0)))
    try:
        assert sandbox.exec('test -z "$STROP_SCRATCH" && test ! -e /scratch').ok
    finally:
        sandbox.close()


@pytest.mark.docker
@pytest.mark.parametrize(
    "attack",
    [
        "for n in 1 2 3 4 5; do head -c 20000000 /dev/zero > f$n; done; sleep 100",
        "mkdir -p a/b && cd a/b && (setsid sh -c 'for n in 1 2 3; do head -c 20000000 /dev/zero > f$n; done;"
        " sleep 100' &) ; sleep 100",
        "seq 8000 | xargs touch; sleep 100",
    ],
    ids=["several files", "detached", "empty files"],
)
def test_too_much_ends_the_command_and_the_sandbox(
    backend: DockerBackend, environment: Environment, attack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("strop.sandbox.docker_scratch.TREE_INODES", 5000)
    sandbox = backend.start(SandboxSpec(environment, LIMITS))
    try:
        done = sandbox.exec(f'cd "$STROP_SCRATCH"; {attack}')
        assert done.outcome is Outcome.OUTPUT_LIMIT and done.exit_code == 137
        assert done.wall_s < 90 and b"33554432 bytes in /scratch" in done.stderr
        with pytest.raises(SandboxError):
            sandbox.exec("true")
    finally:
        sandbox.close()


CALLED = """
import os, sys
print("ready", flush=True)
for number, line in enumerate(sys.stdin):
    with open(os.environ["STROP_SCRATCH"] + f"/f{number}", "wb") as file:
        file.write(bytes(int(line)))
    print(len(line), flush=True)
"""


@pytest.mark.docker
def test_calls_and_services_have_it_too(backend: DockerBackend, environment: Environment) -> None:
    sandbox = backend.start(SandboxSpec(environment, LIMITS))
    try:
        called = sandbox.calls(["python3", "-c", CALLED], [b"1000", b"10"])
        assert called.ok and [reply.reply for reply in called.replies] == [b"5", b"3"]
        touch = 'touch "$STROP_SCRATCH/service"; sleep 100'
        served = sandbox.serve(touch, 'test -e "$STROP_SCRATCH/service"', 'echo x > "$STROP_SCRATCH/load"')
        assert served.load is not None and served.load.ok and not served.reason
        called = sandbox.calls(["python3", "-c", CALLED + "import time; time.sleep(100)"], [b"15000000"] * 4)
        assert called.outcome is Outcome.OUTPUT_LIMIT and b"in /scratch" in called.stderr
    finally:
        sandbox.close()


@pytest.mark.docker
def test_a_load_finds_no_code_of_its_service(backend: DockerBackend, environment: Environment) -> None:
    sandbox = backend.start(SandboxSpec(environment, replace(LIMITS, scratch_bytes=0)))
    try:
        text = b"import json, os, helper\nopen('out', 'w')\n"
        text += b"print(json.dumps(helper.WHO), os.path.exists('up'))\n"
        helper = TreeFile(b"WHO = 'own'\n")
        sandbox.put({"tools/load.py": TreeFile(text), "tools/helper.py": helper})
        forged = "echo 'def dumps(x): return \"forged\"'"
        planted = f"{forged} > json.py; {forged} > tools/json.py; touch up; sleep 100"
        served = sandbox.serve(planted, "test -e up", "python3 tools/load.py")
        assert served.load is not None and served.load.stdout == b'"own" True\n', served
        assert served.apart and sandbox.get("out", max_bytes=9) == b""
    finally:
        sandbox.close()


@pytest.mark.docker
def test_images_without_python_have_none(backend: DockerBackend, environment: Environment) -> None:
    text = f"FROM {environment.location}\nUSER 0:0\nRUN rm -rf /opt/strop /usr/bin/python3*\n"
    bare = backend.prepare(EnvironmentSpec(dockerfile=text))
    with pytest.raises(ConfigError, match=r"scratch_mb: the image needs Python 3\.8"):
        backend.start(SandboxSpec(bare, LIMITS, {"strop.study": "bare-test"}))
    assert not backend.client.containers.list(all=True, filters={"label": "strop.study=bare-test"})


# --- the watcher itself ------------------------------------------------------------------------


class Disk(watch.Folder):
    """A folder whose disk a test fills."""

    spare = 100 << 30

    def free(self) -> int:
        return self.spare


class Noted(watch.Killer):
    """Gives back what was deleted and open when it kills."""

    def __init__(self, disk: Disk, comes_back: int) -> None:
        self.disk, self.comes_back, self.shots = disk, comes_back, 0

    def kill(self) -> None:
        self.shots += 1
        self.disk.spare += self.comes_back


@pytest.mark.parametrize(("share", "verdict"), [(1.0, "full"), (0.0, "unclear")])
def test_deleted_and_still_open_counts_where_it_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float, verdict: str
) -> None:
    monkeypatch.setattr(watch, "DEATH_S", 0.0 if share == 0 else 5.0)
    disk = Disk(str(tmp_path), 1 << 20, 100)
    lost = (1 << 20) + watch.HIDDEN_BYTES + 1
    killer = Noted(disk, int(lost * share))
    disk.spare -= lost // 2
    assert watch.judge(disk, [killer]) == "ok" and killer.shots == 0, "others write to the disk as well"
    disk.spare -= lost - lost // 2
    assert watch.judge(disk, [killer]) == verdict and killer.shots == 1


def test_links_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "big").mkdir()
    (tmp_path / "big" / "f").write_bytes(b"x" * 100_000)
    (tmp_path / "scratch").mkdir()
    os.symlink(tmp_path / "big", tmp_path / "scratch" / "link")
    os.symlink(tmp_path / "scratch", tmp_path / "scratch" / "loop")
    assert not watch.Folder(str(tmp_path / "scratch"), 50_000, 100).walk()
    assert watch.Folder(str(tmp_path / "big"), 50_000, 100).walk()
    assert watch.Folder(str(tmp_path / "scratch"), 50_000, 1).walk()


def test_the_watchers_text_runs_alone(tmp_path: Path) -> None:
    source = Path(watch.__file__).read_text(encoding="utf-8")
    argv = [sys.executable, "-I", "-S", "-c", source, str(tmp_path), "1000000", "100", "54321"]
    done = subprocess.run(argv, input=b"?\n", capture_output=True, timeout=60, check=True)
    assert done.stdout == b"ready\nok\n"
    assert tmp_path.stat().st_mode & 0o7777 == 0o1777
