"""Profiler packages for the job's Python: installed once, kept outside of every job's environment.

They are installed by the backend's own setup step, the only one with a network, into an environment
that no candidate runs in; the files are then kept in the user's cache, and put into the work folder
of a profiled sandbox. So one way serves images and folders, and no timed stage ever sees them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from strop.errors import ConfigError, SandboxError
from strop.extension import Backend, Environment, EnvironmentSpec, Sandbox, SandboxSpec, TreeFile
from strop.sandbox.environment import environments_folder
from strop.sandbox.profilers.schema import Malformed, clean, parsed_object

__all__ = ["PACKAGES_FOLDER", "REQUIREMENTS", "Packages", "installed", "installing", "packages_folder"]

REQUIREMENTS = {
    "pyinstrument": ("pyinstrument>=4.6,<6",),
    "line_profiler": ("line_profiler>=4.1,<6",),
    "memray": ("memray>=1.10,<2",),
    "py-spy": ("py-spy>=0.3.14,<0.5",),
}
"""What each profiler needs; the ranges are those whose output the readers know."""

PACKAGES_FOLDER = ".strop-packages"
"""Folder below the work folder that they are put into."""

INSTALL_S = 300.0
RETRY_S = 24 * 3600  # after a failure: an index that can't be reached costs a job half a minute
MAX_BYTES, MAX_FILES = 256 << 20, 10_000

# VIRTUAL_ENV is the environment's folder where environments are folders, and the only writable one.
TARGET = '"${VIRTUAL_ENV:-/opt/strop}/strop-profilers"'
INSTALL = (
    "python -m pip install --quiet --no-input --disable-pip-version-check --no-compile --retries 1 "
    "--timeout 15 --only-binary :all: --target " + TARGET
)
FETCH = f"cp -R {TARGET}/. ."
TELL = (
    "import json, platform, sys, sysconfig; "
    "print(json.dumps({'abi': str(sysconfig.get_config_var('SOABI')), 'python': sys.version.split()[0], "
    "'machine': platform.machine(), 'libc': '-'.join(platform.libc_ver())}))"
)


def installing(environ: Mapping[str, str] | None = None) -> bool:
    """Return whether profiler packages may be installed: not where STROP_PROFILERS is "none"."""
    given = os.environ if environ is None else environ
    return given.get("STROP_PROFILERS", "") != "none"


def packages_folder() -> Path:
    """Return the folder of all profiler packages of this user."""
    return environments_folder().parent / "profilers"


def installed() -> tuple[list[str], list[str]]:
    """Return the profilers that are in the cache, for whatever Python, and why others are not."""
    folder = packages_folder()
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    there = {name for name in REQUIREMENTS for e in entries if e.is_dir() and _recipe(name, e.name)}
    failed = [e for e in entries if e.suffix == ".failed"]
    return sorted(there), [clean(e.read_text(encoding="utf-8"), 200) for e in failed]


def _recipe(name: str, entry: str) -> bool:
    return re.fullmatch(re.escape(name) + "-[0-9a-f]{16}", entry) is not None


@dataclass(frozen=True)
class Packages:
    """Gets profilers for the Python of one environment of a backend."""

    backend: Backend
    environment: Environment
    _known: dict[str, str] = field(default_factory=dict, repr=False)  # the Python, once it was asked

    def put(self, name: str, sandbox: Sandbox) -> str:
        """Put a profiler into a sandbox, at `PACKAGES_FOLDER`; returns why it can't be had, or "".

        Raises `SandboxError` where the provider is at fault.
        """
        try:
            found = self._have(name, sandbox)
        except (ConfigError, Malformed) as error:
            return f"{name} can't be installed: {_last_line(str(error))}"
        if isinstance(found, str):
            return found
        # Writable: their content is a candidate's word once it runs, and a protected file costs a mount.
        sandbox.put(
            {
                f"{PACKAGES_FOLDER}/{path.relative_to(found).as_posix()}": TreeFile(
                    path.read_bytes(), executable=os.access(path, os.X_OK), writable=True
                )
                for path in sorted(found.rglob("*"))
                if path.is_file()
            }
        )
        return ""

    def _have(self, name: str, sandbox: Sandbox) -> Path | str:
        """Return the folder of a profiler's files, or why there is none."""
        if not self._known:
            self._known["python"] = _python_of(sandbox)
        recipe = json.dumps([self.backend.name, self._known["python"], REQUIREMENTS[name]])
        folder = packages_folder() / f"{name}-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}"
        if folder.is_dir():
            return folder
        if not installing():
            return f"{name} is not installed, and STROP_PROFILERS is none"
        failed = folder.with_suffix(".failed")
        try:
            if failed.exists() and time.time() - failed.stat().st_mtime < RETRY_S:
                why = failed.read_text(encoding="utf-8")
                return f"{why} (tried again a day after the last time, or once {failed} is removed)"
            packages_folder().mkdir(parents=True, exist_ok=True)
            try:
                files = self._install(name)
            except ConfigError as error:
                why = f"{name} can't be installed: {_last_line(str(error))}"
                failed.write_text(why, encoding="utf-8")
                return why
            _keep(files, folder)
        except OSError as error:
            raise SandboxError(f"{folder}: cannot be made: {error}; set XDG_CACHE_HOME to a folder") from None
        return folder

    def _install(self, name: str) -> dict[str, TreeFile]:
        """Return the files of a profiler, fresh from the index; raises `ConfigError`, `SandboxError`."""
        wanted = " ".join(f"'{requirement}'" for requirement in REQUIREMENTS[name])
        spec = EnvironmentSpec(
            image=self.environment.id if self.environment.backend == "docker" else None,
            setup=(f"{INSTALL} {wanted}",),
            timeout_s=INSTALL_S,
        )
        sandbox = self.backend.start(SandboxSpec(self.backend.prepare(spec)))
        try:
            copied = sandbox.exec(FETCH)
            if not copied.ok:
                said = copied.stderr.decode("utf-8", "replace")
                raise SandboxError(f"the files of {name} can't be copied: {said[-300:]}")
            return sandbox.get_tree(max_bytes=MAX_BYTES, max_files=MAX_FILES)
        finally:
            sandbox.close()


def _python_of(sandbox: Sandbox) -> str:
    """Return what tells the job's Python apart from others; raises `Malformed` where there is none."""
    command = f'p=$(command -v python || command -v python3) && "$p" -I -S -c "{TELL}"'
    told = sandbox.exec(command, output_bytes=4096, timeout_s=30.0)
    if not told.ok:
        raise Malformed("there is no Python in the sandbox")
    data = parsed_object(told.stdout, max_bytes=4096)
    return " ".join(clean(data.get(key)) for key in ("abi", "python", "machine", "libc"))


def _keep(files: Mapping[str, TreeFile], folder: Path) -> None:
    """Write files into a folder, which appears whole or not at all."""
    part = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f"{folder.name}."))
    try:
        for path, file in files.items():
            target = part / path
            if part.resolve() not in target.resolve().parents:
                raise SandboxError(f"the profiler's files name a path outside of their folder: {path!r}")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.content)
            target.chmod(0o755 if file.executable else 0o644)
        try:
            part.rename(folder)
        except OSError:
            if not folder.is_dir():  # another process was first: its files are the same
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")] or lines
    return clean(errors[-1] if errors else "it said nothing", 160)
