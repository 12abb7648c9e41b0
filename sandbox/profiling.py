"""The profile stage: further runs of the benchmark under profilers, never timed ones.

Level 0 costs no run (`resources`). Level 1 samples a program; level 2 also counts how often the
lines of its hottest functions run, and where its memory goes if the job measures that; level 3
looks into the native code below a Python program. A native program is sampled from level 1 on.

Each tool gets a fresh sandbox. What it leaves is a candidate's word: feedback, never a measurement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from strop.extension import ExecResult, Outcome, Sandbox
from strop.sandbox.profilers import callgrind, native, spy
from strop.sandbox.profilers.choice import choose
from strop.sandbox.profilers.fetch import fetch
from strop.sandbox.profilers.packages import PACKAGES_FOLDER, Packages
from strop.sandbox.profilers.python import (
    OUTPUT_FOLDER,
    is_profile_file,
    profile_env,
    profile_of,
    sampled_profile,
    tool_env,
)
from strop.sandbox.profilers.schema import diff_vs_parent, fitted, percent, source_line, unavailable
from strop.sandbox.profilers.signals import PATTERNS, signals_of
from strop.sandbox.profilers.tool_files import read_lines, read_memory, read_tree
from strop.sandbox.stages import Built, Stages

__all__ = ["profile", "resources"]

LONG_S = 120.0  # a run that takes longer is not repeated for more detail
CALLGRIND_S = 300.0  # deadline of a run under callgrind, some 80 times slower than a plain one
DISTORTED = 2.0  # a tool that slows the program more than this shows itself, not the program
COUNTED = 3  # functions whose lines are counted
NATIVE_ROWS = 6
MEMORY_ROWS = 4
NOTES = 3

_NATIVE_SOURCE = re.compile(r"\.(?:c|cc|cpp|cxx|h|hpp|rs|go|zig|pyx|f90)$")


def resources(result: ExecResult) -> dict[str, float]:
    """Return level 0, what every run tells without a profiler: seconds, and MiB of its largest process."""
    return {
        "wall_s": round(result.wall_s, 4),
        "cpu_s": round(result.cpu_s, 4),
        "peak_mb": round(result.peak_rss_bytes / 2**20, 1),
    }


def profile(
    stages: Stages,
    built: Built,
    *,
    level: int = 1,
    parent: Mapping[str, Any] | None = None,
    packages: Packages | None = None,
) -> dict[str, Any]:
    """Return the profile of a built candidate's benchmark, or why there is none.

    Args:
        stages: The job's stages.
        built: The candidate.
        level: How much to find out, 1 to 3.
        parent: The profile to compare with.
        packages: Where further profilers come from; None: strop's own alone.

    Returns:
        Schema "strop-profile/1", at most 2.5 kB as JSON. Raises `SandboxError` where the provider
        is at fault.
    """
    run = _Run(stages, built, level, packages)
    choice = choose(run.command, stages.snapshot.texts)
    if choice.kind == "native":
        found = run.native_profile(choice.reason)
    elif choice.kind == "python":
        found = run.python_profile()
    else:
        found = run.profile_from_outside(choice.reason)
    if "hot" not in found:
        return found
    changes = diff_vs_parent(found, parent)
    if changes:
        found["diff_vs_parent"] = changes
    if run.notes:
        found["notes"] = run.notes[:NOTES]
    return fitted(found)


class _Left(NamedTuple):
    """What a tool left behind."""

    raw: dict[str, bytes]  # by path
    work: str  # the work folder of the sandbox that it ran in
    wall_s: float


@dataclass
class _Run:
    """The profile of one candidate in the making."""

    stages: Stages
    built: Built
    level: int
    packages: Packages | None
    notes: list[str] = field(default_factory=list)
    hits: dict[tuple[str, int], int] = field(default_factory=dict)
    wall_s: float = 0.0  # of the sampled run

    @property
    def command(self) -> str:
        """The command that runs the candidate's code."""
        job = self.stages.job
        if job.calls is not None:
            return self.built.commands(job.calls.command) or "python"
        if job.service is not None:
            return self.built.commands(job.service.start)
        return self.built.commands(job.commands.benchmark)

    def source(self, path: str) -> str | None:
        """Return the candidate's text of a target file."""
        return self.built.candidate.text_of(path, self.stages.snapshot.texts)

    # --- Python ---------------------------------------------------------------------------

    def python_profile(self) -> dict[str, Any]:
        """Return the sampler's profile, with what other tools add at this level."""
        with self.stages.sandbox() as sandbox:
            files, env = profile_env(sandbox.work, self.built.env)
            sandbox.put({**self.built.tree, **files})
            self.wall_s = self._execute(sandbox, env).wall_s
            left = fetch(sandbox, OUTPUT_FOLDER)
        raw = {path: content for path, content in left.items() if is_profile_file(path)}
        found = sampled_profile(raw, self.source)
        if "hot" not in found:
            return found
        if self.wall_s > LONG_S:
            self.notes.append(f"only sampled: one run takes {self.wall_s:.0f} s")
        else:
            self._add_split(found)
            if self.level >= 2:
                self._add_hits(found)
                if any(metric.name == "peak_memory" for metric in self.stages.job.metrics):
                    self._add_memory(found)
            if self.level >= 3 or any(map(_NATIVE_SOURCE.search, self.stages.snapshot.texts)):
                self._add_native(found)
        self._add_signals(found)
        return found

    def profile_from_outside(self, reason: str) -> dict[str, Any]:
        """Return a profile by py-spy."""
        if self.packages is None:
            return unavailable(f"no profiler for this command here: {reason}")
        with self.stages.sandbox(profiling="py-spy") as sandbox:
            problem = self.packages.put("py-spy", sandbox)
            if problem:
                return unavailable(f"no profiler for this command here: {reason}; and {problem}")
            sandbox.put(self.built.tree)
            work = sandbox.work
            self._execute(sandbox, {}, lambda command: spy.spy_wrap(command, work))
            merged = spy.read_spy(sandbox.get(spy.OUTPUT, max_bytes=spy.MAX_BYTES), work)
        found = profile_of(merged, "py-spy", self.source)
        if "hot" in found:
            self._add_signals(found)
        return found

    def _add_split(self, found: dict[str, Any]) -> None:
        """Add which part of the time is spent in C functions, by pyinstrument."""
        if self.packages is None:
            return
        left = self._tool("tree", "pyinstrument")
        split = read_tree(left.raw, left.work)
        self._note("split", split.notes)
        whole = split.python_s + split.native_s
        if not whole or not self.wall_s:  # calls that ended before the first reply took no time that counts
            return
        if left.wall_s > DISTORTED * self.wall_s:
            self.notes.append(f"split: {split.tool} slowed the program {left.wall_s / self.wall_s:.0f} times")
            return
        found["tool"] += f", {split.tool}"
        native_pct = percent(split.native_s, whole)
        found["split"] = {"python": round(100 - native_pct, 1), "native": native_pct}
        for row in found["hot"]:
            file, _, name = str(row["fn"]).rpartition(":")
            key = file, name.rpartition(".")[2]
            if split.total_by.get(key):
                row["native_pct"] = percent(split.native_by.get(key, 0.0), whole)

    def _add_hits(self, found: dict[str, Any]) -> None:
        """Add how often the hottest functions' lines ran: exact numbers, evidence of complexity."""
        names = [str(row["fn"]).rpartition(":") for row in found["hot"][:COUNTED]]
        targets = [(file, name) for file, _, name in names]
        left = self._tool("lines", "line_profiler", targets)
        counted = read_lines(left.raw, left.work)
        self._note("hits", counted.notes if self.packages else [])
        if not counted.hits:
            return
        self.hits = counted.hits
        found["tool"] += f", {counted.tool}"
        for (file, _name), row in zip(targets, found["hot"], strict=False):
            for line in row["lines"]:
                if (file, line["n"]) in counted.hits:
                    line["hits"] = counted.hits[file, line["n"]]

    def _add_memory(self, found: dict[str, Any]) -> None:
        """Add where the memory of the peak was allocated, by memray."""
        if self.packages is None:
            self.notes.append("memory: memray is not there")
            return
        left = self._tool("memory", "memray")
        memory = read_memory(left.raw, left.work)
        self._note("memory", memory.notes)
        if not memory.by_line:
            return
        found["tool"] += f", {memory.tool}"
        found["peak_mb"] = round(memory.peak_bytes / 2**20, 1)
        order = sorted(memory.by_line.items(), key=lambda item: (-item[1], item[0]))
        found["memory"] = []
        for (file, name, n), size in order[:MEMORY_ROWS]:
            row = {"fn": f"{file}:{name}", "n": n, "mb": round(size / 2**20, 1)}
            quoted = source_line(self.source, file, n)
            found["memory"].append({**row, "src": quoted} if quoted else row)

    def _tool(self, tool: str, package: str, targets: Sequence[tuple[str, str]] = ()) -> _Left:
        """Run the benchmark with a tool in its Python processes."""
        with self.stages.sandbox() as sandbox:
            problem = self.packages.put(package, sandbox) if self.packages else ""
            if problem:
                self.notes.append(problem)
                if tool != "lines":  # the one that works without its package, too
                    return _Left({}, sandbox.work, 0.0)
            folder = PACKAGES_FOLDER if self.packages and not problem else ""
            files, env = tool_env(tool, sandbox.work, self.built.env, packages=folder, targets=targets)
            sandbox.put({**self.built.tree, **files})
            result = self._execute(sandbox, env)
            return _Left(fetch(sandbox, OUTPUT_FOLDER), sandbox.work, result.wall_s)

    def _add_native(self, found: dict[str, Any]) -> None:
        """Add the hottest native functions below the program, by perf."""
        times = self._perf()
        if times.problem:
            self.notes.append(f"native: {times.problem}")
            return
        rows = native.rows_of(times, self._native_sources())
        merged = [{"fn": row["fn"], "pct": row["self_pct"]} for row in rows["hot"]] + rows["library"]
        merged.sort(key=lambda row: (-float(row["pct"]), str(row["fn"])))
        found["tool"] += f", {times.tool}"
        found["native"] = merged[:NATIVE_ROWS]

    def _add_signals(self, found: dict[str, Any]) -> None:
        """Add slow patterns in the text of the hot functions, and the names of rules that fit them."""
        patterns: list[str] = []
        for row in found["hot"]:
            file = str(row["fn"]).rpartition(":")[0]
            text = self.source(file) if file.endswith(".py") else None
            hits = {n: count for (name, n), count in self.hits.items() if name == file}
            seen = signals_of(text, int(row["line"]), hits) if text else []
            if seen:
                row["signals"] = [{"id": signal.name, "n": signal.line} for signal in seen]
                patterns += [rule for signal in seen for rule in PATTERNS[signal.name]]
        if patterns:
            found["patterns"] = list(dict.fromkeys(patterns))[:5]

    # --- native ---------------------------------------------------------------------------

    def native_profile(self, reason: str) -> dict[str, Any]:
        """Return a profile by perf, else by callgrind, else why there is none."""
        times = self._perf()
        if times.problem:
            counted = self._callgrind()
            if counted.problem:
                return unavailable(
                    f"no profiler for this command here: {reason}; {times.problem}; {counted.problem}"
                )
            self.notes.append(times.problem)
            times = counted
        return native.rows_of(times, self._native_sources())

    def _perf(self) -> native.NativeTimes:
        with self.stages.sandbox(profiling="perf") as sandbox:
            problem = native.perf_problem(sandbox, self.built.env)
            if problem:
                return native.NativeTimes("perf", problem=problem)
            sandbox.put(self.built.tree)
            self._execute(sandbox, {}, native.perf_wrap)
            return native.read_perf(native.perf_report(sandbox, self.built.env))

    def _callgrind(self) -> native.NativeTimes:
        with self.stages.sandbox() as sandbox:
            problem = callgrind.callgrind_problem(sandbox, self.built.env)
            if problem:
                return native.NativeTimes("callgrind", problem=problem)
            sandbox.put(self.built.tree)
            result = self._execute(sandbox, {}, callgrind.callgrind_wrap, timeout_s=CALLGRIND_S)
            if result.outcome is Outcome.TIMEOUT:
                return native.NativeTimes("callgrind", problem="callgrind ran into its deadline")
            left = fetch(sandbox, callgrind.OUTPUT_FOLDER)
            raw = {path: content for path, content in left.items() if callgrind.FILES.fullmatch(path)}
            return callgrind.read_callgrind(raw, self._native_sources())

    def _native_sources(self) -> dict[str, str]:
        texts = {path: self.source(path) for path in self.stages.snapshot.texts}
        return {path: text for path, text in texts.items() if text is not None}

    # --- plumbing -------------------------------------------------------------------------

    def _execute(
        self,
        sandbox: Sandbox,
        env: Mapping[str, str],
        wrap: Callable[[str], str] | None = None,
        *,
        timeout_s: float | None = None,
    ) -> ExecResult:
        """Run the benchmark; one that fails may have left something all the same."""
        return self.stages.execute(
            self.built, sandbox, env={**env, "PYTHONHASHSEED": "0"}, wrap=wrap, timeout_s=timeout_s
        )

    def _note(self, what: str, notes: list[str]) -> None:
        if notes:
            more = f" (and {len(notes) - 1} more)" if len(notes) > 1 else ""
            self.notes.append(f"{what}: {notes[0]}{more}")
