"""What the host sees of an attack: processes, their rights and mounts, connections, files.

Programs inside say what they like; a judge goes by this. Everything that an attack touches carries
a marker: its command lines, process names, files. Only Linux tells these things, in /proc.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Listeners", "Sight", "Witness", "host_addresses", "marked_mounts", "marked_processes"]

EVERY_S = 0.02
NAME_BYTES = 15  # of a process, for the kernel
RIGHTS = ("CapEff", "CapBnd", "NoNewPrivs", "Seccomp", "Uid")


@dataclass(frozen=True)
class Sight:
    """One process of an attack, as the host saw it."""

    pid: int
    rights: dict[str, str]  # lines of /proc/PID/status
    network: str  # its network namespace; empty where that could not be read
    mounts: str  # its mount table; empty where that could not be read


@dataclass
class Witness:
    """Looks at marked processes while an attack runs; a context manager."""

    marker: str
    most: int = 0  # marked processes at one time
    sights: dict[int, Sight] = field(default_factory=dict)

    def __enter__(self) -> Witness:
        """Start to look."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="witness", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop looking."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(EVERY_S):
            found = marked_processes(self.marker)
            self.most = max(self.most, len(found))
            for pid in found:
                # A process puts its rights off between its start and the command: the last sight counts.
                if len(self.sights) < 50 or pid in self.sights:
                    sight = _look(pid)
                    if sight is not None:
                        self.sights[pid] = sight


def _look(pid: int) -> Sight | None:
    folder = Path(f"/proc/{pid}")
    try:
        if b"program.py" not in (folder / "cmdline").read_bytes():
            return None  # a runner or a wrapper with the command in its arguments, not yet the command
        if (folder / "cmdline").read_bytes().split(b"\0")[0].rsplit(b"/", 1)[-1][:6] != b"python":
            return None
        lines = (folder / "status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None  # gone
    rights = {key: " ".join(value.split()) for key, _, value in (line.partition(":") for line in lines)}
    network = mounts = ""
    with contextlib.suppress(OSError):  # another user's, and strop is not root
        network = os.readlink(folder / "ns" / "net")
        mounts = (folder / "mountinfo").read_text(encoding="utf-8", errors="replace")
    return Sight(pid, {key: rights.get(key, "") for key in RIGHTS}, network, mounts)


def marked_processes(marker: str) -> list[int]:
    """Return the processes of this machine that carry a marker in their arguments or as their name."""
    whole, name = marker.encode(), marker.encode()[:NAME_BYTES]
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            arguments = Path(f"/proc/{entry}/cmdline").read_bytes()
            stat = Path(f"/proc/{entry}/stat").read_bytes()
        except OSError:
            continue  # gone
        if whole in arguments or name in stat[: stat.rfind(b")") + 1]:
            found.append(int(entry))
    return found


def marked_mounts(marker: str) -> list[str]:
    """Return this machine's mounts that carry a marker."""
    text = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    return [line for line in text.splitlines() if marker in line]


class Listeners:
    """Sockets of the host that nothing in a sandbox may reach; a context manager."""

    def __init__(self, marker: str, folder: Path) -> None:
        """`folder` gets a UNIX socket, besides the abstract one with the marker for its name."""
        self._marker = marker
        self._folder = folder
        self._sockets: dict[str, socket.socket] = {}

    def __enter__(self) -> Listeners:
        """Listen."""
        self._listen("tcp", socket.AF_INET, ("0.0.0.0", 0))
        self._listen("udp", socket.AF_INET, ("0.0.0.0", 0), socket.SOCK_DGRAM)
        self._listen("abstract", socket.AF_UNIX, f"\0{self._marker}")
        self._listen("unix", socket.AF_UNIX, str(self._folder / "socket"))
        (self._folder / "socket").chmod(0o777)
        with contextlib.suppress(OSError, AttributeError):  # only virtual machines have the family
            self._listen("vsock", socket.AF_VSOCK, (socket.VMADDR_CID_ANY, socket.VMADDR_PORT_ANY))
        return self

    def __exit__(self, *_: object) -> None:
        """Close all."""
        for open_socket in self._sockets.values():
            open_socket.close()

    def _listen(self, name: str, family: int, address: object, kind: int = socket.SOCK_STREAM) -> None:
        opened = socket.socket(family, kind)
        try:
            opened.bind(address)  # type: ignore[arg-type]
            if kind == socket.SOCK_STREAM:
                opened.listen(8)
        except OSError:
            opened.close()
            raise
        self._sockets[name] = opened

    def port(self, name: str) -> int:
        """Return the port of a listener, 0 where there is none."""
        found = self._sockets.get(name)
        return int(found.getsockname()[1]) if found else 0

    def reached(self) -> list[str]:
        """Return the listeners that somebody reached."""
        ready, _, _ = select.select(list(self._sockets.values()), [], [], 0)
        return sorted(name for name, opened in self._sockets.items() if opened in ready)


def host_addresses() -> list[str]:
    """Return this machine's own IPv4 addresses, the one of a container bridge among them."""
    return sorted({*_local_addresses(), "127.0.0.1"})


def _local_addresses() -> Iterator[str]:
    with contextlib.suppress(OSError):
        rows = Path("/proc/net/fib_trie").read_text(encoding="ascii").splitlines()
        for above, row in zip(rows, rows[1:], strict=False):
            if "/32 host LOCAL" in row:
                yield above.rpartition(" ")[2]
