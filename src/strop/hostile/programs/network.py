"""Tries to get out: the host's ports, other machines, names, UNIX sockets of the host."""

from __future__ import annotations

import socket
import struct
import time

from attempt import ARGUMENTS, MARKER, attempt, tell  # type: ignore[import-not-found]

tcp, udp, folder, *addresses = ARGUMENTS


def connect(family: int, address: object, kind: int = socket.SOCK_STREAM) -> None:
    """Connect and send; raises `OSError` where that is refused."""
    with socket.socket(family, kind) as opened:
        opened.settimeout(0.3)
        opened.connect(address)  # type: ignore[arg-type]
        opened.sendall(MARKER.encode())


for address in addresses:
    attempt(
        f"a connection to the host at {address}", lambda a=address: connect(socket.AF_INET, (a, int(tcp)))
    )
    try:
        connect(socket.AF_INET, (address, int(udp)), socket.SOCK_DGRAM)
    except OSError:
        continue
attempt("a connection to another machine", lambda: connect(socket.AF_INET, ("192.0.2.7", 443)))
attempt("a connection by IPv6", lambda: connect(socket.AF_INET6, ("2001:db8::7", 443)))
attempt("a question to a name server", lambda: connect(socket.AF_INET, ("192.0.2.53", 53), socket.SOCK_DGRAM))
attempt("a name looked up", lambda: socket.getaddrinfo("example.com", 443))
attempt("a broadcast", lambda: connect(socket.AF_INET, ("192.0.2.255", 9), socket.SOCK_DGRAM))
attempt("an abstract socket of the host", lambda: connect(socket.AF_UNIX, "\0" + MARKER))
attempt("a UNIX socket of the host", lambda: connect(socket.AF_UNIX, folder + "/socket"))


def raw() -> None:
    """Send an ICMP echo."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as opened:
        opened.sendto(struct.pack("!BBHHH", 8, 0, 0xF7FF, 0, 0), (addresses[0], 0))


attempt("a raw socket", raw)
with open("/proc/net/route", encoding="ascii") as file:
    tell("routes", len(file.readlines()) - 1)
time.sleep(0.2)
