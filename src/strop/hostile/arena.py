"""One attack on one backend: the sandbox, what the host sees meanwhile, and the look around after."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path

from strop.errors import SandboxError
from strop.extension import (
    Backend,
    Environment,
    EnvironmentSpec,
    ExecResult,
    Limits,
    Outcome,
    Sandbox,
    SandboxSpec,
    TreeFile,
)
from strop.hostile.records import Case, Escape
from strop.hostile.witness import Witness, marked_mounts, marked_processes
from strop.sandbox.owner import Owner, scratch_root

__all__ = ["LIMITS", "Arena", "Attack", "InsideCase", "program_text"]

LIMITS = Limits(
    memory_bytes=128 << 20,
    pids=48,
    work_bytes=32 << 20,
    shm_bytes=8 << 20,
    output_bytes=1 << 20,
    timeout_s=10.0,
)
"""Small, so that an attack on them is soon over."""

CANARY_VARIABLE = "STROP_HOSTILE_API_KEY"
CANARY = "strop-canary-"
TREE_BYTES, TREE_FILES = 64 << 20, 2000
OWN_NAMESPACE = " namespace of its own"
PROTECTED = "judge.txt"
INNOCENT = b"the judge's own text\n"


def program_text(name: str) -> bytes:
    """Return a program of the suite."""
    return files("strop.hostile").joinpath("programs", name).read_bytes()


@dataclass(frozen=True)
class Attack:
    """What one run of a program did."""

    result: ExecResult
    witness: Witness

    @property
    def said(self) -> str:
        """All that the program printed."""
        return (self.result.stdout + self.result.stderr).decode("utf-8", "replace")

    @property
    def values(self) -> dict[str, str]:
        """The lines `name: value` that it printed."""
        pairs = (line.partition(": ") for line in self.said.splitlines())
        return {name: value for name, colon, value in pairs if colon}

    @property
    def end(self) -> str:
        """How it ended, in words."""
        code = f" with {self.result.exit_code}" if self.result.outcome is Outcome.EXITED else ""
        return f"{self.result.outcome.value}{code}"


@dataclass
class Arena:
    """Where one case is played; a context manager that leaves nothing behind."""

    backend: Backend
    environment: Environment
    program: str
    marker: str = field(default_factory=lambda: f"hostile{secrets.token_hex(4)}")
    secret: str = field(default_factory=lambda: CANARY + secrets.token_hex(16))

    @classmethod
    def of(cls, backend: Backend, program: str) -> Arena:
        """Return the place for a program. Raises `SandboxError` and `ConfigError`."""
        return cls(backend, backend.prepare(EnvironmentSpec()), program)

    def __enter__(self) -> Arena:
        """Plant the canaries: a variable of this process, a file that every user of the host may read."""
        self.folder = Path(tempfile.mkdtemp(prefix=f"{self.marker}-"))
        self.folder.chmod(0o755)
        (self.folder / "canary").write_text(self.secret, encoding="ascii")
        self._variable = os.environ.get(CANARY_VARIABLE)
        os.environ[CANARY_VARIABLE] = self.secret
        return self

    def __exit__(self, *_: object) -> None:
        """Take the canaries away."""
        if self._variable is None:
            del os.environ[CANARY_VARIABLE]
        else:
            os.environ[CANARY_VARIABLE] = self._variable
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- attacks --------------------------------------------------------------------------

    @contextlib.contextmanager
    def sandbox(self, *, limits: Limits = LIMITS, profiling: str = "") -> Iterator[Sandbox]:
        """Hold a fresh sandbox with the program, its tools and a protected file in it."""
        labels = {"strop.study": self.marker}
        spec = SandboxSpec(self.environment, limits, labels=labels, profiling=profiling)
        sandbox = self.backend.start(spec)
        try:
            texts = {"program.py": program_text(self.program), "attempt.py": program_text("attempt.py")}
            tree = {path: TreeFile(text, writable=True) for path, text in texts.items()}
            sandbox.put({**tree, PROTECTED: TreeFile(INNOCENT)})
            yield sandbox
        finally:
            sandbox.close()

    def play(self, sandbox: Sandbox, *arguments: object, timeout_s: float = 10.0, gap: str = "") -> Attack:
        """Run the program in a sandbox, under witness; it gets the marker and `arguments`.

        `gap`: what would have contained an escape that the program tells of.
        """
        command = ["python3", "program.py", self.marker, *map(str, arguments)]
        with Witness(self.marker) as witness:
            result = sandbox.exec(command, timeout_s=timeout_s)
        attack = Attack(result, witness)
        self.check(attack, gap)
        return attack

    def attack(
        self,
        *arguments: object,
        timeout_s: float = 10.0,
        limits: Limits = LIMITS,
        may: Sequence[Outcome] = (Outcome.EXITED,),
        gap: str = "",
    ) -> Attack:
        """Run the program in a sandbox of its own, which has to go on working after it.

        `may`: the outcomes that the attack may have; another one is an escape.
        """
        with self.sandbox(limits=limits) as sandbox:
            attack = self.play(sandbox, *arguments, timeout_s=timeout_s, gap=gap)
            if attack.result.outcome not in may:
                raise Escape(f"it ended by {attack.end}: {attack.said[-300:]}")
            after = sandbox.exec("echo alive", timeout_s=10.0)
            if after.stdout != b"alive\n":
                raise Escape(f"its sandbox does not work any more: {after.stderr[-300:]!r}")
        return attack

    def check(self, attack: Attack, gap: str = "") -> None:
        """Raise `Escape` where a program shows a secret, left a process, or says itself that it escaped."""
        if self.secret in attack.said:
            raise Escape("it shows the secret of the orchestrator's environment")
        left = marked_processes(self.marker)
        if left:
            raise Escape(f"{len(left)} of its processes outlived the command")
        for line in attack.said.splitlines():
            if line.startswith("ESCAPED: "):
                what = line.removeprefix("ESCAPED: ")
                raise Escape(what, gap="user namespaces" if what.endswith(OWN_NAMESPACE) else gap)

    # --- after ----------------------------------------------------------------------------

    def look_around(self) -> None:
        """Raise `Escape` where an attack left something on the host."""
        left = marked_processes(self.marker)
        if left:
            raise Escape(f"{len(left)} of its processes outlived the sandbox")
        mounts = marked_mounts(self.marker)
        if mounts:
            raise Escape(f"a mount was left: {mounts[0]}")
        places = [Path(p) for p in ("/", "/etc", "/usr/local/bin", "/var/tmp", "/dev/shm", "/tmp")]
        places += [Path.home(), Path.cwd(), Path(tempfile.gettempdir())]
        files_left = [f for place in places if place.is_dir() for f in place.glob(f"*{self.marker}*")]
        strange = sorted(str(f) for f in {*files_left} - {self.folder})
        if strange:
            raise Escape(f"a file was left on the host: {strange[0]}")
        inside = sorted(p.name for p in self.folder.iterdir() if p.name not in ("canary", "socket"))
        if inside:
            raise Escape(f"it wrote on the host: {inside[0]}")
        own = [f.name for f in scratch_root().glob(f"{Owner.current()}.*")] if scratch_is_ours() else []
        held = [name for name in own if (scratch_root() / name / "work" / "program.py").exists()]
        if held:
            raise Escape(f"a scratch folder was left: {held[0]}")

    def next_trial(self) -> None:
        """Raise `Escape` unless a harmless trial in a new sandbox works, and finds nothing of the attack."""
        peaceful = replace(self, program="harmless.py")
        with peaceful.sandbox() as sandbox:
            done = sandbox.exec(["python3", "program.py", self.marker], timeout_s=20.0)
            kept = sandbox.get(PROTECTED, max_bytes=1000)
        if not done.ok or done.stdout != b"5050\n":
            said = (done.stdout + done.stderr)[-300:].decode("utf-8", "replace")
            raise Escape(f"the next trial was harmed: {done.outcome.value} {done.exit_code}: {said}")
        if kept != INNOCENT:
            raise Escape("a protected file of the next trial was changed")


def scratch_is_ours() -> bool:
    """Return whether the folder of local sandboxes can be looked at."""
    try:
        return scratch_root().is_dir()
    except SandboxError:
        return False


@dataclass(frozen=True)
class InsideCase(Case):
    """A behaviour that a backend has to contain: a program that runs as the candidate."""

    program: str  # a file of programs/
    judge: Callable[[Arena], str]  # runs the program; returns what it saw; raises `Escape`
