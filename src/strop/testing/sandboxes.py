"""Sandboxes for tests: a fake in memory, and the checks that every real backend has to pass."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

import pytest

from strop.errors import SandboxError
from strop.extension import (
    Availability,
    Backend,
    CallReply,
    CallsResult,
    Environment,
    EnvironmentSpec,
    ExecResult,
    Limits,
    Outcome,
    Sandbox,
    SandboxSpec,
    ServiceResult,
    TreeFile,
)
from strop.testing.conversations import CallsConformance, ServiceConformance

__all__ = [
    "BackendConformance",
    "FakeBackend",
    "FakeSandbox",
    "SMALL",
    "answered",
    "docker_backend_or_skip",
    "exited",
]

CANARY = "STROP_CANARY"
Script = Callable[["FakeSandbox", str, Mapping[str, str]], ExecResult]
CallsScript = Callable[["FakeSandbox", str, Sequence[bytes], Mapping[str, str]], CallsResult]


def docker_backend_or_skip(backend: Backend, *, base: str | None = None) -> Backend:
    """Return the docker backend if it works here, else skip the test with the reason.

    With STROP_REQUIRE_DOCKER=1 the test fails instead.

    Args:
        backend: the docker backend.
        base: the image that tests start from; default: STROP_BASE_IMAGE.
    """
    found = backend.available()
    image = base or os.environ.get("STROP_BASE_IMAGE", "")
    problem = "" if found.ok else found.reason
    if not problem and not image:
        problem = "STROP_BASE_IMAGE names no image for the tests"
    if not problem:
        return backend
    if os.environ.get("STROP_REQUIRE_DOCKER") == "1":
        pytest.fail(f"STROP_REQUIRE_DOCKER=1, but: {problem}")
    pytest.skip(problem)


# --- fakes -------------------------------------------------------------------------------------


def exited(code: int = 0, stdout: str = "", stderr: str = "", *, wall_s: float = 0.01) -> ExecResult:
    """Return the result of a command that ended by itself."""
    return ExecResult(
        Outcome.EXITED, code, stdout.encode(), stderr.encode(), wall_s, wall_s, 1 << 20, "script"
    )


def answered(*replies: bytes, cpu_s: float = 0.01, code: int = 0, closing_cpu_s: float = 0.0) -> CallsResult:
    """Return the result of a process that gave these replies, then ended."""
    made = tuple(CallReply(reply, wall_s=cpu_s, cpu_s=cpu_s) for reply in replies)
    return CallsResult(Outcome.EXITED, code, 0.01, 0.01, made, closing_cpu_s, b"", 1 << 20, "script")


def _no_calls(
    sandbox: FakeSandbox, command: str, requests: Sequence[bytes], env: Mapping[str, str]
) -> CallsResult:
    raise SandboxError("this fake has no script for calls")


@dataclass
class FakeSandbox:
    """A sandbox in memory; scripts play the commands, and may change `files`."""

    script: Script
    limits: Limits = Limits()
    env: Mapping[str, str] = field(default_factory=dict)
    work: str = "/work"
    files: dict[str, TreeFile] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    closed: bool = False
    answers: CallsScript = _no_calls
    cpu: int | None = None

    def pin(self, cpu: int) -> bool:
        """Keep the CPU."""
        self.cpu = cpu
        return True

    def put(self, files: Mapping[str, TreeFile]) -> None:
        """Keep the files."""
        self._open()
        for path in files:
            parts = PurePosixPath(path).parts
            if not parts or path.startswith("/") or ".." in parts or "/".join(parts) != path:
                raise SandboxError(f"{path!r} is no relative path below the work folder")
        self.files.update(files)

    def exec(
        self,
        command: str | Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        output_bytes: int | None = None,
    ) -> ExecResult:
        """Play a command; a list is given to the script joined by spaces."""
        self._open()
        text = command if isinstance(command, str) else " ".join(command)
        self.commands.append(text)
        result = self.script(self, text, {**self.env, **(env or {})})
        limit_s = self.limits.timeout_s if timeout_s is None else timeout_s
        cap = self.limits.output_bytes if output_bytes is None else output_bytes
        if result.wall_s > limit_s:
            result = replace(result, outcome=Outcome.TIMEOUT, exit_code=137, wall_s=limit_s)
        if len(result.stdout) + len(result.stderr) > cap:
            out = result.stdout[:cap]
            err = result.stderr[: cap - len(out)]
            result = replace(result, outcome=Outcome.OUTPUT_LIMIT, exit_code=137, stdout=out, stderr=err)
        return result

    def calls(
        self,
        command: str | Sequence[str],
        requests: Sequence[bytes],
        *,
        env: Mapping[str, str] | None = None,
        startup_timeout_s: float | None = None,
        request_timeout_s: float | None = None,
        reply_bytes: int = 16 << 20,
    ) -> CallsResult:
        """Play a command that is asked; what is too late, too long or too much is cut off."""
        self._open()
        text = command if isinstance(command, str) else " ".join(command)
        self.commands.append(text)
        result = self.answers(self, text, requests, {**self.env, **(env or {})})
        if result.startup_wall_s > (
            self.limits.timeout_s if startup_timeout_s is None else startup_timeout_s
        ):
            return replace(result, outcome=Outcome.TIMEOUT, exit_code=137, replies=())
        limit_s = self.limits.timeout_s if request_timeout_s is None else request_timeout_s
        for number, reply in enumerate(result.replies):
            late, long = reply.wall_s > limit_s, len(reply.reply) > reply_bytes
            if late or long:
                outcome = Outcome.TIMEOUT if late else Outcome.OUTPUT_LIMIT
                return replace(result, outcome=outcome, exit_code=137, replies=result.replies[:number])
        return replace(result, replies=result.replies[: len(requests)])

    def serve(
        self,
        service: str | Sequence[str],
        ready: str | Sequence[str],
        load: str | Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        ready_timeout_s: float = 30.0,
        timeout_s: float | None = None,
        output_bytes: int | None = None,
    ) -> ServiceResult:
        """Play the three commands by the script, in this order; a service that exits with 0 ran on."""
        served = self.exec(service, env=env)
        reason = "" if served.ok else f"it ended with exit code {served.exit_code}"
        if not reason and not self.exec(ready, env=env).ok:
            reason = f"it was not ready within {ready_timeout_s:g} s"
        done = None if reason else self.exec(load, env=env, timeout_s=timeout_s, output_bytes=output_bytes)
        return ServiceResult(done, reason, True, served.cpu_s, served.peak_rss_bytes, served.stdout)

    def get(self, path: str, *, max_bytes: int) -> bytes | None:
        """Return a file's content, None if there is none or it is larger."""
        self._open()
        file = self.files.get(path)
        return None if file is None or len(file.content) > max_bytes else file.content

    def get_tree(self, *, max_bytes: int, max_files: int) -> dict[str, TreeFile]:
        """Return all files; raises `SandboxError` over the caps."""
        self._open()
        if len(self.files) > max_files or sum(len(f.content) for f in self.files.values()) > max_bytes:
            raise SandboxError(f"the work folder has more than {max_bytes} bytes or {max_files} files")
        return dict(self.files)

    def close(self) -> None:
        """Refuse everything from now on."""
        self.closed = True

    def _open(self) -> None:
        if self.closed:
            raise SandboxError("the sandbox is closed")


@dataclass
class FakeBackend:
    """Starts `FakeSandbox`es that one script plays, and remembers them."""

    script: Script = field(default=lambda sandbox, command, env: exited())
    name: str = "fake"
    isolated: bool = True
    availability: Availability = Availability(True, "in memory")
    started: list[FakeSandbox] = field(default_factory=list)
    prepared: list[EnvironmentSpec] = field(default_factory=list)
    answers: CallsScript = _no_calls
    gaps: Mapping[str, str] = field(default_factory=dict)

    def available(self) -> Availability:
        """Return what it was given."""
        return self.availability

    def prepare(self, spec: EnvironmentSpec) -> Environment:
        """Remember the recipe."""
        self.prepared.append(spec)
        return Environment(self.name, "fake", "fake", dict(spec.env))

    def start(self, spec: SandboxSpec) -> FakeSandbox:
        """Start a sandbox in memory."""
        made = FakeSandbox(self.script, spec.limits, spec.environment.env, answers=self.answers)
        self.started.append(made)
        return self.started[-1]

    def clean(self) -> int:
        """Return 0: nothing outlives the process."""
        return 0

    def unsupported(self) -> Mapping[str, str]:
        """Return what it was given."""
        return self.gaps


# --- conformance -------------------------------------------------------------------------------

SMALL = Limits(memory_bytes=256 << 20, pids=64, work_bytes=64 << 20, output_bytes=1 << 20, timeout_s=60)


class BackendConformance(CallsConformance, ServiceConformance):
    """Checks of the contract; a subclass gives the fixtures `backend` and `environment`.

    Commands use a POSIX shell and python3.
    """

    runner_clock = True
    """Whether a runner measures: the memory of one process is known, and deadlines don't end the sandbox."""

    holds = True
    """Whether a command stays on the CPU that it is pinned to, whatever it asks for."""

    memory_is_typed = True
    """Whether going over the memory limit is told as `OUT_OF_MEMORY`: there is a control group."""

    @pytest.fixture
    def sandbox(
        self, backend: Backend, environment: Environment, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[Sandbox]:
        """One started sandbox with small limits; closed in the end."""
        monkeypatch.setenv(CANARY, "a secret of the host")
        started = backend.start(SandboxSpec(environment, SMALL))
        try:
            yield started
        finally:
            started.close()

    def test_is_available_and_says_why(self, backend: Backend) -> None:
        found = backend.available()
        assert found.ok and found.reason and not found.remedy

    def test_satisfies_the_protocols(self, backend: Backend, sandbox: Sandbox) -> None:
        assert isinstance(backend, Backend) and isinstance(sandbox, Sandbox)

    @pytest.mark.parametrize("content", [b"", b"text\n", bytes(range(256)), b"\0" * (1 << 20)])
    def test_files_come_back_as_they_were(self, sandbox: Sandbox, content: bytes) -> None:
        sandbox.put({"a/b/file": TreeFile(content)})
        assert sandbox.get("a/b/file", max_bytes=2 << 20) == content
        assert sandbox.get_tree(max_bytes=2 << 20, max_files=9)["a/b/file"].content == content

    def test_commands_stay_on_the_cpu_that_they_are_pinned_to(self, sandbox: Sandbox) -> None:
        cpu = max(os.sched_getaffinity(0))
        pinned = sandbox.pin(cpu)
        told = sandbox.exec("python3 -c 'import os; print(os.sched_getaffinity(0))'").stdout
        assert pinned == (told.strip() == f"{{{cpu}}}".encode())
        leave = (
            f"import os; os.sched_setaffinity(0, {os.sched_getaffinity(0)}); print(os.sched_getaffinity(0))"
        )
        left = sandbox.exec(["python3", "-c", leave]).stdout.strip()
        assert not (pinned and self.holds) or left == f"{{{cpu}}}".encode()

    def test_many_files_in_one_go(self, sandbox: Sandbox) -> None:
        files = {f"d{n % 7}/f{n}": TreeFile(str(n).encode(), writable=n % 2 == 0) for n in range(300)}
        sandbox.put(files)
        assert sandbox.exec("cat d*/f* | wc -c").stdout.strip() == b"790"
        assert sandbox.get_tree(max_bytes=1 << 20, max_files=300) == files

    def test_put_replaces_whatever_is_there(self, sandbox: Sandbox) -> None:
        made = sandbox.exec(
            "mkdir -p a/b/c && echo x > a/b/c/d && chmod 0 a/b/c/d; mkdir -m 0 shut;"
            " ln -s /tmp elsewhere; ln -s /etc/passwd link; echo f > file; mkdir -m 700 mine"
        )
        assert made.ok, made
        files = ("a/b", "shut", "elsewhere/f", "link", "file/below", "mine/f")
        sandbox.put({path: TreeFile(b"new") for path in files})
        assert [sandbox.get(path, max_bytes=9) for path in files] == [b"new"] * len(files)
        shown = sandbox.exec("test ! -L elsewhere && test ! -e /tmp/f && cat elsewhere/f link file/below")
        assert shown.stdout == b"newnewnew"

    @pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "", "a//b"])
    def test_paths_stay_below_work(self, sandbox: Sandbox, path: str) -> None:
        with pytest.raises(SandboxError):
            sandbox.put({path: TreeFile(b"x")})

    def test_executable_bit(self, sandbox: Sandbox) -> None:
        sandbox.put({"run": TreeFile(b"#!/bin/sh\necho hi", executable=True), "data": TreeFile(b"")})
        assert sandbox.exec(["./run"]).stdout == b"hi\n"
        assert sandbox.exec(["./data"]).exit_code == 126
        tree = sandbox.get_tree(max_bytes=99, max_files=9)
        assert tree["run"].executable and not tree["data"].executable

    def test_only_regular_files_are_got(self, sandbox: Sandbox) -> None:
        sandbox.put({"file": TreeFile(b"12345")})
        assert sandbox.exec("ln -s file link; mkdir dir; ln -s dir way; mkfifo pipe; echo > dir/f").ok
        for path in ("nothing", "link", "dir", "way/f", "pipe", "file/x"):
            assert sandbox.get(path, max_bytes=99) is None, path
        assert sandbox.get("file", max_bytes=4) is None
        assert set(sandbox.get_tree(max_bytes=99, max_files=9)) == {"file", "dir/f"}

    def test_get_tree_has_caps(self, sandbox: Sandbox) -> None:
        sandbox.put({"a": TreeFile(b"12345"), "b": TreeFile(b"12345")})
        with pytest.raises(SandboxError):
            sandbox.get_tree(max_bytes=9, max_files=9)
        with pytest.raises(SandboxError):
            sandbox.get_tree(max_bytes=99, max_files=1)
        assert len(sandbox.get_tree(max_bytes=10, max_files=2)) == 2

    def test_exit_codes_and_signals(self, sandbox: Sandbox) -> None:
        assert sandbox.exec("true").ok
        assert sandbox.exec("exit 3").exit_code == 3
        assert sandbox.exec("kill -TERM $$").exit_code == 143
        assert sandbox.exec("kill -SEGV $$").exit_code == 139
        assert sandbox.exec("no-such-program").exit_code == 127
        assert sandbox.exec(["no-such-program"]).exit_code == 127

    def test_outputs_apart_and_binary(self, sandbox: Sandbox) -> None:
        done = sandbox.exec("printf '\\377\\000caf\\303\\251'; printf error >&2")
        assert (done.stdout, done.stderr) == (b"\xff\0caf\xc3\xa9", b"error")

    def test_stdin_is_empty(self, sandbox: Sandbox) -> None:
        assert sandbox.exec("cat; echo end").stdout == b"end\n"

    def test_works_in_its_folder(self, sandbox: Sandbox) -> None:
        assert sandbox.exec("pwd -P").stdout.decode().strip() == os.path.realpath(sandbox.work)

    def test_environment_is_what_was_given(self, sandbox: Sandbox) -> None:
        done = sandbox.exec("env", env={"GIVEN": "a b=c\nd", "LD_BIND_NOW": "1"})
        assert b"GIVEN=a b=c\nd\n" in done.stdout and b"LD_BIND_NOW=1" in done.stdout
        assert CANARY.encode() not in done.stdout and b"a secret of the host" not in done.stdout
        names = {line.split(b"=")[0] for line in done.stdout.splitlines() if b"=" in line}
        assert {b"PATH", b"HOME", b"LANG", b"TMPDIR"} <= names

    def test_home_and_tmp_can_be_written(self, sandbox: Sandbox) -> None:
        assert sandbox.exec('echo 1 > "$HOME/f" && echo 1 > "$TMPDIR/f"').ok
        assert sandbox.exec('cat "$HOME/f" "$TMPDIR/f"').stdout == b"1\n1\n"

    def test_protected_files_stay(self, backend: Backend, sandbox: Sandbox) -> None:
        if not backend.isolated:
            pytest.skip("nothing enforces this where the candidate is the user")
        sandbox.put({"t/sub/test": TreeFile(b"good"), "mine": TreeFile(b"old", writable=True)})
        attacks = (
            "echo evil > t/sub/test",
            "rm -f t/sub/test",
            "mv t u",
            "mv t/sub t/x",
            "chmod 777 t/sub/test && echo evil > t/sub/test",
            "echo evil > n && mv -f n t/sub/test",
            "ln -sf /etc/passwd t/sub/test",
        )
        for attack in attacks:
            sandbox.exec(attack)
            assert sandbox.get("t/sub/test", max_bytes=9) == b"good", attack
        assert sandbox.exec("echo new > t/sub/new && rm t/sub/new && mkdir t/d && echo a > t/d/f").ok
        assert sandbox.exec("echo 1 > mine && sed -i s/1/2/ mine && cat mine").stdout == b"2\n"
        assert sandbox.get_tree(max_bytes=99, max_files=9)["mine"].writable

    def test_timeout_kills_all_and_is_told(self, sandbox: Sandbox) -> None:
        done = sandbox.exec(
            "(setsid sh -c 'trap \"\" TERM HUP; while :; do sleep 0.01; echo x >> beat; done' &) ; sleep 100",
            timeout_s=1.0,
        )
        assert done.outcome is Outcome.TIMEOUT and done.exit_code == 137
        assert 1.0 <= done.wall_s < 30
        if not self.runner_clock:
            with pytest.raises(SandboxError):
                sandbox.exec("true")
            return
        before = sandbox.get("beat", max_bytes=1 << 20)
        assert before and sandbox.exec("sleep 0.2").ok
        assert sandbox.get("beat", max_bytes=1 << 20) == before

    def test_background_processes_end_with_the_command(self, sandbox: Sandbox) -> None:
        done = sandbox.exec(
            "(setsid sh -c 'while :; do sleep 0.01; echo x >> beat; done' &) ; sleep 0.1; echo ok"
        )
        assert done.ok and done.stdout == b"ok\n"
        before = sandbox.get("beat", max_bytes=1 << 20)
        assert sandbox.exec("sleep 0.2").ok
        assert sandbox.get("beat", max_bytes=1 << 20) == before

    def test_output_limit(self, sandbox: Sandbox) -> None:
        done = sandbox.exec("yes", output_bytes=10_000)
        assert done.outcome is Outcome.OUTPUT_LIMIT and not done.ok
        assert done.stdout == (b"y\n" * 5000)

    def test_output_of_the_limit_exactly(self, sandbox: Sandbox) -> None:
        assert sandbox.exec("head -c 1000 /dev/zero", output_bytes=1000).ok
        done = sandbox.exec("head -c 1001 /dev/zero", output_bytes=1000)
        assert done.outcome is Outcome.OUTPUT_LIMIT and len(done.stdout) == 1000

    def test_memory_limit(self, backend: Backend, sandbox: Sandbox) -> None:
        done = sandbox.exec(["python3", "-c", "x = bytearray(1 << 29)\nx[::4096] = x[::4096]\nprint(len(x))"])
        assert not done.ok
        assert done.outcome in (Outcome.OUT_OF_MEMORY, Outcome.EXITED)
        if self.memory_is_typed:
            assert done.outcome is Outcome.OUT_OF_MEMORY

    def test_fork_bomb_is_contained(self, backend: Backend, sandbox: Sandbox) -> None:
        if not backend.isolated:
            pytest.skip("a limit of processes is not enforced everywhere without isolation")
        code = (
            "import os\nfor n in range(500): os.fork() or os.pause() if hasattr(os, 'pause') else os.fork()"
        )
        done = sandbox.exec(["python3", "-c", code], timeout_s=20)
        assert not done.ok
        if self.runner_clock:
            assert sandbox.exec("echo alive").stdout == b"alive\n"

    def test_no_network(self, backend: Backend, sandbox: Sandbox) -> None:
        if not backend.isolated:
            pytest.skip("it shares the host's network")
        code = "import socket; socket.create_connection(('127.0.0.1', PORT), 5)"
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            done = sandbox.exec(["python3", "-c", code.replace("PORT", str(port))])
        assert not done.ok
        shown = sandbox.exec("cat /proc/net/dev").stdout.decode().splitlines()[2:]
        assert [line.split(":")[0].strip() for line in shown] == ["lo"]

    def test_no_files_of_the_host(self, backend: Backend, sandbox: Sandbox, tmp_path: Path) -> None:
        if not backend.isolated:
            pytest.skip("it shares the host's files")
        (tmp_path / "secret").write_text("a secret of the host")
        done = sandbox.exec(f"cat {tmp_path}/secret; cat /proc/*/environ; cat /etc/shadow; ls -a ~ /root")
        assert b"a secret of the host" not in done.stdout
        assert b":::" not in done.stdout  # a line of /etc/shadow

    def test_cpu_and_wall_time(self, sandbox: Sandbox) -> None:
        burn = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
        busy = sandbox.exec(["python3", "-c", burn])
        idle = sandbox.exec("sleep 0.3")
        assert busy.ok and busy.cpu_s > 0.25 and busy.wall_s > 0.25
        assert idle.ok and idle.cpu_s < 0.25 and idle.wall_s >= 0.3

    def test_cpu_time_of_children_that_nobody_waits_for(self, sandbox: Sandbox) -> None:
        burn = "import time; e = time.process_time() + 0.3\nwhile time.process_time() < e: pass"
        code = (
            "import os, signal, time; signal.signal(signal.SIGCHLD, signal.SIG_IGN); r, w = os.pipe()\n"
            f"if os.fork() == 0:\n    os.close(r); exec({burn!r}); os._exit(0)\nos.close(w); os.read(r, 1)"
        )
        done = sandbox.exec(["python3", "-c", code])
        assert done.ok, done
        if self.memory_is_typed:  # both come from a control group
            assert done.cpu_s > 0.25

    def test_peak_memory_of_all_processes_together(self, backend: Backend, environment: Environment) -> None:
        hold = "bytearray(60 << 20); import time; time.sleep(0.5)"
        both = f"python3 -c 'x = {hold}' & python3 -c 'x = {hold}'; wait"
        peaks = []
        for together in (False, True):
            sandbox = backend.start(SandboxSpec(environment, replace(SMALL, sum_memory=together)))
            try:
                peaks.append(sandbox.exec(both).peak_rss_bytes >> 20)
            finally:
                sandbox.close()
        assert not self.runner_clock or peaks[0] < 110 < peaks[1], peaks

    def test_peak_memory(self, sandbox: Sandbox) -> None:
        big = sandbox.exec(["python3", "-c", "bytearray(b'x' * (80 << 20))"])
        assert big.ok
        assert big.peak_rss_bytes > 80 << 20 or not self.runner_clock

    def test_close_twice_and_then_nothing(self, backend: Backend, environment: Environment) -> None:
        closed = backend.start(SandboxSpec(environment, SMALL))
        closed.close()
        closed.close()
        with pytest.raises(SandboxError):
            closed.exec("true")

    def test_sandboxes_are_apart(self, backend: Backend, environment: Environment, sandbox: Sandbox) -> None:
        other = backend.start(SandboxSpec(environment, SMALL))
        try:
            other.put({"only/here": TreeFile(b"x")})
            other.exec('echo x > "$HOME/x"')
            assert sandbox.get("only/here", max_bytes=9) is None
            assert not sandbox.exec('cat "$HOME/x"').ok
        finally:
            other.close()

    def test_clean_spares_the_living(self, backend: Backend, sandbox: Sandbox) -> None:
        backend.clean()
        assert sandbox.exec("true").ok
