"""Nothing else goes on while something is timed; whoever dies lets go."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import pytest

from strop.errors import SandboxError
from strop.sandbox.measure.quiet import MachineLock

HOLD = """
import sys
from pathlib import Path
from strop.sandbox.measure.quiet import MachineLock
with getattr(MachineLock(Path(sys.argv[1])), sys.argv[2])():
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(folder: Path, how: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock until it is killed, or its stdin ends."""
    command = [sys.executable, "-c", HOLD, str(folder), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def waiting(folder: Path, how: str, log: Queue[str]) -> threading.Thread:
    """Start a thread that takes the lock and says so; returns once it waits for it."""
    thread = threading.Thread(target=lambda: _take(folder, how, log))
    thread.start()
    return thread


def _take(folder: Path, how: str, log: Queue[str]) -> None:
    with getattr(MachineLock(folder), how)():
        log.put(how)


def blocked(folder: Path, name: str) -> int:
    """Return how many wait for a lock on a file, as the kernel tells it."""
    inode = str((folder / name).stat().st_ino)
    lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    return sum("->" in line and line.split()[6].rpartition(":")[2] == inode for line in lines)


def until_blocked(folder: Path, name: str, count: int = 1) -> None:
    deadline = time.monotonic() + 30
    while blocked(folder, name) < count:
        assert time.monotonic() < deadline, f"nobody waits for {name}"


@pytest.mark.parametrize(
    ("first", "second"), [("quiet", "quiet"), ("quiet", "background"), ("background", "quiet")]
)
@pytest.mark.parametrize("end", [signal.SIGKILL, None])
def test_timing_excludes_all_else_until_its_process_ends(
    tmp_path: Path, first: str, second: str, end: signal.Signals | None
) -> None:
    log: Queue[str] = Queue()
    with holder(tmp_path, first) as process:
        thread = waiting(tmp_path, second, log)
        until_blocked(tmp_path, "strop-measure.lock")
        assert log.empty()
        if end:
            process.send_signal(end)
        else:
            assert process.stdin is not None
            process.stdin.close()
        assert log.get(timeout=30) == second
        thread.join()


def test_background_work_goes_on_side_by_side(tmp_path: Path) -> None:
    with holder(tmp_path, "background"), holder(tmp_path, "background"), MachineLock(tmp_path).background():
        assert blocked(tmp_path, "strop-measure.lock") == 0


def test_threads_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    log: Queue[str] = Queue()
    lock = MachineLock(tmp_path)

    def take() -> None:
        with lock.background():
            log.put("taken")

    with lock.quiet():
        thread = threading.Thread(target=take)
        thread.start()
        until_blocked(tmp_path, "strop-measure.lock")
        assert log.empty()
    assert log.get(timeout=30) == "taken"
    thread.join()


def test_newcomers_do_not_overtake_a_stopwatch(tmp_path: Path) -> None:
    """Background work that starts again and again still leaves the stopwatch its turn."""
    log: Queue[str] = Queue()
    with holder(tmp_path, "background") as process:
        timing = waiting(tmp_path, "quiet", log)
        until_blocked(tmp_path, "strop-measure.lock")
        later = [waiting(tmp_path, "background", log) for _ in range(3)]
        until_blocked(tmp_path, "strop-measure.gate", len(later))
        assert log.empty()
        process.kill()
        assert log.get(timeout=30) == "quiet"
    for thread in (timing, *later):
        thread.join()


def test_who_holds_it_passes_through(tmp_path: Path) -> None:
    lock = MachineLock(tmp_path)
    log: Queue[str] = Queue()
    with lock.quiet():
        with lock.quiet(), lock.background():
            pass
        # Still held: the inner ones gave nothing away.
        thread = waiting(tmp_path, "background", log)
        until_blocked(tmp_path, "strop-measure.lock")
        assert log.empty()
    assert log.get(timeout=30) == "background"
    thread.join()
    with lock.background():
        waiter = waiting(tmp_path, "quiet", log)
        until_blocked(tmp_path, "strop-measure.lock")
        with lock.background():  # though somebody waits at the gate
            assert log.empty()
    assert log.get(timeout=30) == "quiet"
    waiter.join()


def test_waiting_for_oneself_is_refused(tmp_path: Path) -> None:
    lock = MachineLock(tmp_path)
    with lock.background(), pytest.raises(RuntimeError, match="inside of background"), lock.quiet():
        pass
    with lock.quiet():
        pass


def test_an_error_inside_lets_go(tmp_path: Path) -> None:
    lock = MachineLock(tmp_path)
    with pytest.raises(ValueError), lock.quiet():
        raise ValueError
    with lock.background():
        assert blocked(tmp_path, "strop-measure.lock") == 0
    _take(tmp_path, "quiet", Queue())


def test_traps_in_the_shared_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "strop-measure.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SandboxError, match="strop-measure.lock.*remove it"), MachineLock(tmp_path).quiet():
        pass
    assert not (tmp_path / "elsewhere").exists()
