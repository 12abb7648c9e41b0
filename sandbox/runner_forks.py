"""A part of the runner, on this machine only: forks a runner for each sandbox. See `runner`.

An interpreter with the runner's modules takes 40 ms and more to start, a fork of one 2 ms. stdin is a
socket; each message carries the two pipes of a runner to be, and is answered by its process id, or by
what errno says, negative.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
from typing import Any, NoReturn

from strop.sandbox.runner import main as serve
from strop.sandbox.runner_start import PR_SET_DUMPABLE, system_call

ANSWER = struct.Struct(">i")


def _reap(*_: Any) -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _become_runner(control: socket.socket, pipes: list[int]) -> NoReturn:
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # a runner waits for its own workers
        control.close()
        os.setsid()
        for number, fd in enumerate(pipes):
            os.dup2(fd, number)
            os.close(fd)
        code = serve()
    finally:
        os._exit(code)


def main() -> int:
    """Fork runners until the socket is closed."""
    system_call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
    signal.signal(signal.SIGCHLD, _reap)
    control = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)  # 0 to 2 stay taken, so that no pipe gets such a number
    os.close(nothing)
    while True:
        message, pipes, _, _ = socket.recv_fds(control, 1, 2, socket.MSG_CMSG_CLOEXEC)
        if not message:
            return 0
        try:
            answer = os.fork()
            if answer == 0:
                _become_runner(control, pipes)
        except OSError as error:
            answer = -(error.errno or 1)
        for fd in pipes:
            os.close(fd)
        control.sendall(ANSWER.pack(answer))
