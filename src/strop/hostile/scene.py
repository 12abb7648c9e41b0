"""Where hostile answers are played: a small repository whose job lets candidates edit nearly everything."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from strop.agents.edits import merge_edits, parse_answer
from strop.agents.screen import screen
from strop.candidate import BASELINE, Candidate, FileEdit
from strop.errors import ConfigError, EditError
from strop.hostile.records import Escape
from strop.job import Job, load_job
from strop.sandbox.workspace import Snapshot, apply_edits
from strop.testing.repositories import make_repository

__all__ = ["Scene", "scene", "within"]

MODULE = "numbers_shared.py"


@dataclass(frozen=True)
class Scene:
    """A repository, its snapshot, and the job with `target.files = ["**"]`."""

    root: Path
    job: Job
    snapshot: Snapshot

    def refusal(self, answer: str) -> str:
        """Take an answer as far as it gets; return why it gets no trial, empty where it does."""
        try:
            edits = parse_answer(answer, self.snapshot.texts, only_path=None).edits
        except EditError as error:
            return str(error).split("\n")[0]
        return self.refused_edits(merge_edits(BASELINE, edits, self.snapshot.texts))

    def refused_edits(self, edits: tuple[FileEdit, ...]) -> str:
        """Return why edits get no trial, by the screen and by the snapshot, which must agree."""
        candidate = Candidate(edits=edits)
        refusal = screen(candidate, self.job, self.snapshot)
        return refusal.reason if refusal else ""

    def refuse(self, what: str, answer: str) -> str:
        """Raise `Escape` where an answer would get a trial; return the reason."""
        reason = self.refusal(answer)
        if not reason:
            raise Escape(f"{what} got a trial")
        return reason

    def refuse_path(self, path: str) -> None:
        """Raise `Escape` where some part of strop would write or lay over a path."""
        edits = (FileEdit(path, "x = 1\n"),)
        if not self.refused_edits(edits):
            raise Escape(f"an edit of {path!r} got a trial")
        try:
            self.snapshot.tree(Candidate(edits=edits), {})
            raise Escape(f"{path!r} came into a candidate's tree")
        except EditError:
            pass
        for form in FORMS:
            reason = self.refusal(form.replace("PATH", path))
            if not reason:
                raise Escape(f"an answer with {path!r} got a trial")

    def refuse_apply(self, path: str) -> None:
        """Raise `Escape` where `strop apply` would write a path."""
        try:
            apply_edits(self.root, (FileEdit(path, "escaped"),))
        except ConfigError:
            return
        raise Escape(f"{path!r} was written into the user's tree")


FORMS = (
    "PATH\n```\nescaped = 1\n```\n",
    "PATH\n<<<<<<< SEARCH\n=======\nescaped = 1\n>>>>>>> REPLACE\n",
    "```python PATH\nescaped = 1\n```\n",
    "--- /dev/null\n+++ b/PATH\n@@ -0,0 +1,1 @@\n+escaped = 1\n",
    "diff --git a/PATH b/PATH\nnew file mode 100644\n"
    "--- /dev/null\n+++ b/PATH\n@@ -0,0 +1,1 @@\n+escaped = 1\n",
    '{"edits": [{"path": "PATH", "text": "escaped = 1\\n"}]}',
    '{"edits": [{"path": "PATH", "search": "", "replace": "escaped = 1\\n"}]}',
)
"""Every form of an answer that can make a file."""


@contextmanager
def scene() -> Iterator[Scene]:
    """Make a repository with a snapshot in a temporary folder; gone in the end."""
    with tempfile.TemporaryDirectory(prefix="strop-hostile-") as place:
        root = make_repository(Path(place) / "repository")
        (root / "way").symlink_to("/etc")
        (root / "outside").symlink_to("/etc/passwd")
        job = load_job(root, {"target.files": ["**"], "sandbox.backend": "process"})
        snapshot = Snapshot.take(root, Path(place) / "study", job.target)
        honest = f"{MODULE}\n<<<<<<< SEARCH\n    found = []\n=======\n    found = list()\n>>>>>>> REPLACE\n"
        made = Scene(root, job, snapshot)
        if made.refusal(honest):
            raise Escape(f"an honest answer is refused: {made.refusal(honest)}")
        yield made


def within(function: str, seconds: float) -> str:
    """Run a function of the suite in a process of its own; raise `Escape` where it hangs or dies.

    Args:
        function: as `module:name`; it prints what it saw, and raises what it likes.
        seconds: generous: what is looked for takes hours.
    """
    module, _, name = function.partition(":")
    bound = "import resource; resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))"
    code = f"{bound}; from {module} import {name}; print({name}())"
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise Escape(f"strop was still busy with it after {seconds:g} s") from None
    if done.returncode:
        raise Escape((done.stderr.strip().splitlines() or ["it ended without a word"])[-1])
    return done.stdout.strip()
