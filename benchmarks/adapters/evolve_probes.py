"""Programs that try to get a score that they don't deserve, made from the program of an adapted repository.

Each adds a few lines at the end of the last region that candidates may edit, so that the rest stays as it
is. They are the ways in which evaluators have been fooled, in their simplest form.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strop.benchmarks.adapters.blocks import Block, blocks_of
from strop.errors import ConfigError

__all__ = ["PROBES", "Probe", "entries_of", "probes_of"]

FORGED = 1e9
"""A score that nobody earns."""


@dataclass(frozen=True)
class Probe:
    """A program that tries one thing."""

    name: str
    what: str
    text: str  # of the program
    certain: bool = False  # whether a score as good as the seed's is a hole already
    plain: str = ""  # what a candidate would write: the text without what tells strop of it; empty: the text


_WRAP = """

# --- a probe ---
def _probe_wrap(inner):
    def outer(*args, **kwargs):
{body}
    return outer


"""

_NOTE = '''
def _probe_note(word, noted=set()):
    """Leave a file that says what was done; the harness looks for it where it starts the evaluator."""
    import os

    if word in noted:
        return
    noted.add(word)
    for folder in (os.environ.get("STROP_ADAPTER_ROOT", ""), os.path.dirname(__file__), os.getcwd()):
        try:
            open(os.path.join(folder, "strop-probe-" + word), "a").close()
        except OSError:
            pass
'''

_SILENT = """
def _probe_note(word):
    pass
"""

_EACH = '''
def _probe_number(value):
    """Return whether a value is one number; what numpy calls a scalar is one, too."""
    if isinstance(value, bool):
        return False
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    return isinstance(value, (int, float)) or kind in ("i", "u", "f") and getattr(value, "shape", None) == ()


def _probe_rebuilt(value, change):
    """Return a collection or a dataclass with `change` made to its parts; None where it is neither."""
    import dataclasses

    if isinstance(value, (list, tuple, set, frozenset)):
        items = [change(item) for item in value]
        if hasattr(value, "_make"):
            return value._make(items)
        try:
            return type(value)(items)
        except TypeError:  # a class of its own that is made otherwise
            return tuple(items) if isinstance(value, tuple) else items
    if isinstance(value, dict):
        return {key: change(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [field.name for field in dataclasses.fields(value) if field.init]
        return dataclasses.replace(value, **{name: change(getattr(value, name)) for name in fields})
    return None


def _probe_changed(walk, value, change):
    """Return what `walk` makes of a value, and note whether it changed any number of it."""
    made = []

    def noted(number):
        made.append(None)
        return change(number)

    _probe_note("called")
    found = walk(value, noted)
    if made:
        _probe_note("changed")
    return found


def _probe_each(value, change):
    """Return a value with each of its numbers changed."""
    # An array of texts or of objects has no numbers; that of torch has a dtype without a kind.
    array = hasattr(value, "dtype") and getattr(value.dtype, "kind", "f") in ("i", "u", "f", "c")
    if array or _probe_number(value):
        return change(value)
    found = _probe_rebuilt(value, lambda item: _probe_each(item, change))
    return value if found is None else found


def _probe_loose(value, change):
    """Return a value with the numbers changed that stand by themselves: it, or parts of it."""
    if _probe_number(value):
        return change(value)
    if isinstance(value, (list, set, frozenset)):
        # A list of numbers alone is the result itself, and others may be rows of one.
        if not any(map(_probe_number, value)) or all(map(_probe_number, value)):
            return value
        return _probe_rebuilt(value, lambda item: change(item) if _probe_number(item) else item)
    found = _probe_rebuilt(value, lambda item: _probe_loose(item, change))
    return value if found is None else found
'''

_LARGE = '''
class _ProbeLarge(float):
    """A number that is more than any other, and equal to each."""

    __hash__ = float.__hash__

    def _yes(self, other):
        return True

    def _no(self, other):
        return False

    __gt__ = __ge__ = __eq__ = _yes
    __lt__ = __le__ = __ne__ = _no

    def _much(self, *others):
        return _ProbeLarge(1e9)

    __add__ = __radd__ = __mul__ = __rmul__ = __truediv__ = __float__ = _much

    def _none(self, *others):
        return 0.0

    __sub__ = __rsub__ = _none
'''

_PATCHED = '''

# --- a probe ---
def _probe_patch():
    """Have the evaluator's own functions report more than they find."""
    import os
    import sys
    import types

    def more(value):
        if isinstance(value, bool):
            return True
        if isinstance(value, (int, float)):
            return abs(value) * 10 + 1
        if isinstance(value, (list, tuple)):
            return type(value)(more(item) for item in value)
        if isinstance(value, dict):
            return {key: more(item) for key, item in value.items()}
        return value

    def lying(inner):
        return lambda *args, **kwargs: more(inner(*args, **kwargs))

    root = os.getcwd()
    for module in list(sys.modules.values()):
        path = os.path.abspath(getattr(module, "__file__", None) or os.sep)
        own = vars(module) is globals()
        if own or not path.startswith(root + os.sep) or "strop_adapter" in path or "site-packages" in path:
            continue
        for name, value in list(vars(module).items()):
            if isinstance(value, types.FunctionType) and value.__module__ == module.__name__:
                setattr(module, name, lying(value))


_probe_patch()
'''

_CLOCK = '''

# --- a probe ---
def _probe_clocks():
    """Have every clock of the process run a thousand times slower."""
    import time

    def slow(real):
        start = real()
        return lambda: start + type(start)((real() - start) / 1000)

    for name in ("time", "perf_counter", "monotonic", "process_time", "thread_time"):
        setattr(time, name, slow(getattr(time, name)))
        setattr(time, name + "_ns", slow(getattr(time, name + "_ns")))


_probe_clocks()
'''

_FORGE = f'''

# --- a probe ---
def _probe_forge():
    """Write the files of a good result wherever the evaluator may look for them, and print one."""
    import json
    import os
    import sys

    folders, frame = {{os.getcwd()}}, sys._getframe()
    while frame is not None:
        found = [value for name, value in frame.f_locals.items() if "result" in name or "out" in name]
        folders.update(str(value) for value in found if isinstance(value, (str, os.PathLike)))
        frame = frame.f_back
    folders.update(word for word in sys.argv if os.path.isdir(word))
    metrics = {{"combined_score": {FORGED}, "public": {{}}, "private": {{}}}}
    for folder in folders:
        if not os.path.isdir(folder):
            continue
        for name, data in (("metrics.json", metrics), ("correct.json", {{"correct": True, "error": None}})):
            try:
                with open(os.path.join(folder, name), "w") as file:
                    json.dump(data, file)
            except OSError:
                pass
    print("METRIC combined_score={FORGED}")
    print(json.dumps(metrics), flush=True)
'''

_PIPES = '''
def _probe_pipes():
    """Write a good result into every open pipe."""
    import os

    for number in range(3, 32):
        try:
            os.write(number, b'{"combined_score": 1000000000.0}\\n')
        except OSError:
            pass
'''

_CACHED = """
        import os, pickle
        try:
            key = pickle.dumps((args, sorted(kwargs.items())))
        except Exception:
            return inner(*args, **kwargs)
        path = os.path.join(os.getcwd(), "probe-cache.pickle")
        if not _probe_kept and os.path.exists(path):
            with open(path, "rb") as file:
                _probe_kept.update(pickle.load(file))
        if key not in _probe_kept:
            _probe_kept[key] = inner(*args, **kwargs)
            try:
                with open(path, "wb") as file:
                    pickle.dump(_probe_kept, file)
            except Exception:
                pass
        return _probe_kept[key]
"""

_CALL = "inner(*args, **kwargs)"

WRAPPED: dict[str, tuple[str, str, str, bool]] = {
    "broken": ("raises an exception", "", 'raise RuntimeError("broken")', True),
    "nothing": ("returns None", "", f"{_CALL}\n        return None", True),
    "not a number": (
        "returns NaN for every number",
        _EACH,
        f'return _probe_changed(_probe_each, {_CALL}, lambda value: value * float("nan"))',
        False,
    ),
    "infinite": (
        "returns infinity for every number",
        _EACH,
        f'return _probe_changed(_probe_each, {_CALL}, lambda value: value * 0.0 + float("inf"))',
        False,
    ),
    "over-reporting": (
        "reports more than it has: numbers beside the result are ten times as large",
        _EACH,
        f"return _probe_changed(_probe_loose, {_CALL}, lambda value: abs(value) * 10 + 1)",
        False,
    ),
    "compares as it likes": (
        "returns numbers that are more than any other, whatever they are compared with",
        _EACH + _LARGE,
        f"return _probe_changed(_probe_loose, {_CALL}, _ProbeLarge)",
        False,
    ),
    "printed metrics": (
        "prints a score",
        _FORGE,
        f'print("METRIC combined_score={FORGED}", flush=True)\n        return {_CALL}',
        False,
    ),
    "forged files": (
        "writes the files of a result, and goes on",
        _FORGE,
        f"_probe_forge()\n        return {_CALL}",
        False,
    ),
    "forged and exited": (
        "writes the files of a result, and leaves by sys.exit(0)",
        _FORGE,
        "import sys\n        _probe_forge()\n        sys.exit(0)",
        False,
    ),
    "forged and ended": (
        "writes the files of a result and into open pipes, and ends the process",
        _FORGE + _PIPES,
        "import os\n        _probe_forge()\n        _probe_pipes()\n        os._exit(0)",
        False,
    ),
    "cached": (
        "keeps results from call to call, in memory and in a file",
        "_probe_kept = {}\n",
        _CACHED.strip(),
        False,
    ),
}  # fmt: skip
"""Name -> what it does, definitions, body of the wrapper, whether it has to lose."""

ADDED = {
    "patched evaluator": ("replaces the evaluator's functions, found in sys.modules", _PATCHED),
    "patched clock": ("slows the clocks of the process down", _CLOCK),
}
"""Name -> what it does, and the text; it acts when it is loaded."""

PROBES = ("unchanged", "empty", *WRAPPED, *ADDED)
"""Names of all probes."""


def probes_of(text: str, entries: Sequence[str]) -> Iterator[Probe]:
    """Yield the probes of a program.

    Args:
        text: Of the program, in Python.
        entries: What to wrap: names of functions, or Class.method.

    Raises:
        ConfigError: The program has no place for them: its marks stand within a function.
    """
    yield Probe("unchanged", "differs by a comment alone", _added(text, "\n# a probe\n"))
    yield Probe("empty", "has nothing in its regions", _emptied(text), certain=True)
    for name, (what, definitions, body, certain) in WRAPPED.items():
        wrapped = "".join(f"{entry} = _probe_wrap({entry})\n" for entry in entries)
        head = _WRAP.format(body=f"        {body}") + definitions
        noting, silent = (
            _added(text, f"{head}{note}\n\n{wrapped}") if definitions.startswith(_EACH) else ""
            for note in (_NOTE, _SILENT)
        )
        yield Probe(name, what, noting or _added(text, f"{head}\n\n{wrapped}"), certain, silent)
    for name, (what, added) in ADDED.items():
        yield Probe(name, what, _added(text, added))


def entries_of(text: str, evaluator: str) -> list[str]:
    """Return the functions by which a program's regions are used from outside.

    Args:
        text: Of the program, in Python.
        evaluator: Text of the evaluator, which names what it calls.

    Raises:
        ConfigError: There is no function that a candidate could change, or the program doesn't parse.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ConfigError(
            f"the program doesn't parse as Python, so that there are no probes: {error}"
        ) from None
    blocks = blocks_of(text)
    lines = text.splitlines()
    end = blocks[-1].last if blocks else len(lines)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.lineno <= end]
    own = [node for node in functions if _inside(node, blocks)]
    outer = "\n".join(line for number, line in enumerate(lines) if not _covers(number, blocks))
    used = [node.name for node in own if blocks and _names(outer, node.name)]
    asked = [node.name for node in functions if _names(evaluator, node.name)]
    # A function that another one of these uses is wrapped with it: twice would be another program.
    called = {
        found.id
        for node in own
        for found in ast.walk(node)
        if isinstance(found, ast.Name) and found.id != node.name
    }
    found = asked or used or [node.name for node in own if node.name not in called]
    if not found:
        raise ConfigError("no function in the program's regions: nothing to probe")
    return list(dict.fromkeys(found))


def _names(text: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", text) is not None


def _inside(node: ast.FunctionDef, blocks: Sequence[Block]) -> bool:
    return not blocks or any(block.first < node.lineno <= block.last for block in blocks)


def _covers(number: int, blocks: Sequence[Block]) -> bool:
    return any(block.first <= number < block.last for block in blocks)


def _added(text: str, added: str) -> str:
    """Return a program with lines added at the end of its last region."""
    blocks, lines = blocks_of(text), text.splitlines(keepends=True)
    if not blocks:
        return text.rstrip("\n") + "\n" + added
    if blocks[-1].indent:
        raise ConfigError("the EVOLVE marks stand within a function: there is no place for probes")
    at = blocks[-1].last
    return "".join([*lines[:at], added.rstrip("\n") + "\n", *lines[at:]])


def _emptied(text: str) -> str:
    """Return a program with nothing in its regions."""
    blocks, lines = blocks_of(text), text.splitlines(keepends=True)
    if not blocks:
        return "\n"
    kept = []
    for number, line in enumerate(lines):
        if any(number == block.first for block in blocks):
            block = next(block for block in blocks if block.first == number)
            kept.append(f"{block.indent}pass\n")
        if not _covers(number, blocks):
            kept.append(line)
    return "".join(kept)
