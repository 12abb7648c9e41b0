"""A part of the runner: its frames, and the files that it writes and reads. See `runner`.

Frames, big-endian. Request: operation (4 bytes), length of JSON, length of data; reply: length
of JSON, length of data. JSON and data follow.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import struct
import time
from collections.abc import Iterator
from typing import Any

REQUEST = struct.Struct(">4sQQ")
REPLY = struct.Struct(">QQ")
CHUNK = 1 << 16
MAX_NAMES = 8 << 20  # characters of all paths: the table that tells them is bounded, too
MAX_DEPTH = 64  # folders below one another; deeper trees are hostile, or broken


def read_into(fd: int, view: memoryview) -> None:
    """Fill `view` from `fd`. Raises `EOFError` where that ends before."""
    while view:
        size = os.readv(fd, [view[:CHUNK]])
        if not size:
            raise EOFError
        view = view[size:]


def read_exactly(fd: int, size: int) -> bytes:
    """Return `size` bytes of `fd`. Raises `EOFError` where it ends before."""
    data = bytearray(size)
    read_into(fd, memoryview(data))
    return bytes(data)


def write_all(fd: int, data: bytes | bytearray) -> None:
    """Write all of `data`."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def reply(message: dict[str, Any], size: int = 0) -> None:
    """Send a reply's head; `size` bytes of data must follow."""
    text = json.dumps(message).encode("ascii")
    write_all(1, REPLY.pack(len(text), size) + text)


# Every step opens one component of a path relative to its folder and follows no link, so that
# nothing a candidate leaves behind leads out of the tree.

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def _remove(folder: int, name: str) -> None:
    """Remove whatever has that name, folders with all they hold."""
    try:
        os.unlink(name, dir_fd=folder)
        return
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno not in (errno.EISDIR, errno.EPERM):
            raise
    # Subfolders move up beside the first one: a tree of any depth needs two open folders.
    left, serial = [name], 0
    while left:
        current = left.pop()
        os.chmod(current, 0o700, dir_fd=folder)
        inner = os.open(current, _FOLDER, dir_fd=folder)
        try:
            with os.scandir(inner) as entries:
                inside = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
            for child, is_folder in inside:
                if is_folder:
                    serial += 1
                    left.append(f".strop-removed-{time.monotonic_ns()}-{serial}")
                    os.chmod(child, 0o700, dir_fd=inner)
                    os.rename(child, left[-1], src_dir_fd=inner, dst_dir_fd=folder)
                else:
                    os.unlink(child, dir_fd=inner)
        finally:
            os.close(inner)
        os.rmdir(current, dir_fd=folder)


def _enter(folder: int, name: str, owned: bool) -> int:
    """Open a subfolder to write into; what else has that name is replaced by a folder."""
    try:
        inner = os.open(name, _FOLDER, dir_fd=folder)
    except PermissionError:
        os.chmod(name, 0o755, dir_fd=folder)
        inner = os.open(name, _FOLDER, dir_fd=folder)
    except OSError:  # missing, a link, or another kind of file
        _remove(folder, name)
        os.mkdir(name, 0o755, dir_fd=folder)
        inner = os.open(name, _FOLDER, dir_fd=folder)
    if owned:
        # Root's and sticky: the candidate may add files, and can't move or remove what isn't its own.
        os.fchown(inner, 0, 0)
        os.fchmod(inner, 0o1777)
    return inner


def _put_one(root: int, entry: dict[str, Any], uid: int | None) -> None:
    *folders, name = entry["path"].split("/")
    folder = os.dup(root)
    try:
        for part in folders:
            inner = _enter(folder, part, uid is not None)
            os.close(folder)
            folder = inner
        _remove(folder, name)
        fd = os.open(
            name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder
        )
        try:
            left = entry["size"]
            while left:
                piece = read_exactly(0, min(CHUNK, left))
                write_all(fd, piece)
                left -= len(piece)
            writable = entry["writable"]
            # The candidate owns what it may change, so that it can also rename over it.
            if uid is not None and writable:
                os.fchown(fd, uid, uid)
            os.fchmod(fd, (0o755 if entry["executable"] else 0o644) if writable or uid is not None
                      else (0o555 if entry["executable"] else 0o444))  # fmt: skip
        finally:
            os.close(fd)
    finally:
        os.close(folder)


def put(request: dict[str, Any]) -> None:
    """Write files whose contents follow the request, in the order of its list."""
    root = os.open(request["work"], _FOLDER)
    if request["uid"] is not None:
        os.fchown(root, 0, 0)
        os.fchmod(root, 0o1777)
    for entry in request["files"]:
        try:
            _put_one(root, entry, request["uid"])
        except OSError as error:
            raise OSError(error.errno, f"{entry['path']}: {os.strerror(error.errno or 0)}") from error
    reply({})


def _open_file(root: int, path: str) -> int | None:
    """Open a regular file below `root` for reading, None where there is none."""
    parts = path.split("/")
    folder = os.dup(root)
    try:
        for part in parts[:-1]:
            inner = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        if not stat.S_ISREG(os.stat(parts[-1], dir_fd=folder, follow_symlinks=False).st_mode):
            return None
        try:
            return os.open(parts[-1], flags, dir_fd=folder)
        except PermissionError:
            os.chmod(parts[-1], 0o600, dir_fd=folder)
            return os.open(parts[-1], flags, dir_fd=folder)
    except OSError:
        return None  # missing, a link, no folder, not readable: all the same, there is no such file
    finally:
        os.close(folder)


def _send_file(fd: int, size: int) -> None:
    left = size
    while left:
        piece = os.read(fd, min(CHUNK, left))
        if not piece:
            raise EOFError("a file shrank while it was read")
        write_all(1, piece)
        left -= len(piece)


def get(request: dict[str, Any]) -> None:
    """Send one regular file."""
    root = os.open(request["work"], _FOLDER)
    fd = _open_file(root, request["path"])
    size = -1
    if fd is not None:
        info = os.fstat(fd)
        if stat.S_ISREG(info.st_mode) and info.st_size <= request["max_bytes"]:
            size = info.st_size
    if fd is None or size < 0:
        reply({"found": False})
        return
    reply({"found": True}, size)
    _send_file(fd, size)


def _walk(root: int) -> Iterator[tuple[str, os.stat_result]]:
    """Yield path and status of every regular file."""
    left = [""]
    while left:
        path = left.pop()
        folder = os.dup(root)
        try:
            for part in path.split("/") if path else []:
                try:
                    inner = os.open(part, _FOLDER, dir_fd=folder)
                except PermissionError:
                    os.chmod(part, 0o700, dir_fd=folder)
                    inner = os.open(part, _FOLDER, dir_fd=folder)
                os.close(folder)
                folder = inner
            with os.scandir(folder) as entries:
                for entry in entries:
                    info = entry.stat(follow_symlinks=False)
                    inside = path + "/" + entry.name if path else entry.name
                    if stat.S_ISDIR(info.st_mode):
                        if inside.count("/") >= MAX_DEPTH:
                            raise OverflowError(f"folders more than {MAX_DEPTH} deep")
                        left.append(inside)
                    elif stat.S_ISREG(info.st_mode):
                        yield inside, info
        finally:
            os.close(folder)


def tree(request: dict[str, Any]) -> None:
    """Send all regular files: a table, then their contents in its order."""
    root = os.open(request["work"], _FOLDER)
    uid = request["uid"]
    table: list[tuple[str, int, bool, bool]] = []
    total = names = 0
    try:
        for path, info in _walk(root):
            total += info.st_size
            names += len(path)
            if names > MAX_NAMES:
                raise OverflowError(f"more than {MAX_NAMES} characters of names")
            if total > request["max_bytes"] or len(table) >= request["max_files"]:
                caps = f"{request['max_bytes']} bytes or {request['max_files']} files"
                raise OverflowError(f"more than {caps}")
            writable = info.st_uid == uid if uid is not None else bool(info.st_mode & 0o200)
            table.append((path, info.st_size, bool(info.st_mode & 0o100), writable))
    except OverflowError as error:
        reply({"error": str(error), "over": True})
        return
    reply({"files": table}, total)
    for path, size, _, _ in table:
        fd = _open_file(root, path)
        if fd is None:
            raise EOFError(path + " cannot be read")
        _send_file(fd, size)
        os.close(fd)
