"""What bubblewrap's sandboxes contain beyond the contract of all, and what is told where they can't."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from strop.errors import ConfigError, SandboxError
from strop.extension import Environment, EnvironmentSpec, Limits, Outcome, Sandbox, SandboxSpec, TreeFile
from strop.sandbox import fork_server
from strop.sandbox.bubblewrap import BubblewrapBackend
from strop.sandbox.cgroups import swaps_beyond, ungrouped
from strop.sandbox.owner import disk_root, in_memory

MIB = 1 << 20
LIMITS = Limits(
    memory_bytes=512 * MIB,
    pids=64,
    work_bytes=64 * MIB,
    shm_bytes=4 * MIB,
    scratch_bytes=128 * MIB,
    output_bytes=MIB,
    timeout_s=60,
)
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root is more to the kernel than others")


@pytest.fixture(scope="module")
def backend() -> BubblewrapBackend:
    backend = BubblewrapBackend()
    found = backend.available()
    if not found.ok:
        pytest.skip(found.reason)
    return backend


@pytest.fixture(scope="module")
def environment(backend: BubblewrapBackend, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        return backend.prepare(EnvironmentSpec())


@pytest.fixture
def sandbox(backend: BubblewrapBackend, environment: Environment) -> Iterator[Sandbox]:
    started = backend.start(SandboxSpec(environment, LIMITS))
    try:
        yield started
    finally:
        started.close()


def own_folders() -> set[Path]:
    """Return the folders on a disk of this process's sandboxes."""
    return {folder for folder in disk_root().iterdir() if f"_{os.getpid()}_" in folder.name}


@pytest.mark.parametrize("folder", ["/", "/dev", "/usr", "/etc", "/proc/sys/kernel"])
def test_nothing_can_be_written_but_its_own_folders(sandbox: Sandbox, folder: str) -> None:
    done = sandbox.exec(f"touch {folder}/x || mkdir {folder}/y")
    assert not done.ok, done
    for own in ("/work", "/tmp", "/dev/shm", "/scratch"):
        assert sandbox.exec(f"touch {own}/x && rm {own}/x").ok
    assert sandbox.exec("echo x > /dev/null && head -c 1 /dev/urandom > /dev/zero").ok


@ROOT
def test_settings_of_the_kernel_stay(sandbox: Sandbox) -> None:
    """Writes back what is there, so that nothing changes where the sandbox fails."""
    code = (
        "import os\n"
        "written = []\n"
        "for top, folders, files in os.walk('/proc/sys/kernel'):\n"
        "    for name in files:\n"
        "        path = os.path.join(top, name)\n"
        "        try:\n"
        "            if name in ('core_pattern', 'hotplug', 'modprobe', 'panic'):\n"
        "                text = open(path).read()\n"
        "                open(path, 'w').write(text)\n"
        "                written.append(path)\n"
        "        except OSError:\n"
        "            pass\n"
        "print(written)"
    )
    assert sandbox.exec(["python3", "-c", code]).stdout == b"[]\n"
    hidden = sandbox.exec("cat /proc/kpagecount /proc/timer_list /proc/vmallocinfo 2>/dev/null | wc -c")
    assert hidden.stdout == b"0\n"


def test_the_candidate_has_no_capability_and_makes_no_namespace(
    backend: BubblewrapBackend, sandbox: Sandbox
) -> None:
    status = sandbox.exec("cat /proc/self/status; id -u").stdout.decode()
    for line in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert f"{line}:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status and status.endswith("\n1000\n")
    if "user namespaces" not in backend.unsupported():
        code = "import ctypes; print(ctypes.CDLL(None).unshare(0x10000000))"
        assert sandbox.exec(["python3", "-c", code]).stdout == b"-1\n"


def test_shared_memory_has_its_size(backend: BubblewrapBackend, sandbox: Sandbox) -> None:
    if "size of /dev/shm" in backend.unsupported():
        pytest.skip(backend.unsupported()["size of /dev/shm"])
    assert sandbox.exec("head -c 3000000 /dev/zero > /dev/shm/fits").ok
    full = sandbox.exec("head -c 6000000 /dev/zero > /dev/shm/full")
    assert not full.ok and b"No space left" in full.stderr


def test_the_scratch_folder_is_on_a_disk_and_goes_with_the_sandbox(
    backend: BubblewrapBackend, environment: Environment
) -> None:
    before = own_folders()
    sandbox = backend.start(SandboxSpec(environment, LIMITS))
    try:
        made = own_folders() - before
        assert len(made) in (1, 2)  # one more where the sandbox's own folder is there too
        assert not any(in_memory(folder) for folder in made)
        done = sandbox.exec('echo kept > "$STROP_SCRATCH/f" && sync "$STROP_SCRATCH/f"; echo $STROP_SCRATCH')
        assert done.stdout == b"/scratch\n"
        # More than the work folder may hold: its own limit counts.
        assert sandbox.exec("head -c 100000000 /dev/zero > /scratch/big && rm /scratch/big").ok
        assert sandbox.exec("cat /scratch/f").stdout == b"kept\n"
        assert sandbox.get_tree(max_bytes=9, max_files=9) == {}
    finally:
        sandbox.close()
    assert not own_folders() & made


def test_without_scratch_there_is_none(backend: BubblewrapBackend, environment: Environment) -> None:
    sandbox = backend.start(SandboxSpec(environment))
    try:
        assert sandbox.exec('test -z "$STROP_SCRATCH" && test ! -e /scratch').ok
    finally:
        sandbox.close()


FILL = "x = b'x' * (1 << 20)\nfor n in range(400):\n    for m in range(16): {write}\n"
FILLERS = {
    "many files in work": "open(f'f{n}', 'ab').write(x)",
    "temporary files": "open(f'/tmp/f{n}', 'ab').write(x)",
    "scratch": "open(f'/scratch/f{n}', 'ab').write(x)",
    "no name": "f = open('f', 'ab') if m == 0 else f; m or (keep := globals().setdefault('k', [])).append(f);"
    " m or os.unlink('f'); f.write(x); f.flush()",
}


@pytest.mark.parametrize("filler", FILLERS)
def test_who_fills_a_folder_is_killed(sandbox: Sandbox, filler: str) -> None:
    done = sandbox.exec(["python3", "-c", "import os\n" + FILL.format(write=FILLERS[filler])])
    assert done.outcome is Outcome.OUTPUT_LIMIT and done.exit_code == 137, done
    assert b"strop: killed: " in done.stderr
    assert sandbox.exec("rm -rf f* /tmp/f* /scratch/f*; echo alive").stdout == b"alive\n"


def test_empty_files_are_bounded_too(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strop.sandbox.folder_watch.MAX_FILES", 4000)
    code = "import os\nfor n in range(10**9):\n    os.close(os.open(f'f{n}', os.O_CREAT | os.O_WRONLY))"
    done = sandbox.exec(["python3", "-c", code])
    assert done.exit_code == 137 and b"very many files" in done.stderr


def test_a_command_within_its_limits_is_not_told_of_any(sandbox: Sandbox) -> None:
    sandbox.put({"given": TreeFile(b"x" * MIB)})
    done = sandbox.exec("head -c 50000000 /dev/zero > a; echo e >&2; exit 3")
    assert (done.exit_code, done.stderr) == (3, b"e\n")


def test_runtimes_belong_to_containers(backend: BubblewrapBackend, environment: Environment) -> None:
    with pytest.raises(ConfigError, match="runtime = 'runsc'"):
        backend.start(SandboxSpec(environment, runtime="runsc"))


def test_gaps_are_told_with_their_reason(backend: BubblewrapBackend) -> None:
    gaps = backend.unsupported()
    assert all(name and reason for name, reason in gaps.items())
    missing = ungrouped()
    assert ("memory" in gaps) == ("memory" in missing)
    assert ("CPUs" in gaps) == ("cpu" in missing)
    assert ("swap" in gaps) == swaps_beyond()
    assert ("unprivileged id on the host" in gaps) == (os.geteuid() == 0)
    if os.geteuid() == 0:
        assert ("processes" in gaps) == ("pids" in missing)


def test_a_home_beside_the_interpreter_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python installed right into the home folder would take the user's files into every sandbox."""
    home = Path(os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)).parent.parent
    monkeypatch.setenv("HOME", str(home))
    found = BubblewrapBackend().available()
    if found.reason.startswith("bwrap is not"):
        pytest.skip(found.reason)
    assert not found.ok and str(home) in found.reason and found.remedy


def test_a_broken_start_leaves_no_folder(
    backend: BubblewrapBackend, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = own_folders()
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    monkeypatch.setattr(fork_server, "_servers", {})  # as in a process that has started none yet
    with pytest.raises(SandboxError, match="cannot be started"):
        backend.start(SandboxSpec(environment, LIMITS))
    assert own_folders() <= before
