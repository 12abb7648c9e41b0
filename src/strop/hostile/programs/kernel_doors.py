"""Tries doors of the kernel that no network namespace closes: vsock, io_uring, AF_ALG, keys, bpf."""

from __future__ import annotations

import ctypes
import os
import platform
import socket
import time

from attempt import ARGUMENTS, attempt  # type: ignore[import-not-found]

CALLS = {
    "x86_64": {
        "io_uring_setup": 425,
        "keyctl": 250,
        "add_key": 248,
        "bpf": 321,
        "userfaultfd": 323,
        "perf_event_open": 298,
        "process_vm_readv": 310,
    },
    "aarch64": {
        "io_uring_setup": 425,
        "keyctl": 219,
        "add_key": 217,
        "bpf": 280,
        "userfaultfd": 282,
        "perf_event_open": 241,
        "process_vm_readv": 270,
    },
}
libc = ctypes.CDLL(None, use_errno=True)


def call(number: int, *arguments: object) -> None:
    """Make a system call; raises `OSError` where it fails."""
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


numbers = CALLS.get(platform.machine(), {})
room = ctypes.create_string_buffer(4096)
if numbers:
    attempt("io_uring", lambda: call(numbers["io_uring_setup"], 4, room))
    attempt("a keyring", lambda: call(numbers["keyctl"], 0, -3, 1))
    key = (ctypes.c_char_p(b"user"), ctypes.c_char_p(b"stash"), ctypes.c_char_p(b"x"), 1, -3)
    attempt("a key", lambda: call(numbers["add_key"], *key))
    attempt("bpf", lambda: call(numbers["bpf"], 0, room, 128))
    attempt("userfaultfd", lambda: call(numbers["userfaultfd"], 1))
    room.raw = (b"\1\0\0\0" + (128).to_bytes(4, "little")).ljust(4096, b"\0")
    attempt("perf_event_open", lambda: call(numbers["perf_event_open"], room, 0, -1, -1, 0))


def vsock(port: int) -> None:
    """Reach the host, or the machine around a virtual one."""
    for number in (1, 2):
        with socket.socket(40, socket.SOCK_STREAM) as opened:
            opened.settimeout(0.3)
            if not port:
                return
            try:
                opened.connect((number, port))
                return
            except OSError:
                continue
    raise OSError("nobody there")


# The socket alone is a hole: what listens at the other end is another machine's business.
attempt("a vsock socket", lambda: socket.socket(40, socket.SOCK_STREAM).close())
attempt("a vsock connection", lambda: vsock(int(ARGUMENTS[0])))
attempt("an AF_ALG socket", lambda: socket.socket(38, socket.SOCK_SEQPACKET).close())
attempt("a packet socket", lambda: socket.socket(17, socket.SOCK_RAW).close())
attempt("an audit socket", lambda: socket.socket(16, socket.SOCK_RAW, 9).bind((0, 1)))
time.sleep(0.2)
