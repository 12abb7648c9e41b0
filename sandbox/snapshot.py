"""The pristine snapshot of a user's tree that every candidate of a study is laid over."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from strop.candidate import Candidate
from strop.errors import ConfigError, EditError, StorageError
from strop.extension import TreeFile
from strop.job import Target
from strop.sandbox.git import Git, repository_files, top_of
from strop.sandbox.targets import NEVER, TargetFiles

__all__ = ["Snapshot"]

MAX_BYTES = 200 << 20
MAX_FILES = 20_000
FORMAT = 1


class Entry(NamedTuple):
    """One file of a snapshot, as the manifest has it."""

    sha256: str
    executable: bool
    size: int  # bytes


@dataclass(frozen=True)
class Found:
    """What a look at the user's tree finds: sources of files, symlinks, notes on what is left out."""

    files: Mapping[str, Path]
    links: tuple[str, ...]
    notes: tuple[str, ...]


class Snapshot:
    """The user's files as they were when the study began, kept in the study's folder.

    Uncommitted and untracked files are in it, what .gitignore names is not; so it is in folders that
    are no git repositories. A symlink is kept where it points to a regular file inside of the tree,
    as a copy of that file; other symlinks and special files are left out with a note. Tracked files
    of checked-out submodules are in it. `.git` and `.strop` never are.
    """

    def __init__(self, folder: Path, manifest: Mapping[str, Any], target: Target) -> None:
        self._folder = folder
        self._entries = {
            row["path"]: Entry(row["sha256"], row["mode"] == "100755", row["size"])
            for row in manifest["files"]
        }
        self.revision: str | None = manifest["revision"]
        """The commit that HEAD named, None where there was none."""
        self.dirty: bool = manifest["dirty"]
        """Whether files differed from that commit."""
        self.notes: tuple[str, ...] = tuple(manifest["notes"])
        """What was left out, and why."""
        self.targets = TargetFiles(target, links=manifest["links"], paths=self._entries)

    @classmethod
    def take(cls, repository: Path, folder: Path, target: Target) -> Snapshot:
        """Copy the user's files into `folder`/snapshot, at once or not at all, and return them.

        `repository` is the job's folder (a part of a git repository, if the user likes), `folder`
        the study's. Raises `ConfigError` for what the user can mend: no git, a file name that is
        not UTF-8, too much data, a target that names no file.
        """
        place = folder / "snapshot"
        if place.exists():
            raise StorageError(f"{place}: this study has a snapshot already; resume it or name a new study")
        found = _look(repository, leave_out=folder)
        _check_size(found.files)
        revision, dirty = _revision(repository)
        folder.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".snapshot-", dir=folder))
        try:
            manifest = {
                "format": FORMAT,
                "revision": revision,
                "dirty": dirty,
                "links": list(found.links),
                "notes": list(found.notes),
                "files": _store(found.files, scratch / "blobs"),
            }
            (scratch / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
            cls(scratch, manifest, target)._check_target(target)
            scratch.rename(place)
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        return cls(place, manifest, target)

    @classmethod
    def load(cls, folder: Path, target: Target) -> Snapshot:
        """Return the snapshot that `take` stored below a study's folder; the user's tree isn't read."""
        place = folder / "snapshot"
        try:
            manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
            if manifest["format"] != FORMAT:
                raise StorageError(f"{place}: made by another version of strop (format {manifest['format']})")
            return cls(place, manifest, target)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StorageError(f"{place}: the snapshot cannot be read: {error}") from None

    # --- files --------------------------------------------------------------------------------

    @cached_property
    def paths(self) -> frozenset[str]:
        """All files of the snapshot: POSIX paths relative to the job's folder."""
        return frozenset(self._entries)

    @cached_property
    def base_digest(self) -> str:
        """SHA-256 of all paths, contents and executable bits."""
        rows = [[path, entry.sha256, entry.executable] for path, entry in sorted(self._entries.items())]
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()

    def read(self, path: str) -> bytes:
        """Return one file's content; raises `KeyError` for a path that isn't in the snapshot."""
        return self._pristine[path].content

    def text(self, path: str) -> str | None:
        """Return one file's content as text; None where it isn't there, or no UTF-8.

        Nothing is put in place of what can't be read: who changes a line must not change the others.
        """
        try:
            return self.read(path).decode("utf-8") if path in self._entries else None
        except UnicodeDecodeError:
            return None

    def executable(self, path: str) -> bool:
        """Return whether a file has its executable bit; False for a path that isn't in the snapshot."""
        return path in self._entries and self._entries[path].executable

    def is_target(self, path: str) -> bool:
        """Return whether a candidate may edit, make or delete a path."""
        return path in self.targets

    @cached_property
    def texts(self) -> dict[str, str]:
        """The target files that are UTF-8 text without NUL, with their own line endings."""
        found = {}
        for path in sorted(filter(self.is_target, self._entries)):
            try:
                text = self.read(path).decode("utf-8")
            except UnicodeDecodeError:
                continue
            if "\0" not in text:
                found[path] = text
        return found

    @cached_property
    def _pristine(self) -> Mapping[str, TreeFile]:
        return _Lazy(self)

    def tree(self, candidate: Candidate, knob_files: Mapping[str, str]) -> dict[str, TreeFile]:
        """Return a candidate's complete tree: pristine files, its edits over them, knob files last.

        Only target files are writable. Raises `EditError` for an edit outside the target, or one
        that makes a file where the tree has a folder.
        """
        tree = dict(self._pristine)
        for edit in candidate.edits:
            problem = self.targets.problem(edit.path)
            if problem:
                raise EditError(f"{edit.path}: {problem}")
            if edit.text is None:
                tree.pop(edit.path, None)
            else:
                tree[edit.path] = self._file(edit.path, edit.text)
        for path, text in knob_files.items():
            tree[path] = self._file(path, text)
        for path in {*(e.path for e in candidate.edits), *knob_files} & tree.keys():
            _check_place(path, tree)
        return tree

    def _file(self, path: str, text: str) -> TreeFile:
        try:
            content = text.encode("utf-8")
        except UnicodeEncodeError:
            raise EditError(f"{path}: the new text is not valid Unicode") from None
        return TreeFile(content, executable=self.executable(path), writable=self.is_target(path))

    def changed(self, repository: Path) -> list[str]:
        """Return the paths that differ between the snapshot and the user's tree now, both ways."""
        now = _look(repository, leave_out=self._folder.parent).files
        differ = set(self._entries) ^ set(now)
        for path in self._entries.keys() & now.keys():
            entry, info = self._entries[path], now[path].stat()
            same = entry.size == info.st_size and entry.executable == _is_executable(info)
            if not same or entry.sha256 != _digest(now[path].read_bytes()):
                differ.add(path)
        return sorted(differ)

    def _load(self, path: str) -> TreeFile:
        entry = self._entries[path]
        blob = self._folder / "blobs" / entry.sha256
        try:
            content = blob.read_bytes()
        except OSError as error:
            raise StorageError(f"{blob}: cannot be read: {error.strerror}") from None
        if _digest(content) != entry.sha256:
            raise StorageError(f"{blob}: the file was changed; the study's snapshot is not pristine any more")
        return TreeFile(content, executable=entry.executable, writable=self.is_target(path))

    def _check_target(self, target: Target) -> None:
        names = self.targets.patterns
        if not names or self.texts:
            return
        folder = next((n for n in names if any(path.startswith(f"{n}/") for path in self.paths)), None)
        if folder:
            raise ConfigError(f"target.files: {folder!r} is a folder; write '{folder}/**'")
        reasons = [
            self.targets.problem(path) for path in self.paths if "protected" in self.targets.problem(path)
        ]
        hint = reasons[0] if reasons else "globs are relative to the job file, and ignored files don't count"
        raise ConfigError(f"target.files: {', '.join(names)} match no text file that may change ({hint})")


class _Lazy(Mapping[str, TreeFile]):
    """The pristine files, each read from disk once, when it is first asked for."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._read: dict[str, TreeFile] = {}

    def __getitem__(self, path: str) -> TreeFile:
        if path not in self._read:
            self._read[path] = self._snapshot._load(path)
        return self._read[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._snapshot._entries)

    def __len__(self) -> int:
        return len(self._snapshot._entries)


def _check_place(path: str, tree: Mapping[str, TreeFile]) -> None:
    parts = path.split("/")
    for end in range(1, len(parts)):
        if "/".join(parts[:end]) in tree:
            raise EditError(f"{path}: {'/'.join(parts[:end])} is a file, not a folder")
    if any(other.startswith(f"{path}/") for other in tree):
        raise EditError(f"{path}: is a folder, not a file")


# --- a look at the user's tree ------------------------------------------------------------------


def _look(repository: Path, *, leave_out: Path) -> Found:
    """Find the files that belong to a snapshot; `leave_out` is the study's own folder."""
    if not repository.is_dir():
        raise ConfigError(f"{repository}: there is no such folder")
    root = repository.resolve()
    own = leave_out.resolve()
    names, notes = repository_files(root)
    files: dict[str, Path] = {}
    links: list[str] = []
    for raw in sorted(names):
        path = _decoded(raw, repository)
        place = root / path
        if any(part in NEVER for part in path.split("/")) or place.is_relative_to(own):
            continue
        try:
            info = place.lstat()
        except (FileNotFoundError, NotADirectoryError):
            continue  # tracked, but deleted in the working tree
        if stat.S_ISLNK(info.st_mode):
            links.append(path)
            source = _inside(place, root)
            if source is None:
                notes.append(f"{path}: a symlink that names no regular file of the tree is left out")
                continue
            place = source
        elif not stat.S_ISREG(info.st_mode):
            notes.append(f"{path}: neither a regular file nor a symlink, left out")
            continue
        elif place.parent.resolve() != place.parent:
            continue  # tracked below what is a symlink to a folder now: deleted, as git sees it
        files[path] = place
    return Found(files, tuple(links), tuple(notes))


def _decoded(raw: bytes, repository: Path) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigError(
            f"{repository}: the file name {raw!r} is not UTF-8; rename the file or name it in .gitignore"
        ) from None


def _inside(link: Path, root: Path) -> Path | None:
    """Return the regular file inside of the tree that a symlink ends at, None for all others."""
    try:
        end = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return None
    if not end.is_relative_to(root) or any(part in NEVER for part in end.relative_to(root).parts):
        return None
    return end if end.is_file() else None


def _check_size(files: Mapping[str, Path]) -> None:
    sizes = {path: place.stat().st_size for path, place in files.items()}
    if len(sizes) > MAX_FILES:
        folders: dict[str, int] = {}
        for path in sizes:
            top = path.rpartition("/")[0] or "."
            folders[top] = folders.get(top, 0) + 1
        most = sorted(folders, key=lambda name: -folders[name])[:5]
        shown = ", ".join(f"{name}/ ({folders[name]} files)" for name in most)
        raise ConfigError(
            f"the repository has {len(sizes)} files, more than {MAX_FILES}; most are in {shown}; "
            "name what the job doesn't need in .gitignore"
        )
    if sum(sizes.values()) > MAX_BYTES:
        most = sorted(sizes, key=lambda path: -sizes[path])[:5]
        shown = ", ".join(f"{path} ({sizes[path] / 1e6:.1f} MB)" for path in most)
        raise ConfigError(
            f"the repository holds {sum(sizes.values()) / 1e6:.0f} MB, more than {MAX_BYTES / 1e6:.0f} MB; "
            f"the largest files are {shown}; name what the job doesn't need in .gitignore"
        )


def _revision(repository: Path) -> tuple[str | None, bool]:
    """Return HEAD's commit, None without one, and whether the folder's files differ from it."""
    if top_of(repository) is None:
        return None, True
    git = Git(repository)
    if not git.succeeds("rev-parse", "--verify", "--quiet", "HEAD^{commit}"):
        return None, True
    rows = git.paths("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", ".")
    # A row is two letters, a space and the path from the root of the repository.
    own = [row for row in rows if not any(part.encode() in row[3:].split(b"/") for part in NEVER)]
    return git.word("rev-parse", "HEAD"), bool(own)


def _store(files: Mapping[str, Path], blobs: Path) -> list[dict[str, Any]]:
    """Copy files to blobs named by their content; return the manifest's rows."""
    blobs.mkdir()
    rows = []
    for path, place in sorted(files.items()):
        try:
            content = place.read_bytes()
            mode = "100755" if _is_executable(place.stat()) else "100644"
        except OSError as error:
            raise ConfigError(
                f"{place}: cannot be read ({error.strerror}); make it readable or name it in .gitignore"
            ) from None
        name = _digest(content)
        if not (blobs / name).exists():
            (blobs / name).write_bytes(content)
        rows.append({"path": path, "sha256": name, "mode": mode, "size": len(content)})
    return rows


def _is_executable(info: os.stat_result) -> bool:
    return bool(info.st_mode & stat.S_IXUSR)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
