"""What a profiler left in a folder of a sandbox, fetched without trust in names, number or size."""

from __future__ import annotations

import re
import shlex

from strop.extension import Sandbox

__all__ = ["MAX_FILES", "fetch"]

MAX_FILES = 128  # more processes than that are not looked at
MAX_FILE_BYTES, MAX_ALL_BYTES = 32 << 20, 128 << 20


def fetch(sandbox: Sandbox, folder: str) -> dict[str, bytes]:
    """Return the regular files of a folder below the work folder, by path.

    Only plainly named ones, at most `MAX_FILES`; those too large count as none. Raises
    `SandboxError` where the provider is at fault.
    """
    # Past the cap on output, names are cut off: a candidate that leaves a million files hides its own.
    command = f"ls -1 -- {shlex.quote(folder)} 2>/dev/null | head -n {MAX_FILES}"
    listed = sandbox.exec(command, timeout_s=60.0, output_bytes=1 << 20)
    names = listed.stdout.decode("utf-8", "replace").split("\n")
    found: dict[str, bytes] = {}
    size = 0
    for name in names:
        if re.fullmatch(r"\w[\w.-]{0,200}", name):
            content = sandbox.get(f"{folder}/{name}", max_bytes=min(MAX_FILE_BYTES, MAX_ALL_BYTES - size))
            if content is not None:
                found[f"{folder}/{name}"] = content
                size += len(content)
    return found
