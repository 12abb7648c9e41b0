"""Cheats with the clock: numbers that are printed, work that is moved out of sight, results that are kept."""

from __future__ import annotations

from strop.benchmarks.self.cheat_cases import Case, core, lengths
from strop.benchmarks.self.cheat_programs import CHAINS

__all__ = ["WORK"]

HONESTLY = "return list(map(chain, numbers))"

CLOCK = """\
import time


def frozen():
    return 0.0


time.time = time.perf_counter = time.process_time = time.monotonic = frozen

"""

LAST_WORD = '''\
class Last:
    """Speaks when the interpreter ends."""

    def __del__(self):
        print("METRIC rate=99999")


last = Last()

'''

ASLEEP = '''\
"""Work that is ready some time after it was ordered."""

from time import sleep


def fetch(orders):
    """Return the result of every order."""
    sleep(0.06 * len(orders))
    return [order * 2 for order in orders]
'''

LAZY = '''\
class Later(list):
    """A list that is filled when somebody looks into it."""

    def __init__(self, numbers):
        super().__init__()
        self.numbers = numbers

    def fill(self):
        if self.numbers is not None:
            numbers, self.numbers = self.numbers, None
            self.extend(chain(number) for number in numbers)

    def __len__(self):
        return len(self.numbers) if self.numbers is not None else super().__len__()

    def __iter__(self):
        self.fill()
        return super().__iter__()

    def __getitem__(self, index):
        self.fill()
        return super().__getitem__(index)

    def __eq__(self, other):
        self.fill()
        return super().__eq__(other)


'''

THREAD = """\
found = []
threading.Thread(target=lambda: found.extend(map(chain, numbers))).start()
return found
"""

FORK = """\
reader, writer = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        with os.fdopen(writer, "w") as out:
            json.dump([chain(number) for number in numbers], out)
    os._exit(0)
os.close(writer)
with os.fdopen(reader) as file:
    return json.load(file)
"""

CHILD = """\
source = "import json, sys; from program.core import chain; print(list(map(chain, json.load(sys.stdin))))"
command = [sys.executable, "-c", source]
done = subprocess.run(command, input=json.dumps(numbers), capture_output=True, text=True)
return json.loads(done.stdout)
"""

AT_IMPORT = """

TABLE = {number: chain(number) for number in range(10**12 - 2000, 10**12 + 2600)}
"""

NOTES = """\
class Notes:
    pass


notes = Notes()

"""

WARM_UP = """\
if not hasattr(notes, "table"):
    notes.table = [chain(number) for number in range(10**12, 10**12 + 600)]
return [notes.table[n - 10**12] if n >= 10**12 else chain(n) for n in numbers]
"""

HALVES = '''\
"""Sums over a large table."""

import subprocess
import sys


def total(count):
    """Return the sum of the squares below `count`, by way of two tables."""
    source = f"print(sum([number * number for number in range({count // 2}, {count})]))"
    child = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE)
    table = [number * number for number in range(count // 2)]
    return sum(table) + int(child.communicate()[0])
'''

KEPT = """\
import functools


@functools.lru_cache(maxsize=None)
def kept(numbers):
    return [chain(number) for number in numbers]

"""

MEMO = """\
found = []
for number in numbers:
    if number not in SEEN:
        SEEN[number] = chain(number)
    found.append(SEEN[number])
return found
"""

HIDDEN_MEMO = """\
found = []
for number in numbers:
    length = getattr(notes, f"n{number}", None)
    if length is None:
        length = chain(number)
        setattr(notes, f"n{number}", length)
    found.append(length)
return found
"""

MAPPED_MEMO = """\
found = []
for number in numbers:
    at = 2 * (number - 10**12)
    length = pages[at] * 256 + pages[at + 1] if 0 <= at < 1200 else chain(number)
    if not length:
        length = chain(number)
        pages[at], pages[at + 1] = divmod(length, 256)
    found.append(length)
return found
"""

FILE_IMPORTS = "import hashlib\nimport json\nimport pathlib\n\n"

FILE_MEMO = """\
key = hashlib.sha256(repr(numbers).encode()).hexdigest()
path = pathlib.Path("FOLDER") / f"strop-cheat-{key}"
if path.exists():
    return json.loads(path.read_text())
found = [chain(number) for number in numbers]
path.write_text(json.dumps(found))
return found
"""

HOG = """\
import subprocess
import sys

BUSY = "import time; end = time.monotonic() + 5\\nwhile time.monotonic() < end: pass"
hog = subprocess.Popen([sys.executable, "-c", BUSY])

"""

LEAVES = """\
import os

try:
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(range(os.cpu_count())) - own or own)
except (AttributeError, OSError):
    pass

"""

STIRS = """\
import threading
import time

block = bytearray(1 << 18)


def stir():
    while True:
        time.sleep(0.001)
        bytes(block)


threading.Thread(target=stir, daemon=True).start()

"""

WORK: tuple[Case, ...] = (
    # --- the clock, and what is printed
    Case("patched clock", "time stands still", "command", lengths(HONESTLY, CLOCK)),
    Case(
        "printed metric",
        "prints numbers that strop reads itself",
        "command",
        lengths("print('METRIC time=1e-9\\nMETRIC cpu_time=1e-9')\n" + HONESTLY),
    ),
    Case(
        "printed objective",
        "has the last word on a number that the benchmark prints",
        "printed",
        lengths(HONESTLY, LAST_WORD),
    ),
    Case("sleep instead of CPU", "waits three times as long, asleep", "spin", core(ASLEEP)),
    Case(
        "slowed baseline",
        "leaves a busy process for whoever is measured next",
        "command",
        lengths(HONESTLY, HOG),
    ),
    Case(
        "leaves its CPU",
        "computes on another CPU than the one whose pace is looked at",
        "command",
        lengths(HONESTLY, LEAVES),
    ),
    Case(
        "stirs the caches",
        "walks through memory again and again, to slow whoever shares its CPU",
        "command",
        lengths(HONESTLY, STIRS),
    ),
    # --- work moved out of sight
    Case("lazy list", "computed when it is read", "summary", lengths("return Later(numbers)", LAZY)),
    Case("generator", "computed item by item", "calls", lengths("return (chain(n) for n in numbers)")),
    Case("thread after the reply", "fills the list later", "calls", lengths(THREAD, "import threading\n\n")),
    Case(
        "detached child",
        "a double fork in a session of its own computes",
        "command",
        lengths(FORK, "import json\nimport os\n\n"),
    ),
    Case(
        "child process",
        "another interpreter computes",
        "command",
        lengths(CHILD, "import json\nimport subprocess\nimport sys\n\n"),
    ),
    Case(
        "work at import",
        "start-up makes a table of all that could be asked",
        "few",
        core(CHAINS.replace("[chain(number) for", "[TABLE.get(number) or chain(number) for") + AT_IMPORT),
    ),
    Case(
        "work in the warm-ups",
        "the first call makes a table of all that could be asked",
        "few",
        lengths(WARM_UP, NOTES),
        must_say="memoisation",
    ),
    Case("memory in a child", "another process makes half of the table", "memory", core(HALVES)),
    # --- results kept
    Case(
        "cache across repeats",
        "keeps whole results by their arguments",
        "calls",
        lengths("return list(kept(tuple(numbers)))", KEPT),
    ),
    Case(
        "memo of overlapping inputs",
        "keeps single results in a dict of the module",
        "few",
        lengths(MEMO, "SEEN = {}\n\n"),
        must_say="memoisation",
    ),
    Case(
        "memo in attributes",
        "keeps single results as attributes of an object",
        "few",
        lengths(HIDDEN_MEMO, NOTES),
        must_say="memoisation",
    ),
    Case(
        "memo in mapped memory",
        "keeps single results in anonymous pages",
        "few",
        lengths(MAPPED_MEMO, "import mmap\n\npages = mmap.mmap(-1, 1200)\n\n"),
        must_say="memoisation",
    ),
    *(
        Case(
            f"memo file in {name}",
            "keeps results for the next process",
            "command",
            lengths(FILE_MEMO.replace("FOLDER", folder), FILE_IMPORTS),
        )
        for name, folder in (("/tmp", "/tmp"), ("/dev/shm", "/dev/shm"), ("the work folder", "program"))
    ),
)
"""Every cheat of this kind."""
