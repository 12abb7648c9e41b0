"""What every backend's `prepare` needs: hashes of recipes, the setup step's variables, folders."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from strop.errors import ConfigError, SandboxError
from strop.extension import Environment, EnvironmentSpec, ExecResult, Outcome, Sandbox

__all__ = [
    "SetupAccess",
    "base_image",
    "base_python",
    "folder_environment",
    "recipe_hash",
    "run_setup",
    "setup_access",
]

RECIPE = 1  # raised when the way environments are made changes
SETUP_OUTPUT_BYTES = 64 << 20
TAIL_CHARACTERS = 2000

# The package index and the way to it; nothing else of the user's environment reaches a setup.
PASSED = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "UV_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
)
CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE")


@dataclass(frozen=True)
class SetupAccess:
    """How setup commands reach the network."""

    env: Mapping[str, str]
    ca_bundle: Path | None  # a file of certificates that this machine trusts besides the usual ones

    def variables(self, ca_path: str) -> dict[str, str]:
        """Return the variables of setup commands that see the certificates at `ca_path`."""
        trust = dict.fromkeys(CA_VARIABLES, ca_path) if self.ca_bundle else {}
        return {**self.env, **trust}


def setup_access(environ: Mapping[str, str] | None = None) -> SetupAccess:
    """Return what the user's environment says about package indexes, proxies and certificates."""
    given = os.environ if environ is None else environ
    bundles = [Path(given[name]) for name in CA_VARIABLES if given.get(name)]
    bundle = next((file for file in bundles if file.is_file()), None)
    return SetupAccess({name: given[name] for name in PASSED if given.get(name)}, bundle)


def base_image(environ: Mapping[str, str] | None = None) -> str:
    """Return the image that jobs without one start from: STROP_BASE_IMAGE, or Python's slim image."""
    given = os.environ if environ is None else environ
    return given.get("STROP_BASE_IMAGE") or f"python:{sys.version_info.major}.{sys.version_info.minor}-slim"


def base_python() -> Path:
    """Return the interpreter below any virtual environment that strop itself is in."""
    found: str = getattr(sys, "_base_executable", "") or sys.executable
    return Path(found).resolve()


def recipe_hash(spec: EnvironmentSpec, **more: str) -> str:
    """Return a hash of all that an environment is made from.

    Files count only where there are setup commands to read them.
    """
    files = {
        path: [hashlib.sha256(file.content).hexdigest(), file.executable]
        for path, file in (spec.files.items() if spec.setup else ())
    }
    recipe = {
        "recipe": RECIPE,
        "setup": spec.setup,
        "files": files,
        "env": dict(spec.env) if spec.setup else {},
        "machine": platform.machine(),
        **more,
    }
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode("utf-8")).hexdigest()[:24]


def run_setup(sandbox: Sandbox, spec: EnvironmentSpec, env: Mapping[str, str]) -> None:
    """Run the setup commands in a sandbox that has a network.

    Raises:
        ConfigError: a command failed; with its exit code and the end of what it printed.
    """
    for command in spec.setup:
        result = sandbox.exec(
            command, env={**spec.env, **env}, timeout_s=spec.timeout_s, output_bytes=SETUP_OUTPUT_BYTES
        )
        if not result.ok:
            raise ConfigError(_setup_failure(command, result, spec.timeout_s))


def _setup_failure(command: str, result: ExecResult, timeout_s: float) -> str:
    how = {
        Outcome.EXITED: f"exit code {result.exit_code}",
        Outcome.TIMEOUT: f"not done after {timeout_s:g} s",
        Outcome.OUT_OF_MEMORY: "out of memory",
        Outcome.OUTPUT_LIMIT: f"printed more than {SETUP_OUTPUT_BYTES >> 20} MiB",
    }[result.outcome]
    text = (result.stdout + result.stderr).decode("utf-8", "replace").strip()
    return f"setup command {command!r} failed ({how}); the end of its output:\n{text[-TAIL_CHARACTERS:]}"


def environments_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Return the folder of all prepared environments of this user."""
    given = os.environ if environ is None else environ
    cache = given.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "strop" / "environments"


def folder_environment(
    backend: str, spec: EnvironmentSpec, setup: Callable[[Path, dict[str, str]], None]
) -> Environment:
    """Make a virtual environment for a job, or find the one of the same recipe.

    It is made in its final place, since its scripts name that; a lock keeps others out, and a
    marker, written last, tells a whole one from one that was broken off.

    Args:
        backend: its name, a part of the recipe.
        spec: what to make.
        setup: runs the setup commands, given the folder and the environment's variables.
    """
    if spec.image or spec.dockerfile:
        wanted = "image" if spec.image else "dockerfile"
        raise ConfigError(f"[sandbox] {wanted}: backend {backend!r} has no images; use backend 'docker'")
    python = base_python()
    name = recipe_hash(spec, backend=backend, python=f"{python} {platform.python_version()}")
    folder = environments_folder() / name
    env = {"PATH": f"{folder}/bin:/usr/local/bin:/usr/bin:/bin", "VIRTUAL_ENV": str(folder), **spec.env}
    marker = folder / ".strop-complete"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.with_suffix(".lock")):
            if not marker.exists():
                if folder.exists():
                    shutil.rmtree(folder)
                _make_venv(python, folder)
                if spec.setup:
                    setup(folder, env)
                marker.touch()
    except OSError as error:
        raise SandboxError(f"{folder}: cannot be made: {error}; set XDG_CACHE_HOME to a folder") from None
    note = f"Python {platform.python_version()} of {python}, {len(spec.setup)} setup commands"
    return Environment(backend, name, str(folder), env, note)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w", encoding="ascii") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _make_venv(python: Path, folder: Path) -> None:
    command = [str(python), "-I", "-m", "venv", str(folder)]
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, check=False, env=env)
    if done.returncode != 0:
        # Some distributions have Python without ensurepip: an environment without pip is still one.
        shutil.rmtree(folder, ignore_errors=True)
        bare = [*command[:-1], "--without-pip", command[-1]]
        done = subprocess.run(bare, capture_output=True, check=False, env=env)
    if done.returncode != 0:
        said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()[-TAIL_CHARACTERS:]
        raise SandboxError(f"{' '.join(command)} failed: {said}")
