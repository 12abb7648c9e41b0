"""A part of the runner: a command that is asked line by line, and timed from outside. See `runner`.

A conversation's frames: the host sends a length (8 bytes, big-endian) and a request; the runner
answers with `{}` and the reply as data, and once before, when the command can be asked. Where it has
ended, or was ended, or has answered all, the answer has a "reason", and the end of its stderr as data.
"""

from __future__ import annotations

import os
import selectors
import struct
import time
from typing import Any

from strop.sandbox.runner_files import CHUNK, read_into, reply, write_all
from strop.sandbox.runner_processes import LOOK_S, Meter, Started, exit_code, start

LENGTH = struct.Struct(">Q")
CLOSING_S = 1.0  # after the last reply, to end by itself
MAX_PIPE = 1 << 20  # bytes that fit into a pipe, whatever a user sets (pipe(7), pipe-max-size)
SLACK = 1 << 20  # what the kept end of stderr may have too much before it is cut


class Tail:
    """The end of a stream."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.data = bytearray()

    def add(self, piece: bytes) -> None:
        """Take more; what is too old goes."""
        self.data += piece
        if len(self.data) > self.size + SLACK:
            self.cut()

    def cut(self) -> bytearray:
        """Return the end, `size` bytes at most."""
        del self.data[: max(0, len(self.data) - self.size)]
        return self.data


class Conversation:
    """Lines to a running command and lines from it."""

    def __init__(self, started: Started, cap: int, tail: Tail) -> None:
        """`cap`: longest line."""
        self.command, self.fds, self.wake = started
        self.cap, self.tail = cap, tail
        self.unread = bytearray()  # of stdout
        self.searched = 0  # so much of `unread` holds no line end
        self.selector = selectors.DefaultSelector()
        for name in ("out", "err"):
            self.selector.register(self.fds[name], selectors.EVENT_READ, name)
        self.selector.register(self.wake, selectors.EVENT_READ, "wake")
        self.selector.register(0, selectors.EVENT_READ, "host")

    def ask(self, request: bytes | bytearray, timeout_s: float) -> bytearray | None:
        """Send a line and return the one that comes back; None where the command is at its end.

        One line for one request, whatever else has come: who reads the line knows what it answers.
        """
        deadline = time.monotonic() + timeout_s
        left = memoryview(request)
        if left:
            self.selector.register(self.fds["in"], selectors.EVENT_WRITE, "in")
        try:
            while True:
                line = self._line() if not left else None
                if line is not None or self._is_over(deadline):
                    return line
                for key, _ in self.selector.select(deadline - time.monotonic()):
                    if key.data == "in":
                        left = self._send(left)
                    else:
                        self._receive(str(key.data), key.fd)
        finally:
            if left:
                self.selector.unregister(self.fds["in"])

    def close(self, meter: Meter) -> None:
        """End the command's stdin, and wait a moment for it to end by itself."""
        os.close(self.fds["in"])
        deadline = time.monotonic() + CLOSING_S
        while self.command.status is None and self.command.reason == "exited":
            left = deadline - time.monotonic()
            if left <= 0:
                break
            for key, _ in self.selector.select(min(left, LOOK_S)):
                self._receive(str(key.data), key.fd)
                self.unread.clear()
            meter.read()  # what ends with the command may be on no account afterwards, see `Command.kill`

    def _is_over(self, deadline: float) -> bool:
        """Return whether there is no line to wait for; `reason` then tells why."""
        if self.command.reason == "exited" and len(self.unread) > self.cap:
            self.command.reason = "output limit"
        late = self.command.status is None and time.monotonic() >= deadline
        if self.command.reason == "exited" and late:
            self.command.reason = "timeout"
        return self.command.reason != "exited" or self.command.status is not None

    def _line(self) -> bytearray | None:
        end = self.unread.find(b"\n", self.searched)
        self.searched = len(self.unread)
        if end < 0 or end > self.cap:
            return None
        line = self.unread[:end]
        del self.unread[: end + 1]
        self.searched = 0
        return line

    def _send(self, left: memoryview) -> memoryview:
        try:
            left = left[os.write(self.fds["in"], left[:CHUNK]) :]
        except BrokenPipeError:
            left = left[len(left) :]  # it reads no more; what it answers, and whether, is its affair
        if not left:
            self.selector.unregister(self.fds["in"])
        return left

    def _receive(self, name: str, fd: int) -> None:
        if name == "host":  # nothing is due from there: whoever asked has gone
            self.command.reason = "abandoned"
            return
        if name == "wake":
            os.read(fd, CHUNK)
            self.command.reap()
            if self.command.status is not None:
                self._take_the_rest()
            return
        if not self._take(name) and fd in self.selector.get_map():
            self.selector.unregister(fd)

    def _take(self, name: str) -> int:
        """Read some; returns how much, 0 at the end of the stream, -1 where there is nothing now."""
        try:
            piece = os.read(self.fds[name], CHUNK)
        except BlockingIOError:
            return -1
        if name == "err":
            self.tail.add(piece)
        else:
            self.unread += piece
        return len(piece)

    def _take_the_rest(self) -> None:
        """Read what was in the pipes at the command's end; others may hold them, and write for ever."""
        for name in ("out", "err"):
            for _ in range(MAX_PIPE // CHUNK):
                if self._take(name) <= 0:
                    break


def calls(request: dict[str, Any]) -> None:
    """Start a command, ask it what the host sends, and report it."""
    started = start(request, asked=True)
    command = started.command
    talk = Conversation(started, request["output_bytes"], Tail(request["output_bytes"]))
    meter = Meter(command)
    marks: list[float] = [meter.read()]
    walls: list[float] = []
    begin = time.monotonic()
    write_all(started.fds["go"], b"\n")
    ready = _wait_until_ready(talk, request["startup_timeout_s"], request["output_bytes"])
    startup_s = time.monotonic() - begin
    left = request["all_bytes"]
    if ready:
        reply({})
    while ready and len(walls) < request["count"]:
        question = _question()
        marks.append(meter.read())
        asked = time.monotonic()
        talk.cap = min(request["reply_bytes"], left)
        answer = talk.ask(question, request["request_timeout_s"])
        del question  # it may be large, and the next one comes before this name is bound again
        if answer is None:
            break
        walls.append(time.monotonic() - asked)
        left -= len(answer)
        reply({}, len(answer))
        write_all(1, answer)
    marks.append(meter.read())
    done = ready and len(walls) == request["count"]
    if done:
        talk.close(meter)
    by_itself = command.status is not None
    meter.read()
    command.kill()
    tail = talk.tail.cut()
    reply(
        {"reason": "exited" if done and not by_itself else command.told_reason(),
         "code": 0 if done and not by_itself else exit_code(command.status), "startup_wall_s": startup_s,
         "marks": marks, "walls": walls, "closing_cpu_s": meter.read() - marks[-1],
         "peak_rss_bytes": command.peak_kb * 1024},
        len(tail),
    )  # fmt: skip
    write_all(1, tail)


def _wait_until_ready(talk: Conversation, timeout_s: float, cap: int) -> bool:
    """Return whether the line "ready" came; other lines before it are somebody's greeting."""
    deadline, seen = time.monotonic() + timeout_s, 0
    while True:
        line = talk.ask(b"", max(0.0, deadline - time.monotonic()))
        if line is None:
            return False
        if line.rstrip() == b"ready":
            return True
        seen += len(line) + 1
        if seen > cap:
            talk.command.reason = "output limit"
            return False


def _question() -> bytearray:
    """Read one request from the host; as a line."""
    length = bytearray(LENGTH.size)
    read_into(0, memoryview(length))
    size = LENGTH.unpack(length)[0]
    line = bytearray(size + 1)
    read_into(0, memoryview(line)[:size])
    line[size:] = b"\n"
    return line
