"""The candidate's code in a process of its own, which knows what it is told and nothing else.

The process that asks (`Apart`) has the seed in its command line and draws the instance; the one that answers
(`main`) has neither. Before the candidate's code runs there, two walls go up:

- Landlock, where the kernel has it (Linux 5.13 and later): the kernel itself lets the process read the files of
  Python's libraries and nothing else: none of this folder, no command lines in /proc, no memory of other
  processes. It can write and start nothing. This holds for native code as well.
- An audit hook, everywhere: the same for what Python code does. Native code could get around it.

All suites that need it share this file.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import pickle
import struct
import subprocess
import sys
import types
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Self

HERE = os.path.realpath(Path(__file__).parent)
LONGEST_ANSWER = 1 << 26  # bytes

SHARED = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo",
)  # fmt: skip
MACHINE = ("/dev/urandom", "/dev/null", "/sys/devices/system/cpu", "/proc/cpuinfo")
"""What libraries ask of the machine: chance, and how many CPUs there are."""

PROGRAMS = (
    "ctypes.call_function", "gc.get_", "os.exec", "os.fork", "os.link", "os.posix_spawn", "os.rename", "os.spawn",
    "os.symlink", "os.system", "pty.", "sqlite3.", "subprocess.", "sys._current_",
)  # fmt: skip
"""Events that start programs, reach files past `open`, or find the hook itself."""

UNSEEN = (
    "_posixsubprocess", "readline", "_xxsubinterpreters", "_interpreters", "_interpchannels", "_interpqueues",
)  # fmt: skip
"""Modules whose functions start programs or read files and say nothing to a hook; another interpreter has none."""

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Of libraries that are loaded before the walls are up: those hold for the threads that come after."""

# Source: Linux UAPI, linux/landlock.h, linux/prctl.h. The numbers of the calls are the same everywhere.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF, NO_NEW_PRIVILEGES = 444, 445, 446, 38
READ_FILE, READ_DIR = 1 << 2, 1 << 3


class Failed(Exception):
    """The candidate's code raised, or returned what can't be passed on."""


class Ended(Exception):
    """The candidate's process is gone."""


class Apart:
    """A file of the candidate's, asked from outside; use it in a `with`.

    Args:
        file: The file, in this folder.
        modules: Modules of this folder that it may import. They must not draw instances.
    """

    def __init__(self, file: str, *modules: str) -> None:
        command = [sys.executable, "-B", os.path.join(HERE, "apart.py"), file, *modules]
        self._process = subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Kill it, and whatever it left to be done later."""
        self._process.kill()
        self._process.communicate()

    def ask(self, function: str, *arguments: Any) -> Any:
        """Return what a function says, as JSON tells it; raises `Failed` or `Ended`."""
        asked, told = self._process.stdin, self._process.stdout
        assert asked and told
        try:
            pickle.dump((function, arguments), asked)
            asked.flush()
        except BrokenPipeError:
            pass
        line = told.readline(LONGEST_ANSWER)
        if not line.endswith(b"\n"):
            raise Ended(f"the process ended, or said too much, when {function}() was asked")
        try:
            kind, said = json.loads(line)
        except (ValueError, TypeError, RecursionError) as error:
            raise Failed(f"{function}() has no answer that can be read: {error}") from None
        if kind != "said":
            raise Failed(str(said)[:2000])
        return said


def readable() -> dict[str, int]:
    """Return what libraries need of the file system, with the kinds of access to each."""
    folders = [place for place in sys.path if place and os.path.isdir(place)]
    # Where strop itself is installed, all tasks are, and their judges.
    below = ("strop", "site-packages/strop", "dist-packages/strop")
    hidden = {HERE, *(os.path.realpath(os.path.join(place, name)) for place in folders for name in below)}
    hidden |= {os.path.realpath("/usr/lib/python3/dist-packages/strop")}
    found: dict[str, int] = {}
    # Of a Python in a folder of its own (conda, Nix) the libraries of its modules lie beside it.
    own = os.path.join(sys.base_prefix, "lib")
    beside = [entry.path for entry in os.scandir(own) if ".so" in entry.name] if os.path.isdir(own) else []
    for place in (*folders, *SHARED, *MACHINE, *beside):
        # Libraries are opened by the names in sys.path, and by what these stand for.
        for name in (place.rstrip("/"), os.path.realpath(place)):
            found |= _without(hidden, name) if os.path.exists(name) else {}
    return found


def _without(hidden: Collection[str], place: str) -> dict[str, int]:
    """Return a place, or those of its parts that neither are hidden nor hold what is."""
    real = os.path.realpath(place)
    if any((real + "/").startswith(one + "/") for one in hidden):
        return {}
    if not os.path.isdir(place):
        return {place: READ_FILE}
    if not any(one.startswith(real + "/") for one in hidden if os.path.exists(one)):
        return {place: READ_FILE | READ_DIR}
    found = {place: READ_DIR}
    for entry in os.scandir(place):
        found |= _without(hidden, entry.path)
    return found


def lock(places: Mapping[str, int]) -> bool:
    """Have the kernel let this process read these places, and do nothing else to files; whether it does."""
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    version = libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    # All kinds of access that this version knows: 13 at first, then links between folders, then truncation.
    every = ctypes.c_uint64((1 << (13 + min(version - 1, 2))) - 1)
    rules = libc.syscall(CREATE_RULESET, ctypes.byref(every), ctypes.c_size_t(8), 0)
    if rules < 0:
        return False
    for place, access in places.items():
        try:
            handle = os.open(place, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue  # a link to nowhere, or not for this user
        kind = access if os.path.isdir(place) else access & READ_FILE
        libc.syscall(ADD_RULE, rules, 1, struct.pack("=Qi", kind, handle), 0)
        os.close(handle)
    refused = libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.syscall(RESTRICT_SELF, rules, 0)
    os.close(rules)
    return not refused


def watch(places: Mapping[str, int]) -> None:
    """Add an audit hook that refuses other files, and programs.

    It calls functions written in C alone, on plain texts and numbers, and has every name that it uses bound
    here: a function of a module, `os.path.realpath` for one, could be exchanged by the code that is watched.
    """
    exact = frozenset(place for place, access in places.items() if access & READ_FILE)
    inside = tuple(place + "/" for place in exact)
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
    starts, holds, kind, text, number = str.startswith, str.__contains__, type, str, int
    refusal, absent, programs, unseen = PermissionError, ImportError, PROGRAMS, UNSEEN

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if kind(path) is number:
                return
            # No subclass of a text: its methods would say one thing, and what is opened is another.
            if kind(path) is not text or not (path in exact or starts(path, inside)) or holds(path, "/.."):
                raise refusal("no file may be opened but those of libraries")
            if kind(flags) is not number or flags & writing:
                raise refusal("no file may be written")
        elif event == "import":
            if kind(arguments[0]) is not text or arguments[0] in unseen:
                raise absent("this module can't be imported here")
        elif event == "object.__getattr__":
            # A traceback's frame leads to what the hook holds.
            if kind(arguments[1]) is not text or arguments[1] == "tb_frame":
                raise refusal("no frame of a traceback may be looked at")
        elif starts(event, programs):
            raise refusal(f"{event} is not allowed")

    sys.addaudithook(hook)


def without_programs() -> None:
    """Take the function away that is below all ways to start a process: it says nothing to a hook."""

    def refuse(*arguments: object, **named: object) -> None:
        raise PermissionError("no program may be started")

    below = types.ModuleType("_posixsubprocess")
    below.fork_exec = refuse  # type: ignore[attr-defined]
    sys.modules["_posixsubprocess"] = below
    subprocess._fork_exec = refuse  # type: ignore[attr-defined]


def loaded(file: str, *modules: str) -> Callable[..., Any]:
    """Put up the walls, load the file behind them, and return how its functions are asked."""
    path = os.path.join(HERE, file)
    code = compile(Path(path).read_bytes(), path, "exec")
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    for name in modules:
        importlib.import_module(name)
    sys.path[:] = [place for place in sys.path if place and os.path.realpath(place) != HERE]
    places = readable()
    if not lock(places):
        print("apart.py: without Landlock, an audit hook alone guards the task's files", file=sys.stderr)
    watch(places)
    without_programs()
    module = types.ModuleType(Path(file).stem)
    module.__file__ = path
    sys.modules[module.__name__] = module
    exec(code, module.__dict__)
    return lambda function, arguments: getattr(module, function)(*arguments)


def main(file: str, *modules: str) -> None:
    """Answer each question by a line, until there are no more."""
    questions = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # what the candidate prints is no answer
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    call = loaded(file, *modules)
    while True:
        try:
            question = pickle.load(questions)
        except EOFError:
            return
        try:
            line = json.dumps(["said", call(*question)])
        except Exception as error:
            line = json.dumps(["failed", f"{type(error).__name__}: {error}"[:2000]])
        answers.write(line + "\n")


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.argv[1:] = sys.orig_argv[1:] = []
    main(*given)
