"""The engine's profile of system calls: what is refused in a real container, and what still runs."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from strop.extension import Environment, EnvironmentSpec, Limits, SandboxSpec
from strop.sandbox.docker import DockerBackend
from strop.sandbox.docker_container import container_options
from strop.sandbox.docker_engine import Engine
from strop.sandbox.docker_plain import Order, run_attached
from strop.sandbox.seccomp import container_profile
from strop.testing.sandboxes import docker_backend_or_skip

# Calls in a form that would not fail with EPERM (or ENOSYS) for want of a capability, or fail at all,
# and with what they have to fail. Numbers: x86-64, aarch64.
REFUSED = {
    "unshare user": ((272, 97), (0x10000000,), "EPERM"),
    "setns": ((308, 268), (-1, 0), "EPERM"),
    "clone into a user namespace": ((56, 220), (0x10000000 | 17, 0, 0, 0, 0), "EPERM"),
    "clone3": ((435, 435), (0, 0), "ENOSYS"),
    "ptrace": ((101, 117), (0, 0, 0, 0), "EPERM"),
    "process_vm_readv": ((310, 270), (1, 0, 0, 0, 0, 0), "EPERM"),
    "process_vm_writev": ((311, 271), (1, 0, 0, 0, 0, 0), "EPERM"),
    "pidfd_getfd": ((438, 438), (-1, 0, 0), "EPERM"),
    "add_key": ((248, 217), (0, 0, 0, 0, 0), "EPERM"),
    "keyctl": ((250, 219), (0, -3, 0, 0, 0), "EPERM"),
    "perf_event_open": ((298, 241), (0, 0, -1, -1, 0), "EPERM"),
    "userfaultfd": ((323, 282), (0xFFFF,), "EPERM"),
    "memfd_secret": ((447, 447), (0xFFFF,), "EPERM"),
    "io_uring_setup": ((425, 425), (0, 0), "ENOSYS"),
    "name_to_handle_at": ((303, 264), (-1, 0, 0, 0, 0), "EPERM"),
    "open_tree": ((428, 428), (-1, 0, 0), "EPERM"),
    "adjtimex": ((159, 171), (0,), "EPERM"),
    "sync": ((162, 81), (), "EPERM"),
    "syncfs": ((306, 267), (-1,), "EPERM"),
    "personality READ_IMPLIES_EXEC": ((135, 92), (0x0400000,), "EPERM"),
    "socket AF_VSOCK": ((41, 198), (40, 1, 0), "EPERM"),
    "socket AF_ALG": ((41, 198), (38, 5, 0), "EPERM"),
    "socket AF_INET SCTP": ((41, 198), (2, 1, 132), "EPERM"),
    "socket AF_NETLINK not ROUTE": ((41, 198), (16, 3, 4), "EPERM"),
    "socketpair AF_TIPC": ((53, 199), (30, 1, 0, 0), "EPERM"),
}
PROGRAM = """
import ctypes, errno, json, os, sys
calls, arm = json.loads(sys.argv[1]), os.uname().machine == "aarch64"
libc, results = ctypes.CDLL(None, use_errno=True), {}
for name, (numbers, arguments, _) in calls.items():
    pid = os.fork()
    if pid == 0:
        ctypes.set_errno(0)
        done = libc.syscall(*[ctypes.c_long(n) for n in (numbers[arm], *arguments)])
        os._exit(0 if done >= 0 else ctypes.get_errno())
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    results[name] = errno.errorcode.get(code, str(code))
print(json.dumps(results))
"""
USUAL = """
import asyncio, mmap, multiprocessing, os, select, signal, socket, subprocess, tempfile, threading

def answer(queue):
    queue.put(6 * 7)

def main():
    numbers = []
    threads = [threading.Thread(target=numbers.append, args=(n,)) for n in range(8)]
    [t.start() for t in threads], [t.join() for t in threads]
    assert sorted(numbers) == list(range(8))
    assert subprocess.run(["/bin/echo", "hi"], capture_output=True).stdout == b"hi\\n"
    queue = multiprocessing.Queue()
    child = multiprocessing.Process(target=answer, args=(queue,))
    child.start(); assert queue.get() == 42; child.join()
    for family, host in ((socket.AF_INET, "127.0.0.1"),):
        server = socket.create_server((host, 0), family=family)
        client = socket.create_connection(server.getsockname()); peer, _ = server.accept()
        client.sendall(b"x"); assert peer.recv(1) == b"x"
    assert socket.getaddrinfo("localhost", 80)
    assert "lo" in [name for _, name in socket.if_nameindex()]
    a, b = socket.socketpair(); a.send(b"y"); assert b.recv(1) == b"y"
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"z", server.getsockname())
    pages = mmap.mmap(-1, 64 << 20); pages.madvise(mmap.MADV_HUGEPAGE); pages[::4096] = b"1" * (16 << 10)
    pages.resize(96 << 20); pages.close()
    memory = os.memfd_create("m"); os.write(memory, b"m"); os.posix_fallocate(memory, 0, 4096)
    select.epoll().close(); os.eventfd(0) if hasattr(os, "eventfd") else None
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    signal.setitimer(signal.ITIMER_REAL, 0.001); signal.sigwait([signal.SIGALRM])
    os.sched_setaffinity(0, os.sched_getaffinity(0)); os.nice(1); os.getrandom(8); os.mkfifo("fifo")
    with tempfile.NamedTemporaryFile() as file:
        os.fsync(file.fileno()); os.sendfile(memory, file.fileno(), 0, 1)
    async def runs():
        done = await asyncio.create_subprocess_exec("true"); return await done.wait()
    assert asyncio.run(runs()) == 0
    print("fine")

if __name__ == "__main__":
    main()
"""


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


def _rules(profile: str) -> list[dict[str, object]]:
    rules: list[dict[str, object]] = json.loads(profile)["syscalls"]
    return rules


def _allowed(profile: str) -> set[str]:
    """Names of the calls that are allowed whatever their arguments."""
    return {
        str(name)
        for rule in _rules(profile)
        if rule["action"] == "SCMP_ACT_ALLOW" and "args" not in rule
        for name in rule["names"]  # type: ignore[attr-defined]
    }


def test_what_is_not_named_is_refused() -> None:
    profile = json.loads(container_profile())
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    assert [arch["architecture"] for arch in profile["archMap"]] == ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"]
    assert not any(arch["subArchitectures"] for arch in profile["archMap"])
    assert {rule["action"] for rule in _rules(container_profile())} == {"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"}


def test_the_profile_is_package_data() -> None:
    root = Path(__file__).parents[3]
    setup = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    assert (root / setup["package-dir"]["strop.sandbox"] / "seccomp.json").is_file()
    assert any(fnmatch("seccomp.json", pattern) for pattern in setup["package-data"]["strop.sandbox"])


def test_no_call_is_named_twice_without_arguments() -> None:
    names = [n for rule in _rules(container_profile()) if "args" not in rule for n in rule["names"]]  # type: ignore[attr-defined]
    assert len(names) == len(set(names))
    filtered = {n for rule in _rules(container_profile()) if "args" in rule for n in rule["names"]}  # type: ignore[attr-defined]
    assert not filtered & set(names), "a rule with arguments is void beside one without"


def test_every_call_that_needs_a_judgement_has_one() -> None:
    refused = """
        mount umount2 pivot_root chroot fsopen fsconfig fsmount fspick move_mount open_tree
        mount_setattr unshare setns ptrace process_vm_readv process_vm_writev process_madvise
        pidfd_getfd kcmp move_pages migrate_pages add_key request_key keyctl bpf perf_event_open
        userfaultfd memfd_secret io_uring_setup io_uring_enter io_uring_register clone3 kexec_load
        kexec_file_load init_module finit_module delete_module quotactl quotactl_fd swapon swapoff
        reboot acct syslog clock_settime settimeofday adjtimex clock_adjtime open_by_handle_at
        name_to_handle_at fanotify_init iopl ioperm modify_ldt vhangup sethostname setdomainname
        sync syncfs
    """
    allowed = _allowed(container_profile())
    assert not allowed & set(refused.split())
    assert {"clone", "socket", "socketpair", "personality"}.isdisjoint(allowed)
    header = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
    if header.exists():
        known = set(re.findall(r"__NR_(\w+)\s", header.read_text(encoding="ascii")))
        missing = set(refused.split()) - known
        assert not missing, f"misspelt: {missing}"


def test_a_profiler_gets_its_own_calls_and_no_more() -> None:
    for profiler, calls in (("perf", {"perf_event_open"}), ("py-spy", {"process_vm_readv", "ptrace"})):
        assert _allowed(container_profile(profiling=profiler)) - _allowed(container_profile()) == calls


@pytest.mark.docker
def test_calls_are_refused_by_the_engine_alone(backend: DockerBackend, environment: Environment) -> None:
    """As root, without the filter that the runner puts on candidates."""
    container = backend.client.containers.create(
        environment.id, **container_options(Limits(), {}, seccomp=container_profile())
    )
    try:
        container.start()
        argv = ["python3", "-c", PROGRAM, json.dumps(REFUSED)]
        engine = Engine()
        done = run_attached(engine, container, Order(argv))
        engine.close()
        assert done.ok, done
        assert json.loads(done.stdout) == {name: error for name, (_, _, error) in REFUSED.items()}
    finally:
        container.remove(force=True)


@pytest.mark.docker
def test_both_filters_fit_together(backend: DockerBackend, environment: Environment) -> None:
    sandbox = backend.start(SandboxSpec(environment))
    try:
        done = sandbox.exec(["python3", "-c", PROGRAM, json.dumps(REFUSED)])
        assert json.loads(done.stdout) == {name: error for name, (_, _, error) in REFUSED.items()}
        filters = sandbox.exec("grep Seccomp_filters /proc/self/status")
        assert filters.stdout.split()[1] == b"2"
    finally:
        sandbox.close()


@pytest.mark.docker
def test_usual_programs_run(backend: DockerBackend, environment: Environment) -> None:
    sandbox = backend.start(SandboxSpec(environment))
    try:
        assert sandbox.exec(["python3", "-W", "ignore", "-c", USUAL]).stdout == b"fine\n"
        assert sandbox.exec(["setarch", "-R", "true"]).ok
        if sandbox.exec("command -v gcc").ok:
            source = "#include <pthread.h>\\nint main(void) { return pthread_self() == 0; }"
            assert sandbox.exec(f"printf '{source}' > a.c && gcc -O2 -pthread a.c -o a && ./a").ok
    finally:
        sandbox.close()


@pytest.mark.docker
@pytest.mark.parametrize(
    ("profiler", "allowed"),
    # The kernel has no objection to perf's call, only to these arguments.
    [("perf", {"perf_event_open": "EFAULT"}), ("py-spy", {"ptrace": "0", "process_vm_readv": "0"})],
)
def test_profilers_may_trace_or_sample(
    backend: DockerBackend, environment: Environment, profiler: str, allowed: dict[str, str]
) -> None:
    sandbox = backend.start(SandboxSpec(environment, profiling=profiler))
    try:
        done = sandbox.exec(["python3", "-c", PROGRAM, json.dumps(REFUSED)])
        found = json.loads(done.stdout)
        assert {name: found[name] for name in allowed} == allowed
        others = {name for name in REFUSED if name not in allowed}
        assert {name: found[name] for name in others} == {name: REFUSED[name][2] for name in others}
    finally:
        sandbox.close()
