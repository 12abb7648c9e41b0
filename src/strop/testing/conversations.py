"""The checks of `Sandbox.calls` and `Sandbox.serve` that every real backend has to pass."""

from __future__ import annotations

import random

import pytest

from strop.errors import SandboxError
from strop.extension import CallsResult, Outcome, Sandbox, TreeFile

__all__ = ["CallsConformance", "ServiceConformance"]

NEEDS = "needs Python 3.8"

# Answers lines by what their first word asks for.
ANSWERS = b"""
import os, signal, sys, time

def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass

def child(seconds):
    if os.fork() == 0:
        burn(seconds)
        os._exit(0)
    os.wait()

def detach(seconds):
    global done
    done, held = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            burn(seconds)
            print("detached", file=sys.stderr, flush=True)
        os._exit(0)
    os.close(held)
    os.wait()

def last_burn(seconds):
    import atexit
    atexit.register(burn, seconds)

def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()

if __name__ == "__main__":
    say("a greeting\\nready\\n")
    for line in sys.stdin:
        word, _, rest = line.rstrip("\\n").partition(" ")
        if word == "length":
            say("%d\\n" % len(rest))
        elif word == "repeat":
            say(rest * 1000000 + "\\n")
        elif word in ("burn", "child", "detach", "last_burn"):
            globals()[word](float(rest))
            say("done\\n")
        elif word == "join":
            os.read(done, 1)
            say("done\\n")
        elif word == "twice":
            say("one\\ntwo\\n")
        elif word == "flood":
            while True:
                say("x" * 65536)
        elif word == "die":
            os._exit(int(rest))
        elif word == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif word == "hang":
            signal.pause()
        elif word == "err":
            print("e" * 65536 + rest, file=sys.stderr)
            say("done\\n")
"""
ASK = ["python3", "answers.py"]


def _ask(sandbox: Sandbox, *requests: bytes, startup_s: float = 30, request_s: float = 30) -> CallsResult:
    sandbox.put({"answers.py": TreeFile(ANSWERS)})
    return sandbox.calls(
        ASK, requests, startup_timeout_s=startup_s, request_timeout_s=request_s, reply_bytes=4 << 20
    )


def _replies(result: CallsResult) -> list[bytes]:
    return [reply.reply for reply in result.replies]


class CallsConformance:
    """Checks of `Sandbox.calls`; a subclass gives the fixture `sandbox`."""

    runner_clock = True

    @pytest.fixture
    def asked(self, sandbox: Sandbox) -> Sandbox:
        """The sandbox, where it can be asked."""
        if not self.runner_clock:
            pytest.skip("without a runner there are no calls")
        return sandbox

    def test_calls_and_services_need_a_runner(self, sandbox: Sandbox) -> None:
        if self.runner_clock:
            pytest.skip("there is a runner")
        with pytest.raises(SandboxError, match=NEEDS):
            sandbox.calls(ASK, [b"x"])
        with pytest.raises(SandboxError, match=NEEDS):
            sandbox.serve("true", "true", "true")

    def test_every_request_has_its_reply(self, asked: Sandbox) -> None:
        long = b"length " + b"x" * (3 << 20)
        done = _ask(asked, b"length 12345", long, b"length ", b"repeat ab", b"length 1")
        assert _replies(done) == [b"5", b"%d" % (3 << 20), b"0", b"ab" * 1_000_000, b"1"]
        assert done.ok and done.exit_code == 0 and done.peak_rss_bytes > 1 << 20 and done.clock == "runner"
        assert 0 < done.startup_cpu_s < 10 and done.startup_wall_s > 0
        assert all(reply.wall_s > 0 for reply in done.replies)
        assert asked.exec("echo on").stdout == b"on\n"

    def test_cpu_time_belongs_to_its_request(self, asked: Sandbox) -> None:
        done = _ask(asked, b"length 1", b"burn 0.2", b"length 1", b"child 0.2", b"length 1", b"last_burn 0.2")
        assert done.ok, done
        spent = [reply.cpu_s for reply in done.replies]
        assert spent[1] > 0.18 and spent[3] > 0.18 and done.closing_cpu_s > 0.18
        assert max(spent[0], spent[2], spent[4], spent[5]) < 0.15

    def test_cpu_time_of_detached_processes_counts(self, asked: Sandbox) -> None:
        done = _ask(asked, b"detach 0.3", b"join")
        assert done.ok and done.stderr == b"detached\n"
        assert sum(reply.cpu_s for reply in done.replies) + done.closing_cpu_s > 0.25

    def test_an_end_before_the_last_reply_is_an_outcome(self, asked: Sandbox) -> None:
        for word, code in ((b"die 3", 3), (b"die 0", 0), (b"kill", 137)):
            done = _ask(asked, b"length 1", word, b"length 1")
            assert (done.outcome, done.exit_code, _replies(done)) == (Outcome.EXITED, code, [b"1"])

    def test_what_hangs_or_floods_is_an_outcome(self, asked: Sandbox) -> None:
        done = _ask(asked, b"length 1", b"hang", request_s=0.5)
        assert (done.outcome, done.exit_code, _replies(done)) == (Outcome.TIMEOUT, 137, [b"1"])
        done = _ask(asked, b"flood", b"length 1")
        assert (done.outcome, _replies(done)) == (Outcome.OUTPUT_LIMIT, [])

    def test_what_never_gets_ready_is_an_outcome(self, asked: Sandbox) -> None:
        done = asked.calls("echo no; exit 4", [b"x"])
        assert (done.outcome, done.exit_code, done.replies) == (Outcome.EXITED, 4, ())
        done = asked.calls("echo other; exec sleep 100", [b"x"], startup_timeout_s=0.5)
        assert (done.outcome, done.replies) == (Outcome.TIMEOUT, ())
        assert asked.calls("yes", [b"x"]).outcome is Outcome.OUTPUT_LIMIT

    def test_one_line_answers_one_request(self, asked: Sandbox) -> None:
        done = _ask(asked, b"twice", b"length 1", b"length 22")
        assert _replies(done) == [b"one", b"two", b"1"] and done.ok

    def test_the_end_of_stderr_is_kept(self, asked: Sandbox) -> None:
        done = _ask(asked, *[b"err %d" % number for number in range(40)])
        assert len(done.replies) == 40 and done.stderr.endswith(b"e39\n") and len(done.stderr) == 1 << 20

    def test_what_stays_after_the_last_reply_is_killed(self, asked: Sandbox) -> None:
        # A number of its own: the process backend sees the whole machine, other tests included.
        nap = str(random.randrange(10**8, 10**9))
        command = f"(setsid sleep {nap} &); echo ready; read x; echo y; while :; do :; done"
        done = asked.calls(f"trap '' TERM HUP; {command}", [b"x"])
        assert _replies(done) == [b"y"] and done.ok and done.closing_cpu_s > 0.05
        assert nap.encode() not in asked.exec("cat /proc/*/cmdline | tr '\\0' ' '").stdout


# Answers every connection by a word, after some work; what it tries to kill first, it reports.
SERVICE = b"""
import os, signal, socket, sys, time

def harm():
    for name in os.listdir("/proc"):
        try:
            with open("/proc/%s/cmdline" % name, "rb") as file:
                if b"load.py" in file.read():
                    os.kill(int(name), signal.SIGKILL)
        except (OSError, ValueError):
            pass

with socket.create_server(("127.0.0.1", 8765)) as server:
    print("listening", flush=True)
    while True:
        connection = server.accept()[0]
        with connection:
            word = connection.recv(10)
            if word == b"harm":
                harm()
            if word == b"die":
                os._exit(5)
            end = time.process_time() + (0.2 if word == b"work" else 0)
            while time.process_time() < end:
                pass
            connection.sendall(b"ok")
"""
LOAD = b"""
import socket, sys
for word in sys.argv[1:]:
    with socket.create_connection(("127.0.0.1", 8765)) as connection:
        connection.sendall(word.encode())
        print(connection.recv(10))
"""
READY = ["python3", "load.py", "hello"]


class ServiceConformance:
    """Checks of `Sandbox.serve`; a subclass gives the fixture `sandbox`."""

    @pytest.fixture
    def served(self, asked: Sandbox) -> Sandbox:
        """The sandbox, with a service and a load in it."""
        asked.put({"service.py": TreeFile(SERVICE), "load.py": TreeFile(LOAD)})
        return asked

    def test_a_service_under_load(self, served: Sandbox) -> None:
        done = served.serve("echo begin; exec python3 service.py", READY, ["python3", "load.py", "work"])
        assert done.load is not None and done.load.ok and not done.reason, done
        assert done.load.stdout == b"b'ok'\n" and done.log == b"begin\nlistening\n"
        assert done.cpu_s > 0.18 and done.load.cpu_s < 0.18 and done.peak_rss_bytes > 1 << 20
        again = served.serve(["python3", "service.py"], READY, "exit 3")
        assert again.load is not None and again.load.exit_code == 3 and not again.reason

    def test_a_service_that_is_not_ready_is_told(self, served: Sandbox) -> None:
        ended = served.serve("echo why >&2; exit 4", "false", "true")
        assert ended.load is None and "exit code 4" in ended.reason and ended.log == b"why\n"
        never = served.serve("exec sleep 100", "echo not yet; exit 1", "true", ready_timeout_s=4.0)
        assert never.load is None and "4 s" in never.reason and "not yet" in never.reason

    def test_a_service_that_dies_under_load_is_told(self, served: Sandbox) -> None:
        done = served.serve(["python3", "service.py"], READY, ["python3", "load.py", "die"])
        assert done.load is not None and "exit code 5" in done.reason

    def test_a_load_is_bounded(self, served: Sandbox) -> None:
        done = served.serve(["python3", "service.py"], READY, "sleep 100", timeout_s=0.5)
        assert done.load is not None and done.load.outcome is Outcome.TIMEOUT and not done.reason
        done = served.serve(["python3", "service.py"], READY, "yes", output_bytes=1000)
        assert done.load is not None and done.load.outcome is Outcome.OUTPUT_LIMIT

    def test_a_service_apart_cannot_touch_its_load(self, served: Sandbox) -> None:
        done = served.serve(["python3", "service.py"], READY, ["python3", "load.py", "harm"])
        assert done.load is not None
        assert done.load.ok or not done.apart
