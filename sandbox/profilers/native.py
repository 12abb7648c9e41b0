"""Profiles of native programs by `perf record`: samples on the kernel's software clock.

The clock needs no counters of the processor, so it works in virtual machines; the system call behind
it is refused in every sandbox but one for profiling. Only the program's own time is sampled, not the
kernel's, and callers are known as far as the program keeps frame pointers.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from strop.extension import ExecResult, Sandbox
from strop.sandbox.profilers.schema import SCHEMA, Sources, clean, percent, source_line, text_of

__all__ = ["NativeTimes", "perf_problem", "perf_report", "perf_wrap", "read_perf", "rows_of"]

OUTPUT = ".strop-profile-out/perf.data"
EVENT, HERTZ = "cpu-clock:u", 499
MAX_DATA_MB = 64
REPORT_BYTES = 1 << 20
MAX_ROWS = 2000
HOT, LINES, LIBRARY = 8, 4, 5
LEAST_PCT = 0.3

PROBE = f"command -v perf >/dev/null || exit 97; perf record -q -e {EVENT} -o /dev/null -- true"
NOT_THERE = 97

_ROW = re.compile(
    r"\s*(\d+(?:\.\d+)?)%\s*\|\s*(\d+(?:\.\d+)?)%\s*\|\s*(\d+)\s*\|\s*(.+?)\s*\|\s*\[[.kugHG]\]\s*(.+?)\s*"
)
_SOURCE = (".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".rs", ".go", ".zig", ".f90", ".f", ".d")


@dataclass
class NativeTimes:
    """Shares of a native profile: of CPU time by perf, of instructions by callgrind."""

    tool: str
    total: float = 0.0  # samples, or instructions
    self_by: dict[tuple[str, str], float] = field(default_factory=dict)  # (file or library, function)
    cum_by: dict[tuple[str, str], float] = field(default_factory=dict)
    lines: dict[tuple[str, str, int], float] = field(default_factory=dict)
    problem: str = ""


def perf_problem(sandbox: Sandbox, env: Mapping[str, str] | None = None) -> str:
    """Return why perf can't sample in a sandbox, with the remedy; empty where it can.

    `env`: variables of the command that it is to sample.
    """
    done = sandbox.exec(PROBE, env=env, timeout_s=30.0, output_bytes=1 << 16)
    if done.ok:
        return ""
    if done.exit_code == NOT_THERE:
        return (
            "perf is not in the sandbox; install it in the job's image (docker) or on this machine (Debian: "
            "apt install linux-perf)"
        )
    said = (done.stderr + done.stdout).decode("utf-8", "replace")
    refused = "not permitted" in said or "ermission" in said or "access" in said
    remedy = "; the sandbox or kernel.perf_event_paranoid (3 or more) forbids it" if refused else ""
    return f"perf can't sample here ({_first_line(said)}){remedy}"


def perf_wrap(command: str) -> str:
    """Return the command that records a shell command; it ends as that does."""
    record = f"perf record -q -g -e {EVENT} -F {HERTZ} --max-size={MAX_DATA_MB}M -o {OUTPUT}"
    return f"mkdir -p {OUTPUT.rpartition('/')[0]} && exec {record} -- /bin/sh -c {shlex.quote(command)}"


def perf_report(sandbox: Sandbox, env: Mapping[str, str] | None = None) -> ExecResult:
    """Return what perf says about what it recorded, run where the program and its symbols are."""
    fields = "overhead_children,overhead,sample,dso,symbol"
    options = f"--stdio -q --children -g none --percent-limit {LEAST_PCT} -t '|' -F {fields}"
    command = f"perf report -i {OUTPUT} {options}"
    return sandbox.exec(command, env=env, timeout_s=120.0, output_bytes=REPORT_BYTES)


def read_perf(report: ExecResult) -> NativeTimes:
    """Return the shares that perf reports; never raises on its text."""
    found = NativeTimes("perf cpu-clock")
    if not report.ok:
        said = (report.stderr + report.stdout).decode("utf-8", "replace")
        found.problem = f"perf recorded nothing that can be read ({_first_line(said)})"
        return found
    for line in report.stdout.decode("utf-8", "replace").splitlines()[:MAX_ROWS]:
        match = _ROW.fullmatch(line)
        if match is None:
            continue
        cum_pct, self_pct, samples = (min(float(match[n]), 1e9) for n in (1, 2, 3))
        symbol = clean(match[5])
        key = clean(match[4]), "(no symbols)" if symbol.startswith("0x") else symbol
        found.self_by[key] = found.self_by.get(key, 0.0) + self_pct
        found.cum_by[key] = max(cum_pct, found.cum_by.get(key, 0.0))
        found.total += samples
    if not found.total:
        found.problem = "perf took no sample: the program used too little CPU time"
    return found


def rows_of(times: NativeTimes, sources: Mapping[str, str]) -> dict[str, Any]:
    """Return the profile of a native program: own functions with their files, others as library.

    perf names functions and libraries, not files: a function is found by its definition in the job's
    sources. Where two files define one name, the first by path is taken.
    """
    whole = 100.0 if times.tool.startswith("perf") else times.total
    hot, library = [], []
    shares = [item for item in times.self_by.items() if percent(item[1], whole) > 0]
    for (where, symbol), share in sorted(shares, key=lambda item: (-item[1], item[0])):
        name = plain_name(symbol)
        file, line = (where, 0) if where in sources else locate(name, sources)
        if not file:
            library.append({"fn": f"{where}:{name}"[:120], "pct": percent(share, whole)})
            continue
        lines = [
            (cost, n)
            for (f, fn, n), cost in times.lines.items()
            if f in sources and fn == symbol and f == file
        ]
        hot.append(
            {
                "fn": f"{file}:{name}",
                "self_pct": percent(share, whole),
                "cum_pct": percent(max(share, times.cum_by.get((where, symbol), 0.0)), whole),
                "line": line or locate(name, {file: sources[file]})[1],
                "lines": _lines(
                    sorted(lines, key=lambda row: (-row[0], row[1]))[:LINES], whole, sources, file
                ),
            }
        )
    unit = (
        {"samples": int(times.total)} if times.tool.startswith("perf") else {"instructions": int(times.total)}
    )
    return {"schema": SCHEMA, "tool": times.tool, **unit, "hot": hot[:HOT], "library": library[:LIBRARY]}


def _lines(found: list[tuple[float, int]], whole: float, sources: Sources, file: str) -> list[dict[str, Any]]:
    rows = []
    for cost, n in found:
        row: dict[str, Any] = {"n": n, "pct": percent(cost, whole)}
        quoted = source_line(sources, file, n)
        rows.append({**row, "src": quoted} if quoted else row)
    return rows


def plain_name(symbol: str) -> str:
    """Return a function's bare name: no arguments, namespaces, templates or compiler's suffixes."""
    name = re.sub(r"::h[0-9a-f]{16}$", "", symbol)
    name = re.sub(r"\(.*$|<.*?>", "", name)
    name = name.rpartition("::")[2] or name
    return re.sub(r"(?<=\w)\.(?:isra|constprop|part|cold|lto_priv|llvm)\b.*$", "", name).strip()


def locate(name: str, sources: Mapping[str, str]) -> tuple[str, int]:
    """Return file and line of the definition of a function in the sources; ("", 0) where there is none."""
    if not re.fullmatch(r"[A-Za-z_]\w*", name.rpartition(".")[2]):
        return "", 0
    bare = re.escape(name.rpartition(".")[2])  # Go: main.work, main.(*T).work
    definition = re.compile(
        rf"^[ \t]*(?:pub(?:\([^)]*\))?\s+)?(?:(?:unsafe|const|async|extern\s+\S+)\s+)*fn\s+{bare}\b"
        rf"|^func\s+(?:\([^)]*\)\s*)?{bare}\s*[\(\[]"
        # C and its kin: a type in front, and no `;` right behind the parameters as in a prototype.
        rf"|^[ \t]*(?!(?:return|else|if|while|for|case)\b)[A-Za-z_][\w:<>, \t*&\[\]]*[\s*&:]{bare}\s*"
        r"\((?![^{]*\)\s*;[ \t]*$)",
        re.MULTILINE,
    )
    for path in sorted(sources):
        if path.endswith(_SOURCE):
            match = definition.search(text_of(sources, path) or "")
            if match:
                return path, sources[path].count("\n", 0, match.end()) + 1
    return "", 0


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and set(line.strip()) - set("=-")]
    lines = [line for line in lines if line.rstrip(":").lower() != "error"] or ["it said nothing"]
    return clean(lines[0], 160)
