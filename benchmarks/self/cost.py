"""What a sandbox costs: time of each step over the bare command, and memory while a candidate floods.

Run: `python -m strop.benchmarks.self.cost [--backend NAME ...] [--runs N] [--flood-mb N] [--json FILE]`.
For each backend, warm: starting a sandbox, putting a small tree, commands (`true` and an empty Python
program) in it, closing it, and all of that as one trial; beside the same commands as plain processes
and one `docker run` each. Kinds take turns, so that a slower minute of the machine hits all alike. Times
are wall time as the caller waits, in ms. The machine's measuring lock is held meanwhile. The plain Python
is the one of the local backends' environment; an image has another one, so that its cost is seen by
`true` alone.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from strop.errors import StropError
from strop.extension import Backend, Environment, EnvironmentSpec, Outcome, SandboxSpec, TreeFile
from strop.sandbox.backends import backends
from strop.sandbox.environment import base_image, base_python
from strop.sandbox.measure.quiet import quiet

__all__ = ["Cost", "close", "flood", "flood_growth", "machine", "measure", "quantile", "render", "usable"]

COMMANDS: Mapping[str, Sequence[str]] = {"true": ("true",), "python3": ("python3", "-c", "pass")}
TREE = {f"pkg/module_{n}.py": TreeFile(f"VALUE = {n}\n".encode() * 50) for n in range(30)}  # 24 kB
FLOOD = "head -c {count} /dev/zero"
GOAL_MS = 150.0  # of added wall time per command in docker, on an idle core
GOAL_MEMORY_MB = 20.0


@dataclass(frozen=True)
class Cost:
    """Wall times of one step, in ms."""

    where: str  # a backend, "bare", or "docker run"
    step: str
    median: float
    p90: float
    runs: int


def measure(chosen: Sequence[Backend], runs: int) -> list[Cost]:
    """Return the costs of all steps; every one is done `runs` times, after two that don't count."""
    times: dict[tuple[str, str], list[float]] = {}
    ready = [(backend, backend.prepare(EnvironmentSpec())) for backend in chosen]
    local = [environment for backend, environment in ready if backend.name != "docker"]
    python = f"{local[0].location}/bin/python3" if local else str(base_python())
    docker = shutil.which("docker") if any(backend.name == "docker" for backend in chosen) else None
    for number in range(runs + 2):
        round_: dict[tuple[str, str], float] = {}
        with quiet():
            for name, argv in COMMANDS.items():
                round_["bare", name] = _timed(lambda argv=argv: _bare(argv, python))  # type: ignore[misc]
            for backend, environment in ready:
                round_.update(_trial(backend, environment))
            if docker:
                round_["docker run", "python3"] = _timed(lambda: _docker_run(docker))
        for key, value in round_.items() if number > 1 else ():
            times.setdefault(key, []).append(value)
    return [
        Cost(*key, quantile(found, 0.5), quantile(found, 0.9), len(found)) for key, found in times.items()
    ]


def _trial(backend: Backend, environment: Environment) -> dict[tuple[str, str], float]:
    """Return the times of one trial's steps."""
    found: dict[tuple[str, str], float] = {}
    started = time.perf_counter()
    sandbox = backend.start(SandboxSpec(environment))
    try:
        found[backend.name, "start"] = (time.perf_counter() - started) * 1e3
        found[backend.name, "put 30 files"] = _timed(lambda: sandbox.put(TREE))
        for name, argv in COMMANDS.items():
            begun = time.perf_counter()
            result = sandbox.exec(list(argv))
            found[backend.name, name] = (time.perf_counter() - begun) * 1e3
            if not result.ok:
                raise SystemExit(f"{backend.name}: {argv} failed: {result.stderr.decode('utf-8', 'replace')}")
    finally:
        closing = time.perf_counter()
        sandbox.close()
    found[backend.name, "close"] = (time.perf_counter() - closing) * 1e3
    # What one command alone would have cost: the other one is not part of it.
    others = sum(found[backend.name, name] for name in COMMANDS if name != "python3")
    found[backend.name, "whole trial"] = (time.perf_counter() - started) * 1e3 - others
    return found


def _bare(argv: Sequence[str], python: str) -> None:
    """Run a command as a plain process."""
    program = [python, *argv[1:]] if argv[0] == "python3" else list(argv)
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    subprocess.run(program, check=True, capture_output=True, stdin=subprocess.DEVNULL, env=env)


def _docker_run(docker: str) -> None:
    command = [docker, "run", "--rm", "--network=none", "--read-only", "--entrypoint=python3", base_image()]
    subprocess.run([*command, "-c", "pass"], check=True, capture_output=True, stdin=subprocess.DEVNULL)


def _timed(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1e3


FLOODED = """
import sys
from strop.benchmarks.self.cost import close, flood_growth
from strop.sandbox.backends import backends
backend = next(each for each in backends() if each.name == sys.argv[1])
print(flood_growth(backend, int(sys.argv[2])))
close(backend)
"""


def flood(name: str, size: int) -> float:
    """Return the same as `flood_growth`, of a process of its own: what others freed hides no growth."""
    command = [sys.executable, "-c", FLOODED, name, str(size)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{name}: the flood failed, see above")
    return float(done.stdout)


def flood_growth(backend: Backend, size: int, times: int = 5) -> float:
    """Return by how many MiB this process grew at most, while a command tried to print `size` bytes."""
    sandbox = backend.start(SandboxSpec(backend.prepare(EnvironmentSpec())))
    try:
        sandbox.exec("true")  # what the first command allocates is no part of it
        _reset_peak()
        before = _memory("VmRSS")
        for _ in range(times):
            outcome = sandbox.exec(FLOOD.format(count=size)).outcome
            if outcome is not Outcome.OUTPUT_LIMIT:
                raise SystemExit(f"{backend.name}: a flood of {size} bytes ended as {outcome.value!r}")
        return (_memory("VmHWM") - before) / 1024
    finally:
        sandbox.close()


def _memory(name: str) -> int:
    """Return a line of /proc/self/status, in KiB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise SystemExit(f"/proc/self/status has no {name}")


def _reset_peak() -> None:
    """Let VmHWM start again from what is in use now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def quantile(values: Sequence[float], part: float) -> float:
    """Return the value below which a part of the values lies (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(part * len(ranked)) - 1)]


def machine() -> str:
    """Return a line on the machine: processor, cores, memory, kernel, Python, load."""
    model = platform.machine()
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()}, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
    )


def usable(names: Sequence[str]) -> list[Backend]:
    """Return the backends of some names that work here; says on stderr which don't, and why."""
    found = []
    for backend in backends():
        if backend.name not in names:
            continue
        state = backend.available()
        if state.ok:
            found.append(backend)
        else:
            print(f"{backend.name}: left out: {state.reason}", file=sys.stderr)
    return found


def close(backend: Backend) -> None:
    """Close a backend's connections, where it has any; the next use opens new ones."""
    let_go = getattr(backend, "close", None)
    if let_go is not None:
        let_go()


def render(costs: Sequence[Cost], growth: Mapping[str, float], flood_mb: int) -> str:
    """Return the table as text."""
    bare = {cost.step: cost.median for cost in costs if cost.where == "bare"}
    lines = [f"{'where':12} {'step':14} {'median ms':>10} {'p90 ms':>9} {'added ms':>9}"]
    for cost in sorted(costs, key=lambda cost: cost.where != "bare"):
        comparable = cost.step == "true" or cost.where in ("bubblewrap", "process")
        added = f"{cost.median - bare[cost.step]:9.1f}" if comparable and cost.step in bare else ""
        lines.append(
            f"{cost.where:12} {cost.step:14} {cost.median:10.1f} {cost.p90:9.1f} {added:>9}".rstrip()
        )
    for where, mib in growth.items():
        verdict = "ok" if mib <= GOAL_MEMORY_MB else "OVER"
        lines.append(
            f"{where:12} prints {flood_mb} MB: the orchestrator grows by {mib:.1f} MiB "
            f"(goal: {GOAL_MEMORY_MB:g}): {verdict}"
        )
    for cost in costs:
        if cost.where == "docker" and cost.step == "true":
            added_ms = cost.median - bare["true"]
            verdict = "ok" if added_ms < GOAL_MS else "OVER"
            lines.append(f"docker adds {added_ms:.1f} ms per command (goal: under {GOAL_MS:g}): {verdict}")
    return "\n".join(lines)


def main() -> int:
    """Measure, print the table, and write it where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--backend", action="append", choices=["docker", "bubblewrap", "process"])
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--flood-mb", type=int, default=1000, help="what a candidate tries to print")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args()
    chosen = usable(options.backend or ["docker", "bubblewrap", "process"])
    head = {
        "machine": machine(),
        "date": datetime.date.today().isoformat(),
        "command": " ".join(["python -m strop.benchmarks.self.cost", *sys.argv[1:]]),
    }
    try:
        costs = measure(chosen, options.runs)
        growth = {backend.name: flood(backend.name, options.flood_mb * 10**6) for backend in chosen}
    except StropError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        for backend in chosen:
            close(backend)
    print(*head.values(), render(costs, growth, options.flood_mb), sep="\n")
    if options.json:
        record = {**head, "costs": [asdict(cost) for cost in costs], "flood_growth_mib": growth}
        options.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
