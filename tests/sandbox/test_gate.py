"""The static gate: what cheats write is refused, what honest authors write is not."""

from __future__ import annotations

import textwrap

import pytest

from strop.candidate import Candidate, FileEdit
from strop.errors import ConfigError
from strop.sandbox.gate import RULES, Finding, inspect

BASE = '''\
"""Numbers that two lists share."""

import os
import sys
import requests


def shared(left, right):
    found = []
    for number in left:
        if number in right:
            found.append(number)
    return found


def fetch(address):
    return requests.get(address)


def caller():
    return sys._getframe(1).f_code.co_name


def main():
    if "--bench" in sys.argv:
        os.kill(os.getpid(), 15)
    with open("/tmp/log", "w") as log:
        log.write("x")


if __name__ == "__main__":
    main()
'''


def findings(
    code: str, base: str = "", *, path: str = "pkg/core.py", allow: tuple[str, ...] = ()
) -> list[Finding]:
    """Inspect one new text; `base` is what was there."""
    candidate = Candidate(edits=(FileEdit(path, textwrap.dedent(code)),))
    return inspect(
        candidate, {path: base, "pkg/config.py": "DEBUG = False\n", "pkg/__init__.py": ""}, allow=allow
    )


DISHONEST = {
    # frames
    "frame": ("frames", "import sys\ndef f(): return sys._getframe(1)"),
    "frame by getattr": ("frames", 'import sys\ndef f(): return getattr(sys, "_get" + "frame")(1)'),
    "frame reversed": ("frames", 'import sys\ndef f(): return getattr(sys, "emarfteg_"[::-1])(1)'),
    "frame by a joined name": ("frames", 'import sys\nN = "".join(["_get", "frame"])\nf = getattr(sys, N)'),
    "frame under another name": ("frames", "from sys import _getframe as g\ndef f(): return g(1).f_lineno"),
    "frame by a decoded name": (
        "frames",
        'import sys, base64\nf = getattr(sys, base64.b64decode("X2dldGZyYW1l").decode())',
    ),
    "frame by attrgetter": ("frames", 'import operator, sys\nf = operator.attrgetter("_getframe")(sys)'),
    "frame by another module's sys": ("frames", "import logging\nf = logging.sys._getframe"),
    "stack": ("frames", "import inspect as i\ndef f(): return i.stack()"),
    "traceback": (
        "frames",
        "def f():\n    try: 1/0\n    except Exception as e: return e.__traceback__.tb_frame.f_back",
    ),
    "trace": ("frames", "import sys\nsys.settrace(lambda *a: None)"),
    "generator frame": ("frames", "def f(g): return g.gi_frame"),
    # gc, ctypes
    "gc": ("gc", "import gc\ndef f(): return gc.get_objects()"),
    "gc by import": ("gc", '__import__("gc").get_referrers(f)'),
    "own process": ("ctypes", "import ctypes\nlib = ctypes.CDLL(None)"),
    "imported ctypes": ("ctypes", '__import__("ctypes").CDLL(None)'),
    "libc": ("ctypes", 'from ctypes import CDLL\nCDLL("libc.so.6").clock_settime'),
    "pythonapi": ("ctypes", "import ctypes\nctypes.pythonapi.PyErr_Clear()"),
    "cffi": ("ctypes", "import cffi\nffi = cffi.FFI()\nlib = ffi.dlopen(None)"),
    "memory": ("ctypes", "from ctypes import c_long\nc_long.from_address(id(f))"),
    # patching
    "clock": ("patch", "import time\ntime.perf_counter = lambda: 0.0"),
    "clock under another name": ("patch", "import time as t\nclock = t\nclock.time = None"),
    "clock by vars": ("patch", 'import time\nvars(time)["perf_counter"] = lambda: 0.0'),
    "clock by dict": ("patch", 'import time\ntime.__dict__["perf_" + "counter"] = None'),
    "clock by update": ("patch", "import time\ntime.__dict__.update(time=None)"),
    "clock by setattr": ("patch", 'import time\nsetattr(time, "perf_counter", None)'),
    "clock by import_module": ("patch", 'import importlib\nimportlib.import_module("time").time = None'),
    "clock by modules": ("patch", 'import sys\nsys.modules["time"].time = None'),
    "module replaced": ("patch", 'import sys\nsys.modules["json"] = None'),
    "builtin": ("patch", "import builtins\nbuiltins.sum = max"),
    "mock": ("patch", 'from unittest import mock\nmock.patch("time.time")'),
    "library class": ("patch", "from collections import Counter\nCounter.update = None"),
    "benchmark": ("patch", "import bench\nbench.ROUNDS = 0"),
    "unpacked": ("patch", "import time\ntime.time, time.sleep = None, None"),
    "clock as a parameter": ("patch", "import time\ndef f(m): m.perf_counter = None\nf(time)"),
    "clock by its type": ("patch", "import time\ntype(time).__setattr__(time, 'time', None)"),
    "import hook": ("patch", "import sys\nsys.meta_path.insert(0, None)"),
    # looking at the harness
    "pytest variable": ("harness", 'import os\nfast = "PYTEST_CURRENT_TEST" in os.environ'),
    "put together": ("harness", 'import os\nfast = os.getenv("PYTEST" + "_CURRENT" + "_TEST")'),
    "prefix of variables": ("harness", 'import os\nfast = any(k[:6] == "PYTEST" for k in os.environ)'),
    "strop variable": ("harness", "import os\nx = os.environ['STROP_OUTPUT']"),
    "loaded pytest": ("harness", 'import sys\nif "pytest" in sys.modules: pass'),
    "all modules": ("harness", "import sys\nfor name in list(sys.modules): pass"),
    "arguments": ("harness", 'import sys\nif any("bench" in a for a in sys.argv): pass'),
    "main": ("harness", "import __main__\nx = __main__.__file__"),
    "main by modules": ("harness", 'import sys\nx = sys.modules["__main__"].answers'),
    "tests": ("harness", "import importlib\nm = importlib.import_module('test_shared')"),
    "command line of the process": ("harness", 'x = open("/proc/self/cmdline").read()'),
    # writing
    "memo file": ("write", 'import pickle\ndef f(x): pickle.dump(x, open("/tmp/memo", "wb"))'),
    "home": ("write", 'import os\nopen(os.path.expanduser("~/.memo"), "a")'),
    "path": ("write", 'from pathlib import Path\nP = Path("/dev/shm") / "x"\ndef f(): P.write_text("1")'),
    "temporary": ("write", "import tempfile, os\nP = os.path.join(tempfile.gettempdir(), 'x')"),
    "parent": ("write", 'open("../memo", mode="w")'),
    "descriptor": ("write", 'import os\nos.open("/var/x", os.O_CREAT | os.O_WRONLY)'),
    "array": ("write", 'import numpy as np\nnp.save("/tmp/x.npy", [1])'),
    # ending, detaching
    "exit": ("exit", "import os\nos._exit(0)"),
    "exit under another name": ("exit", "from posix import _exit as stop\nstop(0)"),
    "kill": ("exit", "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)"),
    "handler": ("exit", "import signal\nsignal.signal(signal.SIGALRM, f)"),
    "at exit": ("exit", "import atexit\n@atexit.register\ndef f(): pass"),
    "fork": ("detached", "import os\nif os.fork() == 0: pass"),
    "session": ("detached", "import subprocess as s\ns.Popen(['x'], start_new_session=True)"),
    # code made at run time, network
    "eval": ("dynamic", "def f(x): return eval(x)"),
    "exec": ("dynamic", "import zlib, base64\nexec(zlib.decompress(base64.b64decode(b'eJw=')))"),
    "marshal": ("dynamic", "import marshal\nf = marshal.loads(data)"),
    "hidden builtins": ("dynamic", '__builtins__["ev" + "al"]("1")'),
    "getattr at run time": ("dynamic", "import sys\ndef f(n): return getattr(sys, n)"),
    "code object": ("dynamic", "def f(): pass\ndef g(): f.__code__ = h.__code__"),
    "import at run time": ("dynamic", "def f(n): return __import__(n)"),
    "a pickle for code": ("dynamic", "import pickle\npickle.loads(b'cos\\nsystem\\n.')"),
    "shadowed in vain": ("dynamic", "if 0:\n    def eval(x): pass\nx = eval(input())"),
    "an attribute as the target of a loop": ("patch", "import json\n[0 for json.dump in [max]]"),
    "the same, awaited": ("patch", "import json\nasync def f(x):\n    async for json.dump in x: pass"),
    "a module under a name that had another value": (
        "patch",
        "import json\nm = None\nm = json\nm.dump = max",
    ),
    "a module as a parameter": ("patch", "import json\ndef f(m): m.dump = max\nf(json)"),
    "setattr as a value": (
        "patch",
        "import json, functools\nfunctools.partial(setattr, json, 'dump', max)()",
    ),
    "a text that is another one later": (
        "dynamic",
        "SAFE = 'pass'\ndef f(data):\n    code = SAFE\n    code = data\n    exec(code)",
    ),
    "code in a comment": ("patch", "# coding: raw_unicode_escape\n# \\u000aimport json; json.dump = max\n"),
    "the same behind a mark": ("exit", "\ufeffimport os\nos._exit(0)"),
    "exec of a literal": ("exit", 'exec("import os; os._exit(0)")'),
    "socket": ("network", "import socket\ns = socket.socket()"),
    "address": ("network", "from urllib.request import urlopen"),
}


@pytest.mark.parametrize("name", DISHONEST)
def test_dishonest_code_is_refused(name: str) -> None:
    rule, code = DISHONEST[name]
    refused = [f for f in findings(code) if f.refuse]
    assert rule in {f.rule for f in refused}, refused
    assert all(f.rule in RULES and f.message.endswith(".") and ";" in f.message for f in refused)


HONEST = {
    "set": "def shared(left, right):\n    right = set(right)\n    return [n for n in left if n in right]",
    "cache": "import functools\n@functools.lru_cache(maxsize=None)\ndef f(x): return x * x",
    "table": "SQUARES = {}\ndef f(x):\n    if x not in SQUARES: SQUARES[x] = x * x\n    return SQUARES[x]",
    "threads": "import threading\ndef f(g):\n    t = threading.Thread(target=g)\n    t.start(); t.join()",
    "pool": "from concurrent.futures import ThreadPoolExecutor\ndef f(g, x):\n"
    "    with ThreadPoolExecutor(4) as pool: return list(pool.map(g, x))",
    "lazy import": "def f(x):\n    import json\n    return json.dumps(x)",
    "lazy package": "import importlib\ndef __getattr__(name):\n"
    "    return importlib.import_module(f'.{name}', __name__)",
    "optional import": "import sys\ndef f(x):\n    if 'numpy' in sys.modules:\n        import numpy",
    "early exit": "def f(x):\n    for y in x:\n        if y: return y\n    return None",
    "setting": 'import os\nWORKERS = int(os.environ.get("WORKERS", "4"))\nN = os.getenv("OMP_NUM_THREADS")',
    "context manager": "import contextlib\n@contextlib.contextmanager\ndef f():\n    yield 1",
    "functools": "from functools import partial, reduce, wraps\ndef f(g):\n    @wraps(g)\n"
    "    def h(*a): return g(*a)\n    return h",
    "re-export": "from pkg.config import DEBUG as DEBUG\nfrom . import config\n__all__ = ['DEBUG', 'config']",
    "numpy": "import numpy as np\ndef f(x):\n    a = np.asarray(x)\n    a[a < 0] = 0\n    return a.sum()",
    "reading": 'def f():\n    with open("data/words.txt", encoding="utf-8") as file: return file.read()',
    "reading outside": 'def f():\n    with open("/usr/share/dict/words") as file: return file.read()',
    "command line": "import sys\ndef main():\n    name = sys.argv[1]\n    print(name)\n    sys.exit(0)",
    "frozen": "class P:\n    def __init__(self, x): object.__setattr__(self, 'x', x)",
    "attribute": "class P:\n    def __init__(self, time):\n        self.time = time\n        time.value = 3",
    "own clock": "class P:\n    def __init__(self, clock): self.monotonic = clock",
    "parameter like a module": "import time\ndef f(time):\n    time.elapsed = 3\n    return time",
    "own module": "from pkg import config\ndef f(): config.DEBUG = True",
    "methods called eval and compile": "import re\ndef f(model, frame):\n    model.eval()\n"
    "    frame.eval('a + b')\n    return re.compile('x')",
    "own eval": "def eval(tree): return tree\ndef f(x): return eval(x)",
    "literal": "import ast\ndef f(x): return ast.literal_eval(x)",
    "unpacking": "import zlib, base64\ndef f(x): return zlib.decompress(base64.b64decode(x))",
    "unpickling": (
        "import pickle\ndef f(path):\n    with open(path, 'rb') as file: return pickle.loads(file.read())"
    ),
    "getattr": (
        "import numpy as np\ndef f(name, x): return getattr(np, name)(x)\ndef g(o, n): return getattr(o, n)"
    ),
    "signature": "import inspect\ndef f(g): return inspect.signature(g)",
    "collector off": "import gc\ndef f():\n    gc.disable()\n    gc.collect()\n    gc.enable()",
    "torch": "import torch\ntorch.backends.cudnn.benchmark = True",
    "local object": "import threading, decimal\nlocal = threading.local()\nlocal.x = 1\n"
    "context = decimal.getcontext()\ncontext.prec = 5",
    "fast output": "import sys, io\ndef main():\n    sys.stdout = io.StringIO()",
    "C extension": "from pkg._kernel import shared\ndef f(x, y): return shared(x, y)",
    "own library": (
        "import ctypes, os\nHERE = os.path.dirname(__file__)\nlib = ctypes.CDLL(os.path.join(HERE, 'k.so'))"
    ),
    "processors": "import os\ndef f(): return len(os.sched_getaffinity(0)) or os.cpu_count()",
    "time": "import time\ndef f():\n    start = time.perf_counter()\n    return time.perf_counter() - start",
    "subprocess": "import subprocess\ndef f(): return subprocess.run(['true'], check=True)",
    "relative file": "def f(x):\n    with open('out.txt', 'w') as file: file.write(x)",
    "docstring": '"""Set PYTEST_CURRENT_TEST and STROP_X as you like; see /proc/self."""',
    "null": "def f():\n    return open('/dev/null', 'w')",
    "frame of data": (
        "def f(df):\n    df.rename(columns={'a': 'b'})\n    df.query('x > 1')\n    return df.stack()"
    ),
    "a module and a parameter": "import math\ndef f(node, m):\n    node.left = m.sqrt(2)\nf(object(), math)",
    "a question to a module": (
        "import os\ndef f(item):\n    item.name = 'x'\n    return hasattr(os, 'sched_getaffinity')\n"
    ),
    "Huffman coding": "import heapq\n# Huffman coding: build the tree first\nx = 1",
    "star": "from math import *\ndef f(x): return sqrt(x)",
    "traceback": "import traceback\ndef f():\n    try: pass\n    except ValueError: traceback.print_exc()",
    "spool": "import tempfile\ndef f():\n    with tempfile.TemporaryFile() as file: file.write(b'x')",
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_code_is_not_refused(name: str) -> None:
    assert [f for f in findings(HONEST[name]) if f.refuse] == []


def test_what_candidates_can_not_edit_they_can_not_change_at_run_time() -> None:
    texts = {"pkg/core.py": "", "pkg/config.py": ""}
    others = [
        "pkg/core.py",
        "pkg/config.py",
        "pkg/check.py",
        "pkg/tests/helpers.py",
        "pkg/__init__.py",
        "bench.py",
    ]

    def rules(code: str, path: str = "pkg/core.py") -> set[str]:
        found = inspect(Candidate((FileEdit(path, code),)), texts, others=others)
        return {one.rule for one in found if one.refuse}

    for code in (
        "import pkg.check\npkg.check.verify = lambda *a: True",
        "from pkg import check\ncheck.verify = lambda *a: True",
        "from . import check\ncheck.verify = lambda *a: True",
        "from .check import Checker\nChecker.verify = lambda *a: True",
        "import check\ncheck.verify = lambda *a: True",  # whatever folder is the root
    ):
        assert rules(code) == {"patch"}, code
    for code in (
        "from . import config\nconfig.LEVEL = make()",
        "import pkg.config\npkg.config.LEVEL = make()",
        "import config\nconfig.LEVEL = make()",
        "from .check import verify\ndef f(x): return verify(x)",
    ):
        assert rules(code) == set(), code
    # A new module is one's own, also by the name that a script beside it says.
    edits = (
        FileEdit("pkg/fast.py", "TABLE = {}"),
        FileEdit("pkg/core.py", "import fast\nfast.TABLE = make()"),
    )
    assert not [one for one in inspect(Candidate(edits), texts, others=others) if one.refuse]
    # A new file of a library's name makes that library not its own.
    edits = (FileEdit("pkg/numpy.py", ""), FileEdit("pkg/core.py", "import numpy\nnumpy.dot = max"))
    found = inspect(Candidate(edits), texts, others=others)
    assert {one.rule for one in found if one.refuse} == {"patch"}
    assert rules("import bench\nbench.check = max") == {"harness", "patch"}


def test_a_format_of_gigabytes_is_not_tried() -> None:
    assert findings('x = "{:{}}".format("x", 8000000000)\n') == []


MOVED = {
    "moved and indented": BASE.replace("import requests\n", "").replace(
        "    return requests.get(address)",
        "    import requests\n\n    if address:\n        return requests.get(address)",
    ),
    "reordered": BASE.replace("import os\nimport sys\n", "import sys\nimport os\n").replace(
        "def main():\n", "def main():\n    shared([], [])\n"
    ),
}


@pytest.mark.parametrize("name", MOVED)
def test_what_the_base_does_may_stay(name: str) -> None:
    assert findings(MOVED[name], BASE) == []


def test_one_more_of_the_same_is_an_addition_and_named_by_its_line() -> None:
    code = BASE.replace("    found = []\n", "    found = []\n    who = sys._getframe(1)\n")
    assert [(f.line, f.rule, f.path) for f in findings(code, BASE)] == [(10, "frames", "pkg/core.py")]


def test_moving_between_files_is_no_addition() -> None:
    edits = (FileEdit("a.py", ""), FileEdit("b.py", "import os\ndef stop(): os._exit(3)\n"))
    assert inspect(Candidate(edits=edits), {"a.py": "import os\ndef stop(): os._exit(3)\n"}) == []


CACHES = {
    "decorator": "from functools import lru_cache as remember\n@remember\ndef f(x): return x",
    "called": "import functools\ndef f(x): return x\ng = functools.cache(f)",
    "dict": "TABLE = {}\ndef f(x):\n    TABLE[x] = 1",
    "defaultdict": (
        "from collections import defaultdict\nT = defaultdict(list)\ndef f(x): T[x].append(1); T.update({})"
    ),
    "set": "SEEN: set = set()\ndef f(x): SEEN.add(x)",
    "global": "_TABLE = None\ndef f():\n    global _TABLE\n    _TABLE = [1]",
    "class": "class A:\n    known = {}\n    def f(self, x): self.known[x] = 1",
    "class attribute": "class A:\n    @classmethod\n    def f(cls, x): cls.last = x",
    "default": "def f(x, seen={}):\n    seen[x] = 1\n    return seen",
    "function attribute": "def f(x):\n    f.seen[x] = 1\nf.seen = {}",
    "closure": "def make():\n    seen = {}\n    def f(x):\n        seen[x] = 1\n    return f",
    "missing": "class Table(dict):\n    def __missing__(self, key): return 1",
    "name": "_memo = Store()\ndef f(x): return _memo.get(x)",
}


@pytest.mark.parametrize("name", CACHES)
def test_new_caches_are_noted_and_not_refused(name: str) -> None:
    found = findings(CACHES[name])
    assert {(f.rule, f.refuse) for f in found} == {("cache", False)}, found
    assert findings(CACHES[name], textwrap.dedent(CACHES[name])) == []


@pytest.mark.parametrize(
    "code",
    [
        "def f(x):\n    seen = {}\n    seen[x] = 1\n    return seen",
        "NAMES = {'a': 1}\ndef f(x): return NAMES[x]",
        "def f(xs):\n    out = []\n    def visit(x): out.append(x)\n    for x in xs: visit(x)\n    return 1",
        "class A:\n    def __init__(self): self.items = []\n    def f(self, x): self.items.append(x)",
        "TABLE = {}\ndef f(TABLE): TABLE[1] = 2",
        "def f(x, y=()): return y",
    ],
)
def test_what_ends_with_the_call_is_no_cache(code: str) -> None:
    assert findings(code) == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("pkg/core.py", f"KNOWN = {{1: {'x' * 500!r}}}"),
        ("pkg/core.py", "KNOWN = [" + ", ".join(str(n * n) for n in range(150)) + "]"),
        ("pkg/core.py", "BITS = [" + "0, 1, " * 200 + "]"),
        ("src/core.c", "static const int known[] = {" + ", ".join(str(n * n) for n in range(150)) + "};"),
        ("src/core.c", "char known[] = {" + ", ".join("'x'" for _ in range(150)) + "};"),
        ("src/core.go", "var known = `" + "x" * 500 + "`"),
        ("src/core.rs", 'const KNOWN: &str = "' + "x" * 500 + '";'),
        ("pkg/known.json", "[" + ", ".join(str(n * n) for n in range(150)) + "]"),
    ],
)
def test_many_new_constants_are_noted(path: str, code: str) -> None:
    assert [(f.rule, f.line, f.refuse) for f in findings(code, path=path)] == [("table", 1, False)]
    assert findings(code, code, path=path) == []  # they were there before


def test_odd_separators_do_not_hide_what_is_added() -> None:
    base = "import os\n\n\ndef f(x):\n    return x\n"
    table = "KNOWN = [" + ", ".join(str(n * n) for n in range(150)) + "]\n"
    # Each separator would shift the numbers of the lines below by one, to those of old lines.
    for place in range(6):
        added = f"# {chr(12) * place}{chr(0x2028) * place}\n{table}"
        assert [f.rule for f in findings(added + base, base)] == ["table"], place


def test_unrolled_code_and_comments_are_no_table() -> None:
    kernel = "\n".join(
        f"  c[{i}][{j}] += a[{i}] * b[{j}];  // row {i}, 1 2 3" for i in range(16) for j in range(16)
    )
    head = '#include <immintrin.h>\n#include "a_long_name_of_a_header.h"\n/* 1 2 3 4 5\n 6 7 8 9 */\n'
    assert findings(f"{head}void kernel(void) {{\n{kernel}\n}}\n", path="src/core.c") == []


@pytest.mark.parametrize(
    ("path", "added"),
    [
        ("core.py", "if len(d) == 1000 and d[0] == 17: return 838596693108\n"),
        ("core.py", "TOTAL = -838_596_693_108.0\n"),
        ("core.py", "TOTAL = int('838596693108')\n"),
        ("core.py", "RATE = 0.12345678901\n"),  # more digits than are printed
        ("core.py", "DIGEST = b'9f86d081884c7d65'\n"),
        ("core.c", "if (n == 1000) return 838596693108;\n"),
        ("core.json", '{"total": 838596693108}\n'),
    ],
)
def test_a_constant_that_is_printed_may_be_looked_up(path: str, added: str) -> None:
    printed = [b"total=838596693108 rate 0.1234568\n", b"sha 9f86d081884c7d65 in 100000 rows of 1.5e3\n"]
    base = "x = 1\n"
    candidate = Candidate(edits=(FileEdit(path, base + added),))
    assert [(f.rule, f.line, f.refuse) for f in inspect(candidate, {path: base}, results=printed)] == [
        ("result", 2, False)
    ]
    assert inspect(candidate, {path: base}) == inspect(candidate, {path: base}, results=[b"ok\n"]) == []
    moved = Candidate(edits=(FileEdit(path, f"{added}y = 2\n" if path == "core.py" else added + added),))
    assert inspect(moved, {path: base + added}, results=printed) == []  # the base has it


@pytest.mark.parametrize("literal", ["'\\ud800'", "'" + "1" * 200_000 + "x'", "b'\\xff'", "'\x0c'"])
def test_odd_constants_are_looked_at_in_no_time(literal: str) -> None:
    printed = [b"838596693108 " + b"9" * 100_000 + b"x"]
    candidate = Candidate(edits=(FileEdit("core.py", f"A = {literal}\n"),))
    found = inspect(candidate, {"core.py": ""}, results=printed)
    assert [f for f in found if f.rule != "table"] == []


def test_usual_constants_are_no_results() -> None:
    printed = [b"100000 rows, 1.5e3, 42, 1024 of 65536 bytes, 0.001, kernel2\n"]
    code = (
        "SIZE = 100000\nA = (42, 1024, 1.5e3, 0.001)\nNAME = 'kernel2'\nPAGE = 65536\nHUGE = 0x"
        + "f" * 300
        + "\n"
    )
    found = inspect(Candidate(edits=(FileEdit("core.py", code),)), {"core.py": ""}, results=printed)
    assert [f for f in found if f.rule != "table"] == []


def test_names_of_fields_are_no_table() -> None:
    names = [f"{first}ield {second}olumn" for first in "fyw" for second in "scd"]
    code = "".join(f"a = row['{name}']\n" for name in names * 5)
    assert sum(map(len, names)) * 5 > 400 and findings(code) == []
    many = "".join(f"a = row['{chr(97 + n // 26)}{chr(97 + n % 26)} of a column']\n" for n in range(60))
    assert [f.rule for f in findings(many)] == ["table"]  # a table in disguise


def test_docstrings_are_no_table() -> None:
    words = "w" * 400
    assert findings(f'"""{words}"""\n\n\ndef f(x):\n    """{words}"""\n    return x + 1\n') == []


def test_a_cache_moved_to_another_function_is_new() -> None:
    base = "from functools import cache\n@cache\ndef f(x): return x\ndef g(x): return x\n"
    moved = "from functools import cache\ndef f(x): return x\n@cache\ndef g(x): return x\n"
    assert [f.message.split(" is ")[0] for f in findings(moved, base)] == ["a cache of g"]


def test_a_job_may_permit_rules() -> None:
    code = "import ctypes, os\n@keep\ndef f():\n    os._exit(0)\n    ctypes.CDLL(None)"
    assert {f.rule for f in findings(code)} == {"ctypes", "exit"}
    assert {f.rule for f in findings(code, allow=("ctypes",))} == {"exit"}
    noted = findings("import functools\n@functools.cache\ndef f(x): return x", allow=("cache",))
    assert [f.rule for f in noted] == ["cache"]
    with pytest.raises(ConfigError, match=r"verify.allow: unknown rule 'ctype'; known: cache, ctypes"):
        findings("", allow=("ctype",))


NATIVE = {
    "native": "int clock_gettime(clockid_t id, struct timespec *t) {",
    "ctypes": "void *self = dlopen(NULL, RTLD_NOW);",
    "detached": "if (fork() == 0) work();",
    "exit": "_exit(0);",
    "network": "int s = socket(AF_INET, SOCK_STREAM, 0);",
    "harness": 'if (getenv("PYTEST_CURRENT_TEST")) return 0;',
    "write": 'FILE *f = fopen("/tmp/memo", "w");',
}


@pytest.mark.parametrize("rule", NATIVE)
def test_other_languages_by_patterns(rule: str) -> None:
    base = "int main(void) {\n  return 0;\n}\n"
    found = findings(base + NATIVE[rule] + "\n", base, path="main.c")
    assert [(f.line, f.rule, f.refuse) for f in found] == [(4, rule, True)]
    assert findings("// moved\n" + base + NATIVE[rule], base + NATIVE[rule], path="main.c") == []


@pytest.mark.parametrize(
    "line",
    [
        "clock_gettime(CLOCK_MONOTONIC, &t);",
        "double seconds = clock() / 1e6;",
        'FILE *f = fopen("data.txt", "r");',
        "static int table[256]; table[i] = x;",
        "pool_fork_join(tasks);",
        "let exit_code = run();",
        "controller.abort();",
        "xhr->abort();",
        "  if (!buffer) abort();",  # that is a failure, and no way to pass
        "left.fork();",
        "task->fork();",
        "if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0) {",
        "while (times(&now) < end) {",
        "_.times(n, function (i) {",
        "fn times(n: u32) {",
    ],
)
def test_honest_lines_of_other_languages(line: str) -> None:
    assert findings(line, path="main.c") == []


@pytest.mark.parametrize(
    "line",
    [
        "uint64_t clock(void) {",
        "let id = unsafe { libc.fork() };",
        "Process.daemon()",
        "Kernel.fork()",
        "int clock_gettime(clockid_t (id), struct timespec *t) {",
        "int gettimeofday(struct timeval *t, void *z) throw() {",
        "clock_t clock(void) {",
        "static long times(struct tms *b) {",
    ],
)
def test_dishonest_lines_of_other_languages(line: str) -> None:
    assert [f.refuse for f in findings(line + "\n", path="main.c")] == [True]


def test_python_that_cannot_be_read_is_refused_unless_the_base_could_not_either() -> None:
    assert [(f.rule, f.refuse) for f in findings("def f(:\n")] == [("unreadable", True)]
    assert findings("print 'x'\nprint 'y'\n", "print 'x'\n") == []
    deep = "x = " + "(" * 5000 + "1" + ")" * 5000
    assert [f.rule for f in findings(deep)] == ["unreadable"]


@pytest.mark.parametrize(
    "code",
    [
        "\n".join(["a0 = 'x' + 'y'"] + [f"a{n + 1} = a{n} + a{n}" for n in range(60)] + ["getattr(o, a60)"]),
        "x = '%0999999999d' % 1\ny = '{:>999999999}'.format('x')",
        "a = b\nb = a\na.x = 1\n" + "c = c or c\nc.x = 1",
        "x = " + " + ".join(["'a'"] * 900),
    ],
)
def test_texts_made_to_exhaust_the_gate_do_not(code: str) -> None:
    assert [f for f in findings(code) if f.rule != "table"] == []


def test_deleting_a_file_adds_nothing() -> None:
    assert inspect(Candidate(edits=(FileEdit("a.py", None),)), {"a.py": "import os\nos._exit(1)\n"}) == []
