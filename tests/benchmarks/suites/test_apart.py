"""The process that candidates run in: each of its walls alone, against attacks that work without it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from strop.benchmarks.leaderboard.tasks import tasks_folder

try:
    import readline
except ImportError:  # a Python without it
    readline = None  # type: ignore[assignment]

FILE = tasks_folder() / "_common" / "apart" / "apart.py"


def run(folder: Path, program: str, **env: str) -> str:
    """Return what a program in a folder prints, and the last line of its errors."""
    (folder / "apart.py").write_bytes(FILE.read_bytes())
    (folder / "answers.py").write_text("RIGHT = 42\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-B", "-c", program], cwd=folder, env={**os.environ, **env},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return done.stdout + done.stderr.strip().rpartition("\n")[2]


WALLS = {
    "none": "",
    "hook": "apart.watch(apart.readable()); apart.without_programs()",
    "kernel": "assert apart.lock(apart.readable())",
}

OPENS = "print('reached', open(os.path.realpath('answers.py')).read())"
ATTACKS = {
    "plain": OPENS,
    "relative": "print('reached', open('answers.py').read())",
    "import": "sys.path.insert(0, os.getcwd()); import answers; print('reached', answers.RIGHT)",
    "up from its folder": (
        "up = os.path.dirname(os.__file__) + '/..' * 30\n"
        "print('reached', open(up + os.path.realpath('answers.py')).read())"
    ),
    "command line": "print('reached', open(f'/proc/{os.getppid()}/cmdline').read()[:20])",
    "folder's handle": (
        "folder = os.open(os.getcwd(), os.O_PATH)\n"
        "print('reached', os.read(os.open('answers.py', 0, dir_fd=folder), 9))"
    ),
    "bytes": "print('reached', open(os.path.realpath('answers.py').encode()).read())",
    "text that lies": (
        "T = type('T', (str,), {'startswith': lambda *a: True, '__hash__': lambda s: hash(sys.prefix), "
        "'__eq__': lambda *a: True})\nprint('reached', open(T(os.path.realpath('answers.py'))).read())"
    ),
    "other functions of paths": (
        "real = os.path.realpath('answers.py'); import posixpath, builtins\n"
        "posixpath._joinrealpath = posixpath.realpath = posixpath.abspath = lambda *a, **k: os.__file__\n"
        "posixpath.isabs = builtins.any = builtins.isinstance = lambda *a: True\n"
        "os.fsdecode = os.fspath = lambda path: os.__file__\n"
        "builtins.type = lambda one: int\nbuiltins.tuple = builtins.PermissionError = None\n"
        "print('reached', open(real).read())"
    ),
    "links": "os.symlink(os.path.realpath('answers.py'), 'link'); " + OPENS.replace("answers.py", "link"),
    "writes": "print('reached', open(os.path.realpath('new'), 'w').write('x'))",
    "programs": "print('reached', subprocess.run(['cat', 'answers.py'], capture_output=True).stdout)",
    "below programs": (
        "sys.modules.pop('_posixsubprocess', 0); from multiprocessing import util\n"
        "pid = util.spawnv_passfds(b'/bin/true', [b'true'], ())\n"
        "print('reached', 1 // (not os.waitpid(pid, 0)[1]))"
    ),
    "system": "print('reached', 1 // (not os.system('cat answers.py')))",
    "the hook by a traceback": (
        "try: open('/etc/passwd').close()\n"
        "except OSError as e:\n"
        "    t = e.__traceback__\n"
        "    while t.tb_next: t = t.tb_next\n"
        "    print(t.tb_frame.f_locals)\n"
        "print('reached')"
    ),
    "the hook by the collector": "import gc; print('reached', len(gc.get_objects()))",
}
if "GNU" in (getattr(readline, "__doc__", "") or ""):  # another one reads files of its own form alone
    ATTACKS["a history of lines"] = (
        "import readline; readline.read_history_file(os.path.realpath('answers.py'))\n"
        "print('reached', readline.get_history_item(1))"
    )
if sys.version_info < (3, 12):
    ATTACKS["another interpreter"] = (
        "import _xxsubinterpreters as other; one = other.create()\n"
        "other.run_string(one, f\"print('reached', open({os.path.realpath('answers.py')!r}).read())\", {})"
    )

NATIVE = {
    "native code": (
        "import ctypes; libc = ctypes.CDLL(None, use_errno=True)\n"
        "fd = libc.open(os.path.realpath('answers.py').encode(), 0)\n"
        "if fd < 0: raise PermissionError(ctypes.get_errno())\n"
        "print('reached', os.read(fd, 9))"
    ),
}

HOOK_ALONE = ("the hook by a traceback", "the hook by the collector")
"""What the kernel doesn't see, and what is of no use behind it."""


def attacked(folder: Path, how: str, wall: str) -> str:
    program = f"import os, subprocess, sys, multiprocessing.util, apart\n{WALLS[wall]}\n"
    return run(folder, program + {**ATTACKS, **NATIVE}[how])


@pytest.mark.parametrize("how", [*ATTACKS, *NATIVE])
def test_the_attack_works_without_a_wall(how: str, tmp_path: Path) -> None:
    assert attacked(tmp_path, how, "none").partition("reached")[1]


@pytest.mark.parametrize("how", ATTACKS)
def test_the_hook_refuses(how: str, tmp_path: Path) -> None:
    said = attacked(tmp_path, how, "hook")
    assert "reached" not in said and "Error" in said, said


@pytest.mark.parametrize("how", [*(how for how in ATTACKS if how not in HOOK_ALONE), *NATIVE])
def test_the_kernel_refuses(how: str, tmp_path: Path) -> None:
    if "False" in run(tmp_path, "import apart; print(apart.lock(apart.readable()))"):
        pytest.skip("this kernel has no Landlock")
    said = attacked(tmp_path, how, "kernel")
    assert "reached" not in said and ("Error" in said or "Extension modules" in said), said  # or it crashed


def test_an_installed_strop_is_no_library(tmp_path: Path) -> None:
    site = tmp_path / "site"
    for name in ("strop", "other"):
        (site / name).mkdir(parents=True)
        (site / name / "__init__.py").write_text("print(__name__)\n", encoding="utf-8")
    (tmp_path / "task").mkdir()
    for wall in ("hook", "kernel"):
        said = run(
            tmp_path / "task", f"import apart\n{WALLS[wall]}\nimport other, strop", PYTHONPATH=str(site)
        )
        assert said.startswith("other\n") and "strop\n" not in said and "Error" in said, said


def asked(folder: Path, code: str, *calls: str) -> str:
    (folder / "solve.py").write_text(code, encoding="utf-8")
    lines = "".join(f"    print({call})\n" for call in calls)
    return run(folder, f"from apart import Apart, Failed\nwith Apart('solve.py') as it:\n{lines}")


def test_questions_are_answered_as_plain_data(tmp_path: Path) -> None:
    code = "def same(one):\n    print('out of line')\n    return one\n\n"
    code += "def kind(one):\n    return type(one).__name__\n"
    calls = ("it.ask('same', (1, 2.5, 'ü', None))", "it.ask('kind', (1,))", "it.ask('same', {'a': [1]})")
    assert asked(tmp_path, code, *calls).startswith("[1, 2.5, 'ü', None]\ntuple\n{'a': [1]}\n")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('no')", "apart.Failed: ValueError: no"),
        ("return iter([])", "apart.Failed: TypeError: Object of type list_iterator is not JSON serializable"),
        ("import os; os._exit(0)", "apart.Ended: the process ended, or said too much, when f() was asked"),
        ("import os; os.write(answers, b'[' * 100_000 + b'\\n')", "f() has no answer that can be read"),
        ("import os; os.write(answers, b'1\\n')", "f() has no answer that can be read"),
        ("import os; os.write(answers, b'[[], {}]\\n')", "apart.Failed: {}"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_said(body: str, said: str, tmp_path: Path) -> None:
    code = "import sys\nanswers = sys._getframe(2).f_locals['answers'].fileno()\n"
    assert said in asked(tmp_path, f"{code}\ndef f():\n    {body}\n", "it.ask('f')")


def test_nothing_outlives_the_questions(tmp_path: Path) -> None:
    code = "import os\n\ndef f():\n    return os.getpid()\n"
    (number,) = asked(tmp_path, code, "it.ask('f')").split()
    with pytest.raises(ProcessLookupError):
        os.kill(int(number), 0)
