"""Containers of images that have no Python: no runner in them, so the engine and the host do its part.

Slower and coarser: two engine calls a command, the host's clock (which counts the engine's own
start of a command), CPU time of the container's control group, memory of all of it. At a deadline
or a cap the container is killed, and the sandbox with it.
"""

from __future__ import annotations

import io
import socket
import tarfile
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from strop.errors import SandboxError
from strop.extension import ExecResult, Limits, Outcome, TreeFile
from strop.sandbox.channel import checked_path
from strop.sandbox.docker_container import TEMP, WORK, remove
from strop.sandbox.docker_engine import Engine, engine_errors
from strop.sandbox.local import command_line

if TYPE_CHECKING:
    from docker.models.containers import Container

__all__ = ["PlainSandbox"]

FILES_S = 300.0
CANDIDATE = "1000:1000"
STEP_BYTES = 1 << 20  # what a step of ours may print

# Every folder on the way belongs to root and is sticky; a link or a file in its place goes first.
MAKE_FOLDERS = """
cd "$0" && chown 0:0 . && chmod 1777 . || exit 1
for path; do
    [ -L "$path" ] || [ -d "$path" ] || [ ! -e "$path" ] || rm -f -- "$path" || exit 1
    [ ! -L "$path" ] || rm -f -- "$path" || exit 1
    mkdir -p -- "$path" && chown 0:0 -- "$path" && chmod 1777 -- "$path" || exit 1
done
"""
# No component may be a link, the file itself included, and it must be a regular one.
SHOW_FILE = """
cd "$0" || exit 9
rest=$1
while [ "${rest#*/}" != "$rest" ]; do
    part=${rest%%/*}; rest=${rest#*/}
    [ -d "$part" ] && [ ! -L "$part" ] && cd -P -- "$part" || exit 9
done
[ -f "$rest" ] && [ ! -L "$rest" ] || exit 9
[ "$(wc -c < "$rest")" -le "$2" ] || exit 9
cat -- "$rest"
"""
