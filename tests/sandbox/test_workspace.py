"""Snapshots of a user's tree, and the way of a result back into it; with real git repositories."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from strop.candidate import BASELINE, Candidate, FileEdit
from strop.errors import ConfigError, EditError, StorageError
from strop.job import Target
from strop.sandbox import snapshot as snapshot_module
from strop.sandbox.workspace import Snapshot, TargetFiles, apply_branch, apply_edits

TARGET = Target(files=("src/**/*.py", "*.c"), exclude=("src/gen_*.py",))


def git(folder: Path, *arguments: str) -> str:
    options = (
        "-c",
        "user.name=A User",
        "-c",
        "user.email=a@user.example",
        "-c",
        "protocol.file.allow=always",
    )
    return subprocess.run(
        ["git", *options, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())


def edit(path: str, text: str | None) -> Candidate:
    return Candidate(edits=(FileEdit(path, text),))


@pytest.fixture(autouse=True)
def _own_git_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def user(tmp_path: Path) -> Path:
    """A repository with one commit and a name to commit under."""
    folder = tmp_path / "user"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    write(
        folder,
        {
            "src/a.py": "a = 1\n",
            "src/deep/b.py": "b = 1\n",
            "src/gen_x.py": "x = 1\n",
            "src/test_a.py": "",
            "lib.c": "int x;\r\n",
            "bench.sh": "#!/bin/sh\n",
            "ä ö.txt": "u\n",
            ".gitignore": "*.o\nbuild/\n.strop/\n",
        },
    )
    (folder / "bench.sh").chmod(0o755)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=one")
    git(folder, "config", "user.name", "A User")
    git(folder, "config", "user.email", "a@user.example")
    return folder


def take(user: Path, target: Target = TARGET, name: str = "study") -> Snapshot:
    return Snapshot.take(user, user.parent / name, target)


# --- targets ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        ("a.py", ["a.py"], ["x/a.py", "a.pyc", "a_py"]),
        ("./a.py", ["a.py"], ["b.py"]),
        ("*.py", ["a.py"], ["x/a.py", "a.c"]),
        ("src/*.py", ["src/a.py"], ["src/x/a.py", "a.py"]),
        ("src/**/*.py", ["src/a.py", "src/x/a.py", "src/x/y/a.py"], ["a.py", "src/a.c", "xsrc/a.py"]),
        ("**/*.py", ["a.py", "x/y/a.py"], ["a.c"]),
        ("**", ["a", "x/y"], []),
        ("src/**", ["src/a", "src/x/y"], ["src", "srcx/a"]),
        ("src/", ["src/a", "src/x/y"], ["src"]),
        ("a?.py", ["ab.py"], ["a/.py", "a.py"]),
        ("[ab].py", ["a.py", "b.py"], ["c.py"]),
        ("[!ab].py", ["c.py"], ["a.py"]),
        ("x**.py", ["xa.py"], ["x/a.py"]),
        ("a+(b).py", ["a+(b).py"], ["aab.py"]),
    ],
)
def test_globs(pattern: str, inside: list[str], outside: list[str]) -> None:
    targets = TargetFiles(Target(files=(pattern,)))
    assert [path for path in inside if path not in targets] == []
    assert [path for path in outside if path in targets] == []


@pytest.mark.parametrize("pattern", ["/etc/*", "../x", "a//b", "", ".git/**", "[z-a]"])
def test_globs_that_are_none(pattern: str) -> None:
    with pytest.raises(ConfigError, match="target.files"):
        TargetFiles(Target(files=(pattern,)))


def test_an_exact_name_opens_a_protected_file_but_never_the_job() -> None:
    targets = TargetFiles(Target(files=("tests/test_a.py", "conftest.py", "strop.toml", "**")))
    assert "tests/test_a.py" in targets and "conftest.py" in targets
    assert "tests/test_b.py" not in targets and "strop.toml" not in targets


def test_exclude_wins_over_an_exact_name() -> None:
    assert "a.py" not in TargetFiles(Target(files=("a.py",), exclude=("a.*",)))


# --- taking and loading -------------------------------------------------------------------------


def test_uncommitted_files_are_in_ignored_ones_are_not(user: Path) -> None:
    write(user, {"src/a.py": "a = 2\n", "new.txt": "n", "x.o": "o", "build/y": "y", ".strop/z": "z"})
    (user / "src/deep/b.py").unlink()
    snapshot = take(user)
    assert snapshot.paths == {
        ".gitignore", "bench.sh", "lib.c", "new.txt", "src/a.py", "src/gen_x.py", "src/test_a.py", "ä ö.txt"
    }  # fmt: skip
    assert snapshot.read("src/a.py") == b"a = 2\n"
    assert snapshot.revision == git(user, "rev-parse", "HEAD") and snapshot.dirty
    assert snapshot.texts == {"lib.c": "int x;\r\n", "src/a.py": "a = 2\n"}


def test_a_clean_tree_is_not_dirty(user: Path) -> None:
    write(user, {".strop/z": "z", "x.o": "o"})
    assert not take(user).dirty


def test_a_plain_folder_obeys_gitignore_too(tmp_path: Path) -> None:
    user = tmp_path / "plain"
    write(
        user,
        {"a.c": "a", "b.o": "b", ".gitignore": "*.o\n", "s/.gitignore": "q\n", "s/q": "q", ".strop/x": ""},
    )
    snapshot = take(user)
    assert snapshot.paths == {"a.c", ".gitignore", "s/.gitignore"}
    assert snapshot.revision is None and snapshot.dirty
    assert not (user / ".git").exists()


def test_a_folder_inside_of_a_repository(user: Path) -> None:
    snapshot = take(user / "src", Target(files=("*.py",)))
    assert snapshot.paths == {"a.py", "deep/b.py", "gen_x.py", "test_a.py"}
    assert snapshot.revision == git(user, "rev-parse", "HEAD")


def test_a_folder_that_its_repository_ignores(user: Path) -> None:
    write(user, {"build/job/a.c": "a"})
    snapshot = take(user / "build/job")
    assert snapshot.paths == {"a.c"} and snapshot.revision is None


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    user = tmp_path / "fresh"
    write(user, {"a.c": "a"})
    git(user, "init", "--quiet")
    snapshot = take(user)
    assert snapshot.paths == {"a.c"} and snapshot.revision is None


def test_git_variables_of_a_hook_do_not_lead_elsewhere(
    user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = git(user, "rev-parse", "HEAD")
    write(tmp_path / "other", {"q": "q"})
    git(tmp_path / "other", "init", "--quiet")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other/.git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "no-index"))
    snapshot = take(user)
    assert snapshot.revision == here and not snapshot.dirty


def test_programs_named_in_the_repository_s_settings_do_not_start(user: Path, tmp_path: Path) -> None:
    trap, sprung = tmp_path / "trap", tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\ntouch '{sprung}'\n", encoding="utf-8")
    trap.chmod(0o755)
    git(user, "config", "core.fsmonitor", str(trap))
    write(user, {"new.txt": "n"})
    take(user)
    assert not sprung.exists()


def test_symlinks(user: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s", encoding="utf-8")
    for name, goal in {
        "src/in.py": "a.py",
        "out": "../secret",
        "dangling": "nowhere",
        "folder": "src",
        "loop": "loop",
        "config": ".git/config",
    }.items():
        (user / name).symlink_to(goal)
    snapshot = take(user)
    assert snapshot.read("src/in.py") == b"a = 1\n"
    assert not snapshot.paths & {"out", "dangling", "folder", "loop", "config"}
    assert sum("symlink" in note for note in snapshot.notes) == 5
    assert not snapshot.is_target("src/in.py") and not snapshot.is_target("folder/a.py")


def test_submodules(user: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    write(other, {"m.c": "m", "n/o.h": "o"})
    git(other, "init", "--quiet")
    git(other, "add", "--all")
    git(other, "commit", "--quiet", "--message=one")
    git(user, "submodule", "--quiet", "add", str(other), "sub")
    git(user, "submodule", "--quiet", "add", str(other), "gone")
    git(user, "submodule", "--quiet", "deinit", "--force", "gone")
    write(user, {"sub/untracked": "u"})
    snapshot = take(user)
    assert {path for path in snapshot.paths if path.startswith("sub/")} == {"sub/m.c", "sub/n/o.h"}
    assert any(note.startswith("gone: a submodule") for note in snapshot.notes)


def test_special_files_are_left_out(user: Path) -> None:
    os.mkfifo(user / "pipe")
    assert "pipe" not in take(user).paths


def test_a_name_that_is_not_utf8(user: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(user) + b"/\xff")).touch()
    except OSError:
        pytest.skip("this file system holds no such names")
    with pytest.raises(ConfigError, match=r"b'\\xff' is not UTF-8"):
        take(user)
    assert not (user.parent / "study" / "snapshot").exists()


def test_too_much_data_names_the_largest(user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(user, {"big.bin": b"0" * 5000})
    monkeypatch.setattr(snapshot_module, "MAX_BYTES", 4000)
    with pytest.raises(ConfigError, match=r"(?s)largest files are big\.bin.*\.gitignore"):
        take(user)


def test_too_many_files_names_the_fullest_folders(user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_module, "MAX_FILES", 7)
    with pytest.raises(ConfigError, match=r"8 files, more than 7; most are in \./ \(4 files\)"):
        take(user)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (("src",), r"'src' is a folder; write 'src/\*\*'"),
        (("nope/*.py",), "match no text file"),
        (("src/test_*.py",), "protected"),
    ],
)
def test_a_target_that_names_nothing(user: Path, files: tuple[str, ...], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        take(user, Target(files=files))


def test_loading_does_not_read_the_users_tree(user: Path, tmp_path: Path) -> None:
    taken = take(user)
    user.rename(tmp_path / "moved")
    loaded = Snapshot.load(tmp_path / "study", TARGET)
    assert loaded.tree(BASELINE, {}) == taken.tree(BASELINE, {})
    assert (loaded.revision, loaded.dirty, loaded.base_digest) == (taken.revision, False, taken.base_digest)


def test_the_digest_follows_content_and_mode(user: Path) -> None:
    first = take(user, name="one").base_digest
    assert take(user, name="two").base_digest == first
    (user / "src/a.py").chmod(0o755)
    second = take(user, name="three").base_digest
    write(user, {"src/a.py": "a = 3\n"})
    assert len({first, second, take(user, name="four").base_digest}) == 3


def test_a_second_snapshot_is_refused(user: Path) -> None:
    take(user)
    with pytest.raises(StorageError, match="has a snapshot already"):
        take(user)


def test_a_changed_blob_is_found_out(user: Path) -> None:
    take(user)
    place = user.parent / "study" / "snapshot"
    row = next(
        r for r in json.loads((place / "manifest.json").read_text())["files"] if r["path"] == "src/a.py"
    )
    (place / "blobs" / row["sha256"]).write_bytes(b"a = 9\n")
    with pytest.raises(StorageError, match="not pristine"):
        Snapshot.load(user.parent / "study", TARGET).read("src/a.py")


@pytest.mark.parametrize("manifest", ["", "[]", '{"format": 1}', '{"format": 99}'])
def test_a_broken_manifest(tmp_path: Path, manifest: str) -> None:
    write(tmp_path, {"snapshot/manifest.json": manifest})
    with pytest.raises(StorageError, match="snapshot"):
        Snapshot.load(tmp_path, TARGET)


# --- trees --------------------------------------------------------------------------------------


def test_tree(user: Path) -> None:
    snapshot = take(user)
    candidate = Candidate(
        edits=(FileEdit("src/a.py", "a = 5\n"), FileEdit("src/new.py", "n\n"), FileEdit("lib.c", None))
    )
    tree = snapshot.tree(candidate, {"bench.sh": "#!/bin/sh\nx\n"})
    assert tree.keys() == (snapshot.paths | {"src/new.py"}) - {"lib.c"}
    assert (tree["src/a.py"].content, tree["src/a.py"].writable) == (b"a = 5\n", True)
    assert tree["src/new.py"].writable and tree["src/deep/b.py"].writable
    assert (tree["bench.sh"].content, tree["bench.sh"].executable) == (b"#!/bin/sh\nx\n", True)
    assert [
        path for path in ("bench.sh", "src/gen_x.py", "src/test_a.py", "ä ö.txt") if tree[path].writable
    ] == []


@pytest.mark.parametrize(
    ("candidate", "message"),
    [
        (edit("bench.sh", "x"), "outside the target"),
        (edit("src/test_a.py", "x"), "protected"),
        (edit("src/a.py/b.py", "x"), "src/a.py is a file"),
        (edit("src/x.py", "\ud800"), "not valid Unicode"),
    ],
)
def test_trees_that_are_none(user: Path, candidate: Candidate, message: str) -> None:
    with pytest.raises(EditError, match=message):
        take(user).tree(candidate, {})


# --- back into the user's tree ------------------------------------------------------------------


def test_changed(user: Path) -> None:
    snapshot = take(user)
    assert snapshot.changed(user) == []
    write(user, {"src/a.py": "a = 9\n", "more.txt": "m", "x.o": "ignored"})
    (user / "lib.c").unlink()
    (user / "src/deep/b.py").chmod(0o755)
    assert snapshot.changed(user) == ["lib.c", "more.txt", "src/a.py", "src/deep/b.py"]


def test_apply_edits(user: Path) -> None:
    edits = [
        FileEdit("bench.sh", "new\r\n"),
        FileEdit("x/y.py", "ü\n"),
        FileEdit("lib.c", None),
        FileEdit("no", None),
    ]
    apply_edits(user, edits)
    assert (user / "bench.sh").read_bytes() == b"new\r\n" and os.access(user / "bench.sh", os.X_OK)
    assert (user / "x/y.py").read_bytes() == "ü\n".encode()
    assert not (user / "lib.c").exists()
    assert sorted(path.name for path in (user / "x").iterdir()) == ["y.py"]


@pytest.mark.parametrize("path", ["../out.py", "/abs.py", ".git/hooks/x", "link/x.py", "file-link", "src"])
def test_apply_edits_refuses_as_a_whole(user: Path, tmp_path: Path, path: str) -> None:
    (user / "link").symlink_to(tmp_path)
    (user / "file-link").symlink_to("lib.c")
    with pytest.raises(ConfigError, match="not written"):
        apply_edits(user, [FileEdit("src/a.py", "changed"), FileEdit(path, "x")])
    assert (user / "src/a.py").read_text(encoding="utf-8") == "a = 1\n"
    assert (user / "lib.c").read_bytes() == b"int x;\r\n"


def test_apply_branch(user: Path) -> None:
    snapshot = take(user)
    write(user, {"bench.sh": "uncommitted\n", "staged.txt": "s"})
    git(user, "add", "staged.txt")
    before = (
        git(user, "status", "--porcelain"),
        git(user, "rev-parse", "HEAD"),
        git(user, "branch", "--show-current"),
    )
    candidate = Candidate(
        edits=(FileEdit("src/a.py", "a = 7\n"), FileEdit("src/ü.py", "n\n"), FileEdit("lib.c", None))
    )
    commit = apply_branch(user, snapshot, candidate, "strop/faster", "Make it faster\n\n1.5 times")
    assert git(user, "rev-parse", "strop/faster") == commit
    assert (
        git(user, "log", "--format=%P %an %B", "-1", commit)
        == f"{before[1]} A User Make it faster\n\n1.5 times"
    )
    assert git(user, "-c", "core.quotepath=false", "diff", "--name-status", "HEAD", commit).split("\n") == [
        "D\tlib.c", "M\tsrc/a.py", "A\tsrc/ü.py"
    ]  # fmt: skip
    assert git(user, "show", f"{commit}:src/a.py") == "a = 7"
    after = (
        git(user, "status", "--porcelain"),
        git(user, "rev-parse", "HEAD"),
        git(user, "branch", "--show-current"),
    )
    assert after == before and (user / "src/a.py").read_text(encoding="utf-8") == "a = 1\n"


def test_apply_branch_keeps_modes_and_line_endings_as_git_add_would(user: Path) -> None:
    write(user, {".gitattributes": "*.c text eol=crlf\n"})
    (user / "lib.c").chmod(0o755)
    git(user, "add", "--all", "--renormalize")
    git(user, "add", ".gitattributes")
    git(user, "commit", "--quiet", "--message=two")
    commit = apply_branch(user, take(user), edit("lib.c", "int y;\r\n"), "b", "m")
    assert git(user, "ls-tree", commit, "lib.c").startswith("100755 blob")
    shown = subprocess.run(
        ["git", "cat-file", "blob", f"{commit}:lib.c"], cwd=user, check=True, capture_output=True
    )
    assert shown.stdout == b"int y;\n"


def test_apply_branch_of_a_folder_inside_of_a_repository(user: Path) -> None:
    snapshot = take(user / "src", Target(files=("*.py",)))
    commit = apply_branch(user / "src", snapshot, edit("a.py", "a = 8\n"), "b", "m")
    assert git(user, "diff", "--name-only", "HEAD", commit) == "src/a.py"


def test_apply_branch_does_not_run_hooks(user: Path, tmp_path: Path) -> None:
    for name in ("pre-commit", "reference-transaction", "post-commit", "post-index-change"):
        hook = user / ".git/hooks" / name
        write(user, {f".git/hooks/{name}": f"#!/bin/sh\ntouch '{tmp_path / 'sprung'}'\nexit 1\n"})
        hook.chmod(0o755)
    apply_branch(user, take(user), edit("src/a.py", "a = 7\n"), "b", "m")
    assert not (tmp_path / "sprung").exists()


def test_other_commits_since_do_no_harm(user: Path) -> None:
    snapshot = take(user)
    write(user, {"strop.toml": "x"})
    git(user, "add", "--all")
    git(user, "commit", "--quiet", "--message=two")
    commit = apply_branch(user, snapshot, edit("src/a.py", "a = 7\n"), "b", "m")
    assert git(user, "rev-parse", f"{commit}^") == git(user, "rev-parse", "HEAD")


def test_apply_branch_refuses_what_was_uncommitted(user: Path) -> None:
    write(user, {"src/a.py": "a = 2\n", "src/new.py": "n\n"})
    snapshot = take(user)
    for path in ("src/a.py", "src/new.py"):
        with pytest.raises(ConfigError, match=f"(?s){path}.*uncommitted changes when the study began"):
            apply_branch(user, snapshot, edit(path, "a = 7\n"), "b", "m")
    apply_branch(user, snapshot, edit("src/deep/b.py", "b = 7\n"), "b", "m")


def test_apply_branch_refuses_a_moved_base(user: Path) -> None:
    snapshot = take(user)
    write(user, {"src/a.py": "a = 3\n"})
    git(user, "commit", "--quiet", "--all", "--message=two")
    with pytest.raises(ConfigError, match=r"(?s)not those measured: src/a\.py.*the study began at"):
        apply_branch(user, snapshot, edit("src/a.py", "a = 7\n"), "b", "m")


@pytest.mark.parametrize(
    ("branch", "message"),
    [
        ("main", "exists"),
        ("-d", "no name for a branch"),
        ("a..b", "no name for a branch"),
        ("main/x", "failed"),
    ],
)
def test_apply_branch_refuses_names(user: Path, branch: str, message: str) -> None:
    before = git(user, "for-each-ref")
    with pytest.raises(ConfigError, match=message):
        apply_branch(user, take(user), edit("src/a.py", "a = 7\n"), branch, "m")
    assert git(user, "for-each-ref") == before


def test_apply_branch_without_a_change(user: Path) -> None:
    with pytest.raises(ConfigError, match="changes nothing"):
        apply_branch(user, take(user), BASELINE, "b", "m")


def test_apply_branch_needs_a_name(user: Path) -> None:
    git(user, "config", "--unset", "user.name")
    git(user, "config", "--unset", "user.email")
    with pytest.raises(ConfigError, match=r"git config user\.name"):
        apply_branch(user, take(user), edit("src/a.py", "a = 7\n"), "b", "m")


def test_apply_branch_needs_a_repository_and_a_commit(tmp_path: Path) -> None:
    user = tmp_path / "plain"
    write(user, {"a.c": "a"})
    snapshot = take(user)
    with pytest.raises(ConfigError, match="not a git repository"):
        apply_branch(user, snapshot, edit("a.c", "b"), "b", "m")
    git(user, "init", "--quiet")
    with pytest.raises(ConfigError, match="no commit yet"):
        apply_branch(user, snapshot, edit("a.c", "b"), "b", "m")


def test_git_is_missing(user: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(user))
    with pytest.raises(ConfigError, match="git is not installed"):
        take(user)
