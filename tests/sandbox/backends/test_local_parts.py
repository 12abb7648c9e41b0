"""The parts of the local backends: environments, owners, control groups, the runner's end."""

from __future__ import annotations

import os
import platform
import select
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strop.errors import ConfigError, SandboxError
from strop.extension import Backend, EnvironmentSpec, Limits, SandboxSpec, TreeFile
from strop.sandbox import runner_files
from strop.sandbox.bubblewrap import BubblewrapBackend
from strop.sandbox.cgroups import make_group
from strop.sandbox.channel import checked_path
from strop.sandbox.environment import base_image, recipe_hash, setup_access
from strop.sandbox.owner import Owner, clean_scratch, remove_folder, scratch_root
from strop.sandbox.process import ProcessBackend
from strop.sandbox.seccomp import filter_program


@pytest.fixture(autouse=True)
def private_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(params=["process", "bubblewrap"])
def backend(request: pytest.FixtureRequest) -> Backend:
    if request.param == "process":
        return ProcessBackend()
    backend = BubblewrapBackend()
    found = backend.available()
    if not found.ok:
        pytest.skip(found.reason)
    return backend


def test_setup_is_done_once_and_then_read_only(backend: Backend, tmp_path: Path) -> None:
    spec = EnvironmentSpec(
        setup=('cp given "$VIRTUAL_ENV/copied"', 'echo once >> "$VIRTUAL_ENV/count"', "pip --version"),
        files={"given": TreeFile(b"snapshot")},
        env={"COLOUR": "green"},
    )
    made: list[object] = []
    threads = [threading.Thread(target=lambda: made.append(backend.prepare(spec))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first = backend.prepare(spec)
    assert made == [first, first]
    assert (Path(first.location) / "count").read_text() == "once\n"
    sandbox = backend.start(SandboxSpec(first))
    try:
        done = sandbox.exec('cat "$VIRTUAL_ENV/copied"; echo $COLOUR; command -v python; ls -A')
        assert done.stdout.decode() == f"snapshotgreen\n{first.location}/bin/python\n"
        if backend.isolated:
            assert not sandbox.exec('echo x > "$VIRTUAL_ENV/copied"').ok
    finally:
        sandbox.close()


def test_a_failing_setup_is_told_and_tried_again(backend: Backend) -> None:
    for _ in range(2):
        with pytest.raises(ConfigError, match=r"'echo reason; exit 4' failed \(exit code 4\)[^$]*reason"):
            backend.prepare(EnvironmentSpec(setup=("echo reason; exit 4",)))


def test_images_belong_to_docker(backend: Backend) -> None:
    with pytest.raises(ConfigError, match="image.*docker"):
        backend.prepare(EnvironmentSpec(image="python"))


def test_files_are_part_of_a_recipe_only_with_a_setup() -> None:
    bare = EnvironmentSpec(files={"a": TreeFile(b"1")})
    other = replace(bare, files={"a": TreeFile(b"2")})
    assert recipe_hash(bare) == recipe_hash(other)
    assert recipe_hash(replace(bare, setup=("x",))) != recipe_hash(replace(other, setup=("x",)))
    assert recipe_hash(bare, backend="a") != recipe_hash(bare, backend="b")


def test_only_the_way_to_the_index_is_passed_to_setups(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("x")
    environ = {"PIP_INDEX_URL": "i", "https_proxy": "p", "OPENAI_API_KEY": "k", "SSL_CERT_FILE": str(bundle)}
    access = setup_access(environ)
    assert access.env == {"PIP_INDEX_URL": "i", "https_proxy": "p"}
    assert access.ca_bundle == bundle and access.variables("/ca")["PIP_CERT"] == "/ca"
    assert setup_access({"SSL_CERT_FILE": "/nonexistent"}).variables("/ca") == {}


def test_base_image() -> None:
    assert base_image({"STROP_BASE_IMAGE": "mine"}) == "mine"
    assert base_image({}) == f"python:3.{sys.version_info.minor}-slim"


def test_owners_are_told_apart() -> None:
    me = Owner.current()
    assert me.alive and Owner.parse(str(me)) == me
    assert not replace(me, start=me.start + 1).alive
    assert not replace(me, boot="earlier").alive
    assert Owner.parse("a_b_c") is None and Owner.parse("") is None


def test_scratch_folders_of_the_dead_are_removed() -> None:
    dead = scratch_root() / f"{replace(Owner.current(), pid=1, start=1)}.abc"
    alive = scratch_root() / f"{Owner.current()}.abc"
    for folder in (dead, alive):
        (folder / "work").mkdir(parents=True)
    assert clean_scratch() >= 1
    assert alive.exists() and not dead.exists()
    remove_folder(alive)


def test_a_very_deep_tree_is_removed(tmp_path: Path) -> None:
    top = tmp_path / "top"
    code = "import os\nfor n in range(1200): os.mkdir('d'); os.chdir('d')"
    top.mkdir()
    subprocess.run([sys.executable, "-I", "-c", code], cwd=top, check=True)
    remove_folder(top)
    assert not top.exists()


def test_a_very_deep_tree_is_refused_and_replaced(backend: Backend) -> None:
    sandbox = backend.start(SandboxSpec(backend.prepare(EnvironmentSpec())))
    try:
        code = "import os\nfor n in range(300): os.mkdir('d'); os.chdir('d')"
        assert sandbox.exec(["python3", "-c", code]).ok
        with pytest.raises(SandboxError, match="deep"):
            sandbox.get_tree(max_bytes=9, max_files=9)
        sandbox.put({"d": TreeFile(b"file")})
        assert list(sandbox.get_tree(max_bytes=9, max_files=9)) == ["d"]
    finally:
        sandbox.close()


def test_nothing_outlives_a_killed_owner(backend: Backend, tmp_path: Path) -> None:
    location = backend.prepare(EnvironmentSpec()).location
    program = (
        "from strop.extension import *\n"
        f"from {type(backend).__module__} import {type(backend).__name__} as B\n"
        f"s = B().start(SandboxSpec(Environment('x', 'x', {location!r})))\n"
        "print(s._folder, flush=True)\n"
        "s.exec('(setsid sleep 1000 &); echo $$ > started; exec sleep 1000')\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    folder = Path(owner.stdout.readline().strip())
    runner = _child_of(_child_of(owner.pid))  # between them is what forks runners
    while not (folder / "work" / "started").exists():
        assert owner.poll() is None
    handle = os.pidfd_open(runner)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    assert select.select([handle], [], [], 30)[0]
    os.close(handle)
    assert backend.clean() >= 1 and not folder.exists()


def _child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()[0])


@pytest.mark.parametrize("path", ["/a", "", ".", "..", "a/..", "a/../b", "./a", "a/", "a//b", "a\0b"])
def test_hostile_paths(path: str) -> None:
    with pytest.raises(SandboxError):
        checked_path(path)


def test_groups_of_version_2(tmp_path: Path) -> None:
    """The files of a delegated group; the kernel makes them, so the test does."""
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids")
    (tmp_path / "cgroup.subtree_control").write_text("memory pids")
    own = Path("/proc/self/cgroup").read_text(encoding="ascii")
    unified = next((line.split("::")[1] for line in own.splitlines() if line.startswith("0::")), "/")
    if unified != "/":
        pytest.skip("this process has a group of version 2 of its own")
    group = make_group(Limits(), tmp_path)
    assert len(group.folders) == 1 and group.folders[0].parent == tmp_path
    assert group.entrances == (str(group.folders[0] / "cgroup.procs"),)
    assert group.limited == frozenset()  # no kernel made memory.max here
    group.remove()
    assert not group.folders[0].exists()


def test_without_groups_there_is_none(tmp_path: Path) -> None:
    group = make_group(Limits(), tmp_path / "nothing")
    assert group.folders == () and group.entrances == ()


def test_filter_programs() -> None:
    assert filter_program(machine="riscv64") == ""
    for machine in ("x86_64", "aarch64"):
        strict, profiling = filter_program(machine=machine), filter_program(machine=machine, profiling="perf")
        assert len(strict) % 16 == 0 and len(strict) - len(profiling) == 2 * 16


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="no filter for this machine")
def test_the_filter_works_behind_bubblewrap() -> None:
    backend = BubblewrapBackend()
    if not backend.available().ok:
        pytest.skip(backend.available().reason)
    environment = backend.prepare(EnvironmentSpec())
    sandbox = backend.start(SandboxSpec(environment))
    try:
        done = sandbox.exec(["python3", "-c", "import socket; socket.socket(40, 1)"])
        assert b"PermissionError" in done.stderr
        load = "import ctypes; c = ctypes.CDLL(None, use_errno=True)"
        uring = f"{load}; c.syscall(425, 1, 0); print(ctypes.get_errno())"
        assert sandbox.exec(["python3", "-c", uring]).stdout == b"38\n"
    finally:
        sandbox.close()


def test_a_tree_of_too_many_names_is_refused_and_no_fault_of_the_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ("n" * 200)).mkdir()
    (tmp_path / ("n" * 200) / "file").write_text("x", encoding="utf-8")
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(runner_files, "reply", lambda message, size=0: told.append(message))
    monkeypatch.setattr(runner_files, "MAX_NAMES", 100)
    runner_files.tree({"work": str(tmp_path), "uid": None, "max_bytes": 1 << 20, "max_files": 100})
    assert told == [{"error": "more than 100 characters of names", "over": True}]
