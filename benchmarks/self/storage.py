"""Which Optuna storage the study should use: speed over 2,000 trials, and survival of kill -9.

Run: `python -m strop.benchmarks.self.storage [--trials N] [--kills N]`. Each trial is written as a
study writes it (parameters, a 4 kB record, the value); the killed process is a real one, killed at
a random instant, after which the file is opened and written to again.
"""

from __future__ import annotations

import argparse
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

WRITER = """
import sys
from strop.benchmarks.self.storage import open_storage, write_trials
storage = open_storage(sys.argv[1], sys.argv[2])
print("ready", flush=True)
write_trials(storage, 10**9)
"""


def open_storage(kind: str, path: str) -> Any:
    """Return Optuna's storage of a kind ("sqlite" or "journal") in a file."""
    import optuna

    if kind == "sqlite":
        # The pragmas that the study uses: see strop.study.
        from strop.study import open_storage as open_study_storage

        return open_study_storage(Path(path))
    from optuna.storages.journal import JournalFileBackend

    return optuna.storages.JournalStorage(JournalFileBackend(path))


def write_trials(storage: Any, count: int) -> list[float]:
    """Write trials as a study does; returns seconds per trial."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=storage, study_name="s", load_if_exists=True, sampler=optuna.samplers.RandomSampler(seed=0)
    )
    space = {f"k{i}": optuna.distributions.IntDistribution(0, 100) for i in range(3)}
    seconds = []
    for _ in range(count):
        start = time.perf_counter()
        trial = study.ask(space)  # type: ignore[arg-type]
        trial.set_user_attr("record", "x" * 4096)
        study.tell(trial, 0.5)
        seconds.append(time.perf_counter() - start)
    return seconds


def survive(kind: str, kills: int, rng: random.Random) -> str:
    """Kill a writer at random instants, open again, write again; returns what happened."""
    import optuna

    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/study"
        before = 0
        for kill in range(kills):
            writer = subprocess.Popen(
                [sys.executable, "-c", WRITER, kind, path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(rng.uniform(0.2, 0.6))
            writer.send_signal(signal.SIGKILL)
            writer.wait()
            try:
                storage = open_storage(kind, path)
                write_trials(storage, 1)
                done = optuna.load_study(storage=storage, study_name="s").get_trials(
                    states=(optuna.trial.TrialState.COMPLETE,)
                )
            except Exception as error:  # the finding itself
                return f"unusable after kill {kill + 1}: {type(error).__name__}: {str(error)[:60]}"
            if len(done) <= before:
                return f"lost trials after kill {kill + 1}"
            before = len(done)
    return f"survived {kills} kills, {before} trials"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=10)
    options = parser.parse_args()
    print(f"{'storage':8} {'first 100':>10} {'last 100':>10} {'reopen':>8} {'size':>9}  kill -9")
    for kind in ("sqlite", "journal"):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/study"
            seconds = write_trials(open_storage(kind, path), options.trials)
            start = time.perf_counter()
            import optuna

            optuna.load_study(storage=open_storage(kind, path), study_name="s").get_trials()
            reopen = time.perf_counter() - start
            size = Path(path).stat().st_size / 1e6
        first, last = (statistics.median(part) * 1e3 for part in (seconds[:100], seconds[-100:]))
        fate = survive(kind, options.kills, random.Random(0))
        print(f"{kind:8} {first:7.1f} ms {last:7.1f} ms {reopen:6.2f} s {size:6.1f} MB  {fate}")


if __name__ == "__main__":
    main()
