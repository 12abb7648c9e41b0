"""What kill -9 costs a study: kill `strop run` at many instants, resume each time, count what is lost.

Run: `python -m strop.benchmarks.self.kills [--kills N] [--sandbox docker|bubblewrap|process] [--seed S]`.
Instants are drawn from three kinds: at a random event of the job, a random while into a trial, and
the moment at which the study's database is being written.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from strop.study import Study, latest_study
from strop.testing.repositories import COUNTED, make_repository
from strop.trial import TrialState

__all__ = ["Findings", "kill_and_resume"]


@dataclass
class Findings:
    """What was found after the last resume."""

    kills: list[str] = field(default_factory=list)  # where each of them hit
    said: dict[int, str] = field(default_factory=dict)  # finished trials as the job told them
    problems: list[str] = field(default_factory=list)
    status: str = ""
    evaluations: int = 0


def kill_and_resume(
    repository: Path, *, kills: int, evaluations: int, sandbox: str, seed: int, flags: tuple[str, ...] = ()
) -> Findings:
    """Run a job, kill it `kills` times, resume after each, and let the last one end."""
    rng = random.Random(seed)
    findings = Findings()
    run = ["run", "--evaluations", str(evaluations), "--sandbox", sandbox, *flags]
    for number in range(kills + 1):
        started = (repository / ".strop" / "studies").exists() and any(
            (repository / ".strop" / "studies").glob("*/job.json")
        )
        arguments = ["resume"] if started else run
        command = [sys.executable, "-m", "strop.cli", *arguments, "--progress", "json"]
        job = subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        where = _kill(job, repository, rng, findings) if number < kills else ""
        ended = _rest(job, findings)
        if number < kills:
            findings.kills.append(where if job.returncode == -signal.SIGKILL else "it had ended by itself")
        elif job.returncode != 0:
            findings.problems.append(f"the last resume ended with {job.returncode}: {ended[-500:]}")
    _examine(latest_study(repository), findings, evaluations)
    return findings


def _kill(job: subprocess.Popen[bytes], repository: Path, rng: random.Random, findings: Findings) -> str:
    """Kill a job at a drawn instant; returns where."""
    kind = rng.choice(["event", "trial", "write"])
    assert job.stdout is not None
    event: dict[str, Any] = {}
    for _ in range(rng.randrange(1, 14)):
        event = _read(job.stdout.readline(), findings)
        if kind == "trial" and event.get("kind") == "stage" and event.get("trial"):
            time.sleep(rng.uniform(0.0, 0.3))
            break
    if kind == "write":
        file = repository / ".strop" / "study.db-wal"
        before = _size(file)
        while job.poll() is None and _size(file) == before:
            pass
    job.send_signal(signal.SIGKILL)
    detail = event.get("stage") or event.get("name") or ""
    return f"{kind}: after {event.get('kind', 'nothing')} {detail}".rstrip()


def _size(file: Path) -> tuple[int, int]:
    try:
        info = file.stat()
    except FileNotFoundError:
        return (0, 0)
    return (info.st_size, info.st_mtime_ns)


def _read(line: bytes, findings: Findings) -> dict[str, Any]:
    if not line.endswith(b"\n"):
        return {}
    event: dict[str, Any] = json.loads(line)
    if event["kind"] == "trial":
        number = event["number"]
        if number in findings.said:
            findings.problems.append(f"trial {number} was finished twice")
        findings.said[number] = event["state"]
    return event


def _rest(job: subprocess.Popen[bytes], findings: Findings) -> str:
    assert job.stdout is not None and job.stderr is not None
    for line in job.stdout:
        if line.startswith(b"{"):
            _read(line, findings)
    errors = job.stderr.read().decode("utf-8", "replace")
    job.stdout.close()
    job.stderr.close()
    job.wait()
    return errors


def _examine(study: Study, findings: Findings, evaluations: int) -> None:
    rows = [t for t in study.trials() if t.number > 0]
    findings.status = str(study.get("status"))
    findings.evaluations = len(rows)
    if len(rows) > evaluations:
        findings.problems.append(f"{len(rows)} trials in a budget of {evaluations}")
    if len({row.candidate for row in rows}) != len(rows):
        findings.problems.append("a candidate was evaluated twice")
    states = {row.number: row.state.value for row in rows}
    findings.problems += [
        f"trial {number} was told as {state}, and is {states.get(number, 'lost')}"
        for number, state in findings.said.items()
        if states.get(number) != state
    ]
    findings.problems += [
        f"trial {row.number} is still running" for row in rows if row.state is TrialState.RUNNING
    ]


def processes_with(mark: str) -> list[str]:
    """Return the processes of this machine whose environment holds a mark."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                if mark.encode() in (folder / "environ").read_bytes():
                    found.append(
                        (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                    )
            except (OSError, PermissionError):
                continue
    return found


def marked_job(mark: str) -> str:
    """Return a job whose processes carry a mark, with a knob that gives Optuna many candidates."""
    knob = '[[knobs]]\nname = "spare"\ntype = "int"\nlow = 1\nhigh = 1000\ndefault = 1\n'
    return f'{COUNTED}\n[commands.env]\nSTROP_MARK = "{mark}"\n\n{knob}'


def containers_of(study: str) -> list[str]:
    """Return the containers that a study left on the Docker engine, if one answers."""
    command = ["docker", "ps", "--all", "--quiet", "--filter", f"label=strop.study={study}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return []
    return done.stdout.split()


def main() -> None:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--evaluations", type=int, default=8)
    parser.add_argument("--sandbox", default="process")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    mark = f"strop-kills-{uuid.uuid4().hex}"
    with tempfile.TemporaryDirectory() as folder:
        repository = make_repository(Path(folder) / "repository", job=marked_job(mark))
        findings = kill_and_resume(
            repository,
            kills=options.kills,
            evaluations=options.evaluations,
            sandbox=options.sandbox,
            seed=options.seed,
            flags=("--optimizer", "rules", "--optimizer", "optuna"),
        )
        study = latest_study(repository).name
    for number, where in enumerate(findings.kills, start=1):
        print(f"kill {number:2}  {where}")
    left = processes_with(mark) + containers_of(study)
    spent = f"{findings.evaluations} of {options.evaluations} evaluations"
    print(f"{findings.status}; {spent}; left: {left or 'nothing'}")
    for problem in findings.problems:
        print("PROBLEM", problem)
    sys.exit(bool(findings.problems or left))


if __name__ == "__main__":
    main()
