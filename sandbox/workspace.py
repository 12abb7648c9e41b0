"""The user's tree: its snapshot, which of its files may change, and the way of a result back into it."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from strop.candidate import Candidate, FileEdit
from strop.errors import ConfigError
from strop.sandbox.git import Git, git_call, top_of
from strop.sandbox.snapshot import Snapshot
from strop.sandbox.targets import TargetFiles, path_problem

__all__ = ["Snapshot", "TargetFiles", "apply_branch", "apply_edits", "path_problem"]

IDENTITY = ("-c", "user.useConfigOnly=true")
"""Without it git makes up a name and an address from the machine's."""


# --- into the working tree ----------------------------------------------------------------------


def apply_edits(repository: Path, edits: Iterable[FileEdit]) -> None:
    """Write and delete files of the user's tree, each in one step, none before all are prepared.

    Modes of existing files stay. Files that are to be deleted and are gone already are no problem.
    Raises `ConfigError` for a path that leaves the tree or goes through a symlink, or where the
    disk refuses.
    """
    root = repository.resolve()
    places = [(_safe_place(root, edit.path), edit.text) for edit in edits]
    ready: list[tuple[Path, Path]] = []
    try:
        for place, text in places:
            if text is not None:
                ready.append((_prepare(place, text), place))
        for scratch, place in ready:
            scratch.replace(place)
        for place, text in places:
            if text is None:
                place.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"{error.filename or repository}: cannot be written: {error.strerror}") from None
    finally:
        for scratch, _ in ready:
            scratch.unlink(missing_ok=True)


def _safe_place(root: Path, path: str) -> Path:
    problem = path_problem(path)
    place = root / path
    if not problem and (place.is_symlink() or place.parent.resolve() != place.parent):
        problem = "the path goes through a symlink"
    if not problem and place.exists() and not place.is_file():
        problem = "there is something else than a regular file"
    if problem:
        raise ConfigError(f"{root}: {path!r} is not written: {problem}")
    return place


def _prepare(place: Path, text: str) -> Path:
    """Write a new text beside its place and return where."""
    place.parent.mkdir(parents=True, exist_ok=True)
    umask = os.umask(0)
    os.umask(umask)
    mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else 0o666 & ~umask
    handle, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


# --- onto a branch ------------------------------------------------------------------------------


class Blob(NamedTuple):
    """A file in a commit."""

    mode: str
    sha: str


def apply_branch(
    repository: Path, snapshot: Snapshot, candidate: Candidate, branch: str, message: str
) -> str:
    """Make one commit of a candidate's edits on a new branch, and return its id.

    Parent is HEAD; working tree, index and current branch stay as they are. Raises `ConfigError`
    where the branch exists, HEAD has no commit, the edited files differ between HEAD and the
    snapshot that the candidate was measured on, or git doesn't know the user's name.
    """
    if top_of(repository) is None:
        raise ConfigError(f"{repository}: not a git repository; apply the edits to the files instead")
    git = Git(repository)
    head = _head(git)
    _check_branch(git, branch)
    prefix = git.word("rev-parse", "--show-prefix")
    blobs = _blobs(git, head)
    _check_base(git, snapshot, candidate, prefix, blobs, head)
    _check_identity(git)
    rows = [_index_row(git, edit, prefix, blobs, head) for edit in candidate.edits]
    with tempfile.TemporaryDirectory(prefix="strop-git-") as scratch:
        index = Git(repository, {"GIT_INDEX_FILE": os.path.join(scratch, "index")})
        index("read-tree", head)
        index("update-index", "-z", "--index-info", stdin=b"".join(rows))
        tree = index.word("write-tree")
    if tree == git.word("rev-parse", f"{head}^{{tree}}"):
        raise ConfigError(f"{repository}: the candidate changes nothing against HEAD; no branch was made")
    commit = git.word(*IDENTITY, "commit-tree", tree, "-p", head, "-F", "-", stdin=message.encode("utf-8"))
    # The zero id makes git refuse if the branch has come up in the meantime.
    git("update-ref", f"refs/heads/{branch}", commit, "0" * len(commit))
    return commit


def _head(git: Git) -> str:
    if not git.succeeds("rev-parse", "--verify", "--quiet", "HEAD^{commit}"):
        raise ConfigError(f"{git.folder}: HEAD has no commit yet; commit once, then make the branch")
    return git.word("rev-parse", "HEAD^{commit}")


def _check_branch(git: Git, branch: str) -> None:
    if branch.startswith("-") or not git.succeeds("check-ref-format", f"refs/heads/{branch}"):
        raise ConfigError(f"{branch!r} is no name for a branch; take letters, digits, - and /")
    if git.succeeds("show-ref", "--verify", "--quiet", f"refs/heads/{branch}"):
        raise ConfigError(f"{git.folder}: branch {branch!r} exists; delete it or name another")


def _check_identity(git: Git) -> None:
    for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        if git_call(git.folder, *IDENTITY, "var", who).returncode:
            raise ConfigError(
                f"{git.folder}: git doesn't know who commits; set it with "
                "`git config user.name ...` and `git config user.email ...`"
            )


def _blobs(git: Git, commit: str) -> dict[str, Blob]:
    """Return the files of a commit by their path from the root of the repository."""
    found = {}
    for row in git.paths("ls-tree", "-r", "-z", "--full-tree", commit):
        about, _, path = row.partition(b"\t")
        mode, _, sha = about.decode().split()
        found[os.fsdecode(path)] = Blob(mode, sha)
    return found


def _check_base(
    git: Git, snapshot: Snapshot, candidate: Candidate, prefix: str, blobs: dict[str, Blob], head: str
) -> None:
    """Refuse where the candidate was measured on other texts than the branch would start from."""
    differ = []
    for edit in candidate.edits:
        path = prefix + edit.path
        blob = blobs.get(path)
        parts = path.split("/")
        above = ["/".join(parts[:end]) for end in range(1, len(parts))]
        if (blob and not blob.mode.startswith("100")) or any(parent in blobs for parent in above):
            raise ConfigError(f"{edit.path}: a symlink or submodule in HEAD; no branch can be made for it")
        pristine = snapshot.read(edit.path) if edit.path in snapshot.paths else None
        sha = None if pristine is None else _hash(git, edit.path, pristine)
        if sha != (blob.sha if blob else None):
            differ.append(edit.path)
    if not differ:
        return
    if snapshot.revision == head:
        why = "they had uncommitted changes when the study began; commit those first and start again"
    else:
        began = (snapshot.revision or "no commit")[:12]
        why = f"the study began at {began}, HEAD is {head[:12]} now; go back there or start again"
    raise ConfigError(f"{git.folder}: files in HEAD are not those measured: {', '.join(differ)}; {why}")


def _hash(git: Git, path: str, content: bytes, *, write: bool = False) -> str:
    """Return the id of a content as `git add` would store it at a path (line endings, filters)."""
    options = ("-w",) if write else ()
    return git.word("hash-object", *options, f"--path={path}", "--stdin", stdin=content)


def _index_row(git: Git, edit: FileEdit, prefix: str, blobs: dict[str, Blob], head: str) -> bytes:
    path = os.fsencode(prefix + edit.path)
    if edit.text is None:
        return f"0 {'0' * len(head)}".encode() + b"\t" + path + b"\0"
    old = blobs.get(prefix + edit.path)
    sha = _hash(git, edit.path, edit.text.encode("utf-8"), write=True)
    return f"{old.mode if old else '100644'} {sha}".encode() + b"\t" + path + b"\0"
