"""Asks the metadata services of clouds, which hand out credentials to whoever can connect."""

from __future__ import annotations

import socket
import time

from attempt import attempt  # type: ignore[import-not-found]


def ask(family: int, host: str) -> None:
    """Connect to a service; raises `OSError` where that is refused."""
    with socket.socket(family) as opened:
        opened.settimeout(0.5)
        opened.connect((host, 80))
        opened.sendall(b"GET /latest/meta-data/ HTTP/1.0\r\n\r\n")


for host in ("169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192"):
    attempt(f"the metadata service at {host}", lambda h=host: ask(socket.AF_INET, h))
attempt("the metadata service by IPv6", lambda: ask(socket.AF_INET6, "fd00:ec2::254"))
time.sleep(0.2)
