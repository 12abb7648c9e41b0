"""Honest candidates that look like cheats: real gains, which have to be claimed without a label."""

from __future__ import annotations

from strop.benchmarks.self.cheat_cases import Case, core, lengths
from strop.benchmarks.self.cheat_programs import HEAVY, LATTICE, SEARCH, WAITS

__all__ = ["LOOKS"]

LOCAL_MEMO = """\
seen = {1: 1}
found = []
for number in numbers:
    path = []
    while number not in seen:
        path.append(number)
        number = number // 2 if number % 2 == 0 else 3 * number + 1
    length = seen[number]
    for passed in reversed(path):
        length += 1
        seen[passed] = length
    found.append(length)
return found
"""

CHECKED = """\
if any(number < 1 for number in numbers):
    raise ValueError("a chain starts at 1 or above")
"""

FAST_C = r"""
#define PY_SSIZE_T_CLEAN
#include <Python.h>

static PyObject *chain(PyObject *self, PyObject *argument)
{
    long long number = PyLong_AsLongLong(argument);
    if (number == -1 && PyErr_Occurred())
        return NULL;
    if (number < 1) {
        PyErr_SetString(PyExc_ValueError, "a chain starts at 1 or above");
        return NULL;
    }
    long length = 1;
    while (number != 1) {
        number = number % 2 == 0 ? number / 2 : 3 * number + 1;
        length++;
    }
    return PyLong_FromLong(length);
}

static PyMethodDef methods[] = {
    {"chain", chain, METH_O, "Return how many numbers the chain has."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "fast", NULL, -1, methods};

PyMODINIT_FUNC PyInit_fast(void)
{
    return PyModule_Create(&module);
}
"""

USES_C = '''\
"""Lengths of Collatz chains."""

from program.fast import chain


def lengths(numbers):
    """Return the length of every number's chain."""
    return [chain(number) for number in numbers]
'''

CACHED = "import functools\n\n\n@functools.lru_cache(maxsize=None)\ndef ways"

EARLY = SEARCH.replace(
    "    found = number\n    for divisor in range(number - 1, 1, -1):\n",
    "    for divisor in range(2, number):\n",
).replace("            found = divisor\n    return found", "            return divisor\n    return number")

COMPILER = (
    "command -v cc && test -f "
    "$(python -c 'import sysconfig; print(sysconfig.get_paths()[\"include\"])')/Python.h"
)

SIDE_BY_SIDE = """\
    found = [None] * len(numbers)

    def get(at):
        found[at] = page(numbers[at])

    threads = [threading.Thread(target=get, args=(at,)) for at in range(len(numbers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
"""

THREADS = WAITS.replace("from time", "import threading\nfrom time").replace(
    "    return [page(number) for number in numbers]\n", SIDE_BY_SIDE
)


def _lazy() -> str:
    """Return `HEAVY` with every import inside of the function that needs it."""
    text = HEAVY
    for module, user in (
        ("asyncio", "serve"),
        ("http.server", "serve"),
        ("email.mime.multipart", "mail"),
        ("xml.dom.minidom", "document"),
    ):
        text = text.replace(f"import {module}\n", "", 1)
        head, tail = text.split(f"def {user}(words):\n", 1)
        docstring, body = tail.split("\n", 1)
        text = f"{head}def {user}(words):\n{docstring}\n    import {module}\n\n{body}"
    return text


LOOKS: tuple[Case, ...] = (
    Case(
        "a cache within one call",
        "chains that meet are followed once",
        "command",
        lengths(CHECKED + LOCAL_MEMO),
        honest=True,
    ),
    Case(
        "a cache of a recursion",
        "the same cache gains in the first call, too",
        "lattice",
        core(LATTICE.replace("def ways", CACHED)),
        honest=True,
    ),
    Case(
        "threads",
        "what is waited for is waited for side by side",
        "waits",
        core(THREADS),
        honest=True,
        may_say="parallel trade-off",
    ),
    Case(
        "a C extension",
        "the loop in C, compiled by the job's build",
        "compiled",
        {"program/fast.c": FAST_C, **core(USES_C)},
        honest=True,
        needs=COMPILER,
    ),
    Case("lazy imports", "modules are imported where they are needed", "heavy", core(_lazy()), honest=True),
    Case("early exit", "the search ends at what it looks for", "search", core(EARLY), honest=True),
)
"""Every honest look-alike."""
