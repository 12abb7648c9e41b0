"""The trusted process beside a candidate: runs commands, keeps the clock, moves files.

One runner serves one sandbox. It is started as `python3 -I -S -c SOURCE` (inside of a container,
as root; or on this machine, outside of bubblewrap), reads requests on stdin and answers on stdout.
Every request is served by a forked worker, so that the runner itself stays small, and a command's
processes are all descendants of its worker.

Its parts are the modules `runner_*`; `channel.runner_source` joins them. The text travels into images with an
older Python: standard library only, and nothing newer than 3.8.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from strop.sandbox.runner_calls import calls
from strop.sandbox.runner_files import REQUEST, get, put, read_exactly, reply, tree
from strop.sandbox.runner_processes import kill_descendants, run
from strop.sandbox.runner_services import serve
from strop.sandbox.runner_start import PR_SET_CHILD_SUBREAPER, PR_SET_DUMPABLE, system_call

OPERATIONS: dict[bytes, Callable[[dict[str, Any]], None]] = {
    b"exec": run,
    b"call": calls,
    b"serv": serve,
    b"put ": put,
    b"get ": get,
    b"tree": tree,
}


def _work(operation: bytes, size: int) -> NoReturn:
    """In a worker: serve one request."""
    code = 3
    try:
        OPERATIONS[operation](json.loads(read_exactly(0, size)))
        code = 0
    except BaseException as error:
        # Where the stream stands is unknown now: the error is the runner's last word.
        reply({"error": str(error) if isinstance(error, OSError) else repr(error)})
    finally:
        os._exit(code)


def main() -> int:
    """Serve requests until stdin ends."""
    system_call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
    system_call("prctl", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    reply({"ready": True, "python": list(sys.version_info[:3])})
    while True:
        try:
            operation, size, _ = REQUEST.unpack(read_exactly(0, REQUEST.size))
        except EOFError:
            return 0
        worker = os.fork()
        if worker == 0:
            _work(operation, size)
        _, status = os.waitpid(worker, 0)
        if status != 0:
            kill_descendants()
            if os.WIFSIGNALED(status):
                reply({"lost": os.WTERMSIG(status)})
            return 1
