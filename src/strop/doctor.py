"""What this machine offers: versions, sandboxes, a model, profilers, and how quiet it is.

Nothing is installed, pulled or started but six pairs of short Python processes for the noise.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from strop.doctor_profilers import profilers
from strop.doctor_rows import Row, as_json, render_rows
from strop.errors import ConfigError, SandboxError

if TYPE_CHECKING:
    from strop.extension import Backend

__all__ = ["Row", "as_json", "clean_all", "diagnose", "key_variables", "measure_noise", "render_rows"]

PACKAGES = ("openai", "litellm", "langgraph", "optuna", "docker", "pydantic", "libcst", "numpy", "scipy")

BAD_LITELLM = ("1.82.7", "1.82.8")
"""Releases that carried credential-stealing malware; strop's requirements exclude them, yet others may
have installed them beside."""

NOISE_PAIRS = 6
PLAN_PAIRS = 12
LEAST_DISK_BYTES = 2 << 30

KERNEL = "total = 0\nfor i in range({count}):\n    total += i * i % 7\n"
KERNEL_S = 0.030

KEYS = {
    "anthropic": "ANTHROPIC_API_KEY",
    "azure": "AZURE_API_KEY",
    "cohere": "COHERE_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "fireworks_ai": "FIREWORKS_AI_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "groq": "GROQ_API_KEY",
    "mistral": "MISTRAL_API_KEY",
    "openai": "OPENAI_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
    "together_ai": "TOGETHERAI_API_KEY",
    "xai": "XAI_API_KEY",
}
"""The variable that litellm reads for a provider, by the prefix of the model's name."""

KEYLESS = ("bedrock", "hosted_vllm", "lm_studio", "ollama", "ollama_chat", "sagemaker", "vertex_ai")
"""Providers that need no key, or take it from their own login."""


def diagnose(root: Path, *, noise: bool = True) -> list[Row]:
    """Return what works on this machine for the jobs of a repository; `noise` takes about a second."""
    rows = [*_versions(), _git(), *_sandboxes(root), _model(root), *profilers(), *_machine(root)]
    return [*rows, measure_noise()] if noise else rows


def clean_all() -> list[Row]:
    """Remove what dead processes left behind, in every backend that works here."""
    rows = []
    for backend in _backends():
        found = backend.available()
        if not found.ok:
            rows.append(Row("clean", backend.name, None, f"skipped: {found.reason}"))
            continue
        try:
            rows.append(Row("clean", backend.name, True, f"{backend.clean()} leftovers removed"))
        except SandboxError as error:
            rows.append(Row("clean", backend.name, False, str(error)))
        finally:
            _close(backend)
    return rows


# --- versions ----------------------------------------------------------------------------------


def _versions() -> list[Row]:
    from importlib.metadata import PackageNotFoundError, version

    python = f"Python {sys.version.split()[0]} at {sys.executable}"
    rows = [Row("python", "python", sys.version_info >= (3, 11), python)]
    found, missing = {}, []
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            missing.append(name)
    if found:
        rows.append(Row("python", "packages", True, ", ".join(f"{n} {v}" for n, v in found.items())))
    if missing:
        remedy = "install strop anew, in its checkout: pip install --force-reinstall ."
        rows.append(Row("python", "packages", False, f"not installed: {', '.join(missing)}", remedy))
    if found.get("litellm") in BAD_LITELLM:
        detail = f"litellm {found['litellm']} is a release with malware in it"
        remedy = "pip install 'litellm!=1.82.7,!=1.82.8', and change every key that this machine could read"
        rows.append(Row("python", "litellm", False, detail, remedy))
    return rows


def _git() -> Row:
    remedy = "install git; strop makes snapshots and branches with it"
    program = shutil.which("git")
    if program is None:
        return Row("git", "git", False, "not on PATH", remedy)
    try:
        found = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Row("git", "git", False, f"{program} does not run: {error}", remedy)
    return Row("git", "git", found.returncode == 0, found.stdout.strip() or found.stderr.strip())


# --- sandboxes ---------------------------------------------------------------------------------


def _backends() -> list[Backend]:
    from strop.sandbox.backends import backends

    return backends()


def _close(backend: Backend) -> None:
    close = getattr(backend, "close", None)  # of backends that hold connections
    if close is not None:
        close()


def _sandboxes(root: Path) -> list[Row]:
    rows, missing_image = [], ""
    for backend in _backends():
        found = backend.available()
        # One backend is enough: that another is missing is no fault.
        ok = True if found.ok and backend.isolated else None
        reason = found.reason if backend.isolated else f"{found.reason} (no isolation; only by name)"
        rows.append(Row("sandbox", backend.name, ok, reason, found.remedy))
        if backend.name == "docker" and found.ok:
            rows.append(_image(backend))
            missing_image = "" if rows[-1].ok else rows[-1].detail
        if found.ok:
            rows += _unsupported(backend)
        _close(backend)
    return [*rows, _auto(missing_image, _allow_unsupported(root))]


def _unsupported(backend: Backend) -> list[Row]:
    """Return a row for each thing that a backend can't contain here."""
    from strop.sandbox.backends import TOLERABLE

    try:
        gaps = backend.unsupported()
    except SandboxError as error:
        return [Row("sandbox", backend.name, False, f"what it can't contain is unknown: {error}")]
    rows = []
    for name, reason in gaps.items():
        # What `process` lacks is known to whoever names it.
        harmful = backend.isolated and name not in TOLERABLE
        remedy = "`auto` passes it by, unless [sandbox] allow_unsupported = true" if harmful else ""
        rows.append(Row("sandbox", backend.name, None, f"unsupported: {name}: {reason}", remedy))
    return rows


def _allow_unsupported(root: Path) -> bool:
    """Return what the job of a repository allows; False where there is no valid one."""
    from strop.job import load_job

    try:
        return load_job(root).sandbox.allow_unsupported
    except ConfigError:
        return False  # told in the row of the model


def _image(backend: Backend) -> Row:
    """Look for the base image among those that are there; a diagnosis pulls nothing."""
    from docker.errors import DockerException, ImageNotFound

    from strop.sandbox.environment import base_image

    name, client = base_image(), backend.client  # type: ignore[attr-defined]
    try:
        client.images.get(name)
    except ImageNotFound:
        remedy = f"docker pull {name}, or set STROP_BASE_IMAGE to an image that is there"
        return Row("sandbox", "docker image", None, f"{name} is not there; the first job pulls it", remedy)
    except DockerException as error:
        return Row("sandbox", "docker image", False, f"{name} can't be looked up: {error}")
    return Row("sandbox", "docker image", True, f"{name} is there")


def _auto(missing_image: str, allow_unsupported: bool) -> Row:
    if missing_image:
        return Row("sandbox", "auto", None, "takes docker if its image can be pulled, else bubblewrap")
    from strop.sandbox.backends import open_backend

    told: list[str] = []
    try:
        _close(open_backend("auto", report=told.append, allow_unsupported=allow_unsupported))
    except (ConfigError, SandboxError) as error:
        return Row("sandbox", "auto", False, f"takes nothing: {error}")
    return Row("sandbox", "auto", True, f"takes {told[-1].removeprefix('sandbox: ')}")


# --- model -------------------------------------------------------------------------------------


def key_variables(model: str, api_base: str) -> tuple[str, ...]:
    """Return the environment variables of which a model needs one; empty where it needs or we know none."""
    if api_base:
        return ("OPENAI_API_KEY",)
    provider = model.partition("/")[0] if "/" in model else "openai"
    if provider in KEYLESS:
        return ()
    variable = KEYS.get(provider)
    return (variable,) if variable else ()


def _model(root: Path) -> Row:
    from strop.job import load_job

    try:
        settings = load_job(root).model
    except ConfigError as error:
        detail = str(error).splitlines()[0]
        if "strop init" in detail:
            return Row("model", "model", None, "no job here yet, so no model is configured", "strop init")
        return Row("model", "model", False, detail)
    if not settings.name and not settings.api_base:
        detail = "none is configured: rules and Optuna search alone"
        return Row("model", "model", None, detail, "model.name in strop.toml, or strop run --model NAME")
    where = f" at {settings.api_base}" if settings.api_base else ""
    name = f"{settings.name or 'an endpoint'}{where}"
    wanted = key_variables(settings.name, settings.api_base)
    present = [variable for variable in wanted if os.environ.get(variable)]
    if present:
        return Row("model", "model", True, f"{name}; {present[0]} is set")
    if settings.api_base:
        return Row("model", "model", None, f"{name}; OPENAI_API_KEY is not set, sent as 'none'")
    if not wanted:
        return Row("model", "model", None, f"{name}; strop knows no key variable of this provider")
    remedy = f"export {wanted[0]}=..."
    return Row("model", "model", False, f"{name}; {wanted[0]} is not set", remedy)


# --- machine -----------------------------------------------------------------------------------


def _machine(root: Path) -> list[Row]:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    load = os.getloadavg()[0]
    busy = load > max(1.0, usable / 2)
    remedy = "end other work on this machine: it blurs every measurement" if busy else ""
    detail = f"{usable} CPUs, load {load:.2f} over the last minute"
    free = shutil.disk_usage(root).free
    room = f"{free / 2**30:.1f} GiB free at {root}"
    low = free < LEAST_DISK_BYTES
    return [
        Row("machine", "cpu", None if busy else True, detail, remedy),
        Row("machine", "disk", not low, room, "make room: sandboxes and logs need some GiB" if low else ""),
    ]


def measure_noise(pairs: int = NOISE_PAIRS) -> Row:
    """Time a short pure-Python program against itself, in pairs of processes (A/A)."""
    import math

    from strop.sandbox.measure.planning import Calibration
    from strop.sandbox.measure.quiet import quiet

    count = _kernel_count()
    with quiet():
        _timed(count)  # the first process pays for reading the interpreter from disk
        ratios = [math.log(_timed(count) / _timed(count)) for _ in range(pairs)]
    found = Calibration.from_log_ratios(ratios)
    effect = found.smallest_effect(PLAN_PAIRS)
    seen = f"{PLAN_PAIRS} pairs show gains from {effect:.1%}" if math.isfinite(effect) else "too few pairs"
    detail = (
        f"equal programs of {KERNEL_S * 1000:.0f} ms differ by {found.sd:.1%} ({pairs} A/A pairs): {seen}"
    )
    noisy = found.sd > 0.10
    remedy = "let the benchmark run longer, and the machine do nothing else" if noisy else ""
    return Row("machine", "noise", None if noisy else True, detail, remedy)


def _kernel_count() -> int:
    """Return how many rounds of the kernel take about 30 ms here."""
    trial = 20_000
    program = compile(KERNEL.format(count=trial), "kernel", "exec")
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        exec(program, {})
        best = min(best, time.perf_counter() - start)
    return max(1, round(trial * KERNEL_S / max(best, 1e-6)))


def _timed(count: int) -> float:
    """Return the wall time of one process, in seconds."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-I", "-S", "-c", KERNEL.format(count=count)], check=True, timeout=60)
    return time.perf_counter() - start
