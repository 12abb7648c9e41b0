"""`make demo`: the bundled job twice, on a copy, with no account and no key.

First a recorded study: the answers of a real (small, often wrong) model are replayed, everything
else is live: sandboxes, tests, measurements. Then the same job with rewrite rules and Optuna alone.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
RECORDING = HERE / "wordstats.recording.jsonl"
STROP = Path(sys.executable).with_name("strop")


def main() -> int:
    """Run both studies; returns 0 where the second ends with a confirmed speedup."""
    with tempfile.TemporaryDirectory(prefix="strop-demo-") as folder:
        repository = Path(folder) / "wordstats"
        shutil.copytree(
            HERE / "wordstats", repository, ignore=shutil.ignore_patterns("__pycache__", ".strop")
        )
        git(repository, "init", "--quiet")
        git(repository, "add", ".")
        git(repository, "commit", "--quiet", "--message", "wordstats as it is")
        sandbox = choose_sandbox()
        header = json.loads(RECORDING.read_text(encoding="utf-8").splitlines()[0])
        say(f"1. The agents, replaying a recorded model: {header['model']}, recorded on {header['date']}.")
        say("   Its answers are recorded; tests and measurements are made now, on this machine.")
        replay = ["--replay", str(RECORDING), "--optimizer", "agents", "--evaluations", "6"]
        strop(repository, "run", *replay, "--name", "recorded", *sandbox)
        say("2. The same job without any model: rewrite rules, and Optuna over the knob and the rules.")
        rules = ["--optimizer", "rules", "--optimizer", "optuna", "--evaluations", "8"]
        strop(repository, "run", *rules, "--name", "without-model", *sandbox)
        report = strop(repository, "report", "--json", "--study", "without-model", quiet=True)
        improved = json.loads(report)["status"] == "improved"
        if improved:
            say("3. The result as one commit on a branch:")
            strop(repository, "apply", "--study", "without-model", "--branch", "fast")
            print(git(repository, "log", "--oneline", "--stat", "-1", "fast"))
    return 0 if improved else 1


def choose_sandbox() -> list[str]:
    """Return the sandbox flag: what `auto` takes, or `process` by name where nothing isolates here."""
    from strop.errors import ConfigError
    from strop.sandbox.backends import open_backend

    try:
        return ["--sandbox", open_backend("auto", report=say).name]
    except ConfigError:
        say("Neither Docker nor bubblewrap works here. The demo's candidates are bundled and known, so it")
        say("names the sandbox `process` itself: no isolation. Your own jobs have to ask for that by name.")
        return ["--sandbox", "process"]


def strop(repository: Path, *arguments: str, quiet: bool = False) -> str:
    """Run strop on the repository; its output is shown, or returned."""
    if not quiet:
        print(f"\n$ strop {' '.join(arguments)}", flush=True)
    command = [str(STROP), *arguments]
    if quiet:
        return run(command, repository).stdout
    done = subprocess.run(command, cwd=repository, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)
    return ""


def git(repository: Path, *arguments: str) -> str:
    """Run git with an identity of the demo's own."""
    identity = ["-c", "user.name=strop demo", "-c", "user.email=demo@example.invalid"]
    return run(["git", *identity, *arguments], repository).stdout


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command, its output captured; a failure ends the demo with what it printed."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done


def say(text: str) -> None:
    """Print a line of the demo's own."""
    print(f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
