"""What trials leave behind: many of them, a tenth hostile, then a count of everything they could leak.

Run: `python -m strop.benchmarks.self.leaks [--backend NAME ...] [--trials N] [--seed S]`. A trial is a
sandbox: start, put, commands, close. Afterwards there must be no container, process, mount, control
group or temporary folder of ours, and no more open files or threads in this process than before. One
of the hostile kinds kills the process that runs trials itself, and cleans up as the next start does.
Exit code 1 where anything is left.
"""

from __future__ import annotations

import argparse
import datetime
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from strop.benchmarks.self.cost import close, machine, usable
from strop.errors import SandboxError
from strop.extension import (
    Backend,
    Environment,
    EnvironmentSpec,
    ExecResult,
    Limits,
    Outcome,
    SandboxSpec,
    TreeFile,
)
from strop.sandbox.cgroups import CONTROLLERS, ROOT
from strop.sandbox.owner import Owner, disk_root, scratch_root

__all__ = ["Census", "Findings", "HOSTILE", "census", "run_trials"]

MIB = 1 << 20
LIMITS = Limits(
    memory_bytes=128 * MIB,
    pids=48,
    work_bytes=48 * MIB,
    shm_bytes=16 * MIB,
    scratch_bytes=64 * MIB,
    output_bytes=MIB,
    timeout_s=20,
)
HOSTILE_SHARE = 10  # every tenth trial
SETTLE_S = 30.0  # how long the kernel and the engine may take to let go of what was killed

FORKS = "import os\ntry:\n    while True: os.fork()\nexcept OSError: pass\nimport time; time.sleep(60)"
MEMORY = "x = []\nwhile True: x.append(bytearray(b'x' * (8 << 20)))"
FILL = (
    "n = 0\nwhile True:\n    n += 1\n    with open(f'{folder}/f{{n}}', 'wb') as f: f.write(b'x' * (1 << 20))"
)
EMPTY = "import os\nfor n in range(20_000): os.close(os.open(f'f{n}', os.O_CREAT | os.O_WRONLY))"
DEEP = "import os\nfor n in range(1200): os.mkdir('d'); os.chdir('d')"
DAEMON = (
    "(setsid sh -c 'trap \"\" TERM HUP INT; while :; do sleep 1; done' >/dev/null 2>&1 &); sleep 0.1; echo ok"
)


@dataclass(frozen=True)
class Attack:
    """One hostile command and how it must end."""

    command: str | tuple[str, ...]
    ends: Callable[[ExecResult], bool]
    timeout_s: float | None = None
    plain: bool = True  # also where nothing is isolated: it harms the sandbox's own things alone


def _python(code: str) -> tuple[str, ...]:
    return ("python3", "-c", code)


def _killed(result: ExecResult) -> bool:
    return not result.ok


HOSTILE: Mapping[str, Attack] = {
    "fork bomb": Attack(_python(FORKS), _killed, timeout_s=3, plain=False),
    "memory bomb": Attack(_python(MEMORY), _killed),
    "flood": Attack("yes", lambda result: result.outcome is Outcome.OUTPUT_LIMIT),
    "detached daemon": Attack(DAEMON, lambda result: result.stdout == b"ok\n"),
    "endless": Attack(
        "trap '' TERM; while :; do :; done", lambda r: r.outcome is Outcome.TIMEOUT, timeout_s=1
    ),
    "full work folder": Attack(_python(FILL.format(folder=".")), _killed, plain=False),
    "full shared memory": Attack(_python(FILL.format(folder="/dev/shm")), _killed, plain=False),
    "full scratch": Attack(_python(FILL.format(folder="/scratch")), _killed, plain=False),
    "empty files": Attack(_python(EMPTY), lambda result: True),
    "deep folders": Attack(_python(DEEP), lambda result: True),
    "closed folders": Attack("mkdir -p a/b && touch a/b/f && chmod 0 a/b a", lambda result: result.ok),
    "kills all it can": Attack("kill -9 -1", lambda result: True, plain=False),
}
KILLED_RUNNER = "killed runner"

OWNER = """
import os, signal, sys
from strop.benchmarks.self.leaks import LIMITS
from strop.extension import EnvironmentSpec, SandboxSpec
from strop.sandbox.backends import backends
backend = next(b for b in backends() if b.name == sys.argv[1])
sandbox = backend.start(SandboxSpec(backend.prepare(EnvironmentSpec()), LIMITS))
print("started", flush=True)
sandbox.exec("echo; sleep 1000")
"""


@dataclass(frozen=True)
class Census:
    """How many things of strop's there are, on the machine and in this process."""

    containers: int
    processes: int  # below this one
    lost_processes: int  # runners and sandboxed commands that belong to nobody any more, whose ever
    mounts: int
    groups: int
    folders: int
    open_files: int
    threads: int

    def more_than(self, before: Census) -> dict[str, int]:
        """Return what has grown, by how many."""
        grown = {name: value - getattr(before, name) for name, value in vars(self).items()}
        return {name: count for name, count in grown.items() if count > 0}


@dataclass
class Findings:
    """What happened."""

    trials: int = 0
    ends: Counter[str] = field(default_factory=Counter)  # "kind: outcome" -> how often
    wrong: list[str] = field(
        default_factory=list
    )  # hostile ones that were not contained, and honest ones hurt
    seconds: Counter[str] = field(default_factory=Counter)  # step -> time in all
    owners: list[int] = field(default_factory=list)  # processes that were killed while they ran a trial
    left: dict[str, int] = field(default_factory=dict)


def run_trials(backend: Backend, trials: int, seed: int) -> Findings:
    """Run trials, a tenth of them hostile, then count what is left."""
    rng = random.Random(seed)
    findings = Findings()
    environment = backend.prepare(EnvironmentSpec())
    _honest(backend, environment, findings, 0)  # opens what stays open: connections, caches
    kinds = [name for name, attack in HOSTILE.items() if backend.isolated or attack.plain] + [KILLED_RUNNER]
    rng.shuffle(kinds)
    before = census(backend)
    for number in range(trials):
        findings.trials += 1
        if number % HOSTILE_SHARE == HOSTILE_SHARE - 1:
            _hostile(backend, environment, findings, kinds[number // HOSTILE_SHARE % len(kinds)])
        else:
            _honest(backend, environment, findings, number)
    deadline = time.monotonic() + SETTLE_S
    while (left := census(backend, findings.owners).more_than(before)) and time.monotonic() < deadline:
        time.sleep(0.2)
    findings.left = left
    return findings


def _honest(backend: Backend, environment: Environment, findings: Findings, number: int) -> None:
    """A trial that does what it should; whatever came before must not show."""
    clock = _Clock(findings)
    sandbox = backend.start(SandboxSpec(environment, LIMITS))
    clock.took("start")
    try:
        sandbox.put({"a/given": TreeFile(b"%d" % number), "b": TreeFile(b"x" * 10_000, writable=True)})
        clock.took("put")
        result = sandbox.exec('ls -A . "$TMPDIR" && cat a/given')
        clock.took("exec")
        if not result.ok or not result.stdout.endswith(b"%d" % number):
            findings.wrong.append(f"trial {number}: {result.outcome.value}, {(result.stdout, result.stderr)}")
    except SandboxError as error:
        findings.wrong.append(f"trial {number}: {error}")
    finally:
        sandbox.close()
        clock.took("close")
    findings.ends["honest"] += 1


def _hostile(backend: Backend, environment: Environment, findings: Findings, kind: str) -> None:
    clock = _Clock(findings)
    if kind == KILLED_RUNNER:
        findings.owners.append(_kill_owner(backend))
        backend.clean()
        findings.ends[kind] += 1
    else:
        sandbox = backend.start(SandboxSpec(environment, LIMITS))
        try:
            attack = HOSTILE[kind]
            command = attack.command if isinstance(attack.command, str) else list(attack.command)
            result = sandbox.exec(command, timeout_s=attack.timeout_s)
            findings.ends[f"{kind}: {result.outcome.value}"] += 1
            if not attack.ends(result):
                findings.wrong.append(f"{kind}: {result.outcome.value}, exit code {result.exit_code}")
        except SandboxError as error:  # the sandbox is lost, which harms nobody; and is told
            findings.ends[f"{kind}: {type(error).__name__}"] += 1
        finally:
            sandbox.close()
    clock.took(kind)


def _kill_owner(backend: Backend) -> int:
    """Kill a process that has a command running in a sandbox; returns its number."""
    command = [sys.executable, "-c", OWNER, backend.name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as owner:
        assert owner.stdout is not None
        try:
            if owner.stdout.readline() != b"started\n":
                raise SystemExit(f"{backend.name}: the process to be killed did not start a sandbox")
        finally:
            owner.send_signal(signal.SIGKILL)
    return owner.pid


class _Clock:
    """Adds up where the time goes."""

    def __init__(self, findings: Findings) -> None:
        self._seconds: Any = findings.seconds
        self._last = time.monotonic()

    def took(self, step: str) -> None:
        now = time.monotonic()
        self._seconds[step] += now - self._last
        self._last = now


# --- counting ----------------------------------------------------------------------------------


def census(backend: Backend, owners: Collection[int] = ()) -> Census:
    """Close a backend's connections and count what is left of this process and of some dead `owners`."""
    mine = {os.getpid(), *owners}
    containers = _containers(backend, mine)
    close(backend)
    roots = {scratch_root(), disk_root()}
    folders = [Owner.parse(folder.name.rpartition(".")[0]) for root in roots for folder in root.iterdir()]
    return Census(
        containers=containers,
        processes=sum(1 for _ in _descendants(os.getpid())),
        lost_processes=_lost_runners(),
        mounts=sum("strop-" in line for line in _lines(Path("/proc/self/mountinfo"))),
        groups=sum(group.name.split("-")[1] in map(str, mine) for group in _groups()),
        folders=sum(owner is not None and owner.pid in mine for owner in folders),
        open_files=len(os.listdir("/proc/self/fd")),
        threads=threading.active_count(),
    )


def _containers(backend: Backend, owners: Collection[int]) -> int:
    close(backend)  # what it has made ahead goes with it
    if backend.name != "docker":
        return 0
    client = backend.client  # type: ignore[attr-defined]
    found = client.containers.list(all=True, filters={"label": "strop.owner"}, ignore_removed=True)
    parsed = [Owner.parse(container.labels["strop.owner"]) for container in found]
    return sum(owner is not None and owner.pid in owners for owner in parsed)


def _descendants(pid: int) -> Iterator[int]:
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            for line in _lines(folder / "stat"):
                parents.setdefault(int(line.rpartition(")")[2].split()[1]), []).append(int(folder.name))
    todo = [pid]
    while todo:
        for child in parents.get(todo.pop(), []):
            todo.append(child)
            yield child


def _lost_runners() -> int:
    """Count runners and sandboxed commands whose parent is gone."""
    orphans = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            command = b"\\0".join(line.encode() for line in _lines(folder / "cmdline"))
            stat = "".join(_lines(folder / "stat")).rpartition(")")[2].split()
            if stat and stat[1] == "1" and (b"strop.sandbox.runner" in command or b"/bwrap" in command):
                orphans += 1
    return orphans


def _groups() -> set[Path]:
    """Return the control groups of all sandboxes on the machine."""
    return {
        folder
        for controller in ("", *CONTROLLERS)
        for depth in ("", "*/", "*/*/", "*/*/*/")
        for folder in (ROOT / controller).glob(f"{depth}strop-*-*")
    }


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []  # gone meanwhile


def render(name: str, findings: Findings) -> str:
    """Return the findings as text."""
    lines = [f"{name}: {findings.trials} trials"]
    lines += [f"  {count:5d}  {kind}" for kind, count in sorted(findings.ends.items())]
    spent = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in findings.seconds.most_common(6))
    lines.append(f"  time: {spent}")
    lines += [f"  WRONG  {text}" for text in findings.wrong]
    left = ", ".join(f"{count} {what}" for what, count in findings.left.items())
    lines.append(f"  left behind: {left or 'nothing'}")
    return "\n".join(lines)


def main() -> int:
    """Run the trials of each backend and print what they left."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--backend", action="append", choices=["docker", "bubblewrap", "process"])
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    command = " ".join(["python -m strop.benchmarks.self.leaks", *sys.argv[1:]])
    print(machine(), datetime.date.today().isoformat(), command, sep="\n")
    bad = False
    for backend in usable(options.backend or ["docker", "bubblewrap", "process"]):
        try:
            findings = run_trials(backend, options.trials, options.seed)
        finally:
            close(backend)
        print(render(backend.name, findings), flush=True)
        bad = bad or bool(findings.left or findings.wrong)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
