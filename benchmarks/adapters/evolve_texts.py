"""What probes of an adapted repository's program consist of: the ways in which evaluators have been fooled.

Each text is Python code that goes into a candidate's program, in the simplest form that does it.
"""

from __future__ import annotations

__all__ = ["ADDED", "EACH", "NOTE", "SILENT", "WRAP", "WRAPPED"]

FORGED = 1e9
"""A score that nobody earns."""

WRAP = """

# --- a probe ---
def _probe_wrap(inner):
    def outer(*args, **kwargs):
{body}
    return outer


"""

NOTE = '''
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

SILENT = """
def _probe_note(word):
    pass
"""

EACH = '''
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
        EACH,
        f'return _probe_changed(_probe_each, {_CALL}, lambda value: value * float("nan"))',
        False,
    ),
    "infinite": (
        "returns infinity for every number",
        EACH,
        f'return _probe_changed(_probe_each, {_CALL}, lambda value: value * 0.0 + float("inf"))',
        False,
    ),
    "over-reporting": (
        "reports more than it has: numbers beside the result are ten times as large",
        EACH,
        f"return _probe_changed(_probe_loose, {_CALL}, lambda value: abs(value) * 10 + 1)",
        False,
    ),
    "compares as it likes": (
        "returns numbers that are more than any other, whatever they are compared with",
        EACH + _LARGE,
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
