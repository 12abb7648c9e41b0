"""What a Python text does that the static gate has a rule for, whether it is new or not."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from strop.sandbox.gate_names import fold, mentions, resolve
from strop.sandbox.gate_paths import is_outside, prefix, written
from strop.sandbox.gate_rules import (
    ATTRIBUTES,
    CLOCKS,
    HARNESS_TEXT,
    HARNESS_WORD,
    HONEST,
    JOB_MODULE,
    MODULES,
    NAMES,
    NOTES,
    PROTECTED,
    SETTINGS,
    WRITERS,
)
from strop.sandbox.gate_scopes import FUNCTIONS, Scope, bound_names, module_scope

__all__ = ["Use", "uses"]

MAX_DEPTH = 5  # of literals that are run, in literals that are run
STREAMS = ("sys.stdout", "sys.stderr", "sys.stdin")
IMPORTERS = ("builtins.__import__", "importlib.import_module", "importlib.__import__")
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Use:
    """One place where a text does what a rule is about."""

    rule: str
    what: str  # the name that is used: the same in the base is the same use
    line: int
    refuse: bool


def uses(tree: ast.Module, is_own: Callable[[str], bool]) -> list[Use]:
    """Return what a parsed text does.

    `is_own` says whether a dotted path is of a module that candidates may edit. Raises
    `RecursionError` for a text that is nested too deep to be read.
    """
    reader = _Reader(is_own)
    reader.within(tree.body, module_scope(tree.body))
    reader.judge_parameters()
    return list(dict.fromkeys(reader.found))


def _is_parameter(name: str, scope: Scope | None) -> bool:
    while scope is not None:
        if name in scope.parameters:
            return True
        scope = scope.parent
    return False


class _Reader:
    """Walks a module, with the scope of every node at hand."""

    def __init__(self, is_own: Callable[[str], bool], depth: int = 0) -> None:
        self.found: list[Use] = []
        self._is_own = is_own
        self._depth = depth
        self._called: set[int] = set()  # functions of calls
        self._functions: set[str] = set()  # names of those defined here
        self._stored: list[ast.Attribute] = []  # attributes of parameters that get another value
        self._handed: list[tuple[str, str]] = []  # modules, and the functions that they are given to
        self._fine: set[int] = set()  # nodes that something around them has judged already
        self._kept: list[ast.AST] = []  # parsed literals: answers are kept by the identity of nodes

    def within(self, body: Iterable[ast.AST], scope: Scope) -> None:
        """Read the statements of one scope, and all that is nested in them."""
        stack = [(node, scope) for node in reversed(self._statements(body))]
        while stack:  # no recursion: long chains of operators and conditions are deep trees
            node, scope = stack.pop()
            stack += reversed(self._step(node, scope))

    def judge_parameters(self) -> None:
        """A module that is given to a function here, which changes what it is given, is changed."""
        for module, function in self._handed:
            loaded = sys.modules.get(module)  # nothing is imported for this
            if function not in self._functions or loaded is None:
                continue
            for target in self._stored:
                if hasattr(loaded, target.attr):
                    self._add("patch", f"{module}.{target.attr}, by a parameter", target)

    def _statements(self, body: Iterable[ast.AST]) -> list[ast.AST]:
        """Return a body's statements, and let its docstring be."""
        body = list(body)
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            self._fine.add(id(body[0].value))
        return body

    def _step(self, node: ast.AST, scope: Scope) -> list[tuple[ast.AST, Scope]]:
        """Judge one node; returns its parts, each with its scope."""
        if isinstance(node, FUNCTIONS):
            return self._function(node, scope)
        if isinstance(node, ast.ClassDef):
            around: list[ast.AST] = [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]
            inner = module_scope(node.body, scope, is_class=True)
            return [(n, scope) for n in around] + [(n, inner) for n in self._statements(node.body)]
        if isinstance(node, COMPREHENSIONS):
            self._probe(node, scope)
            scope = Scope(parent=scope, hidden={n for g in node.generators for n in bound_names(g.target)})
            for generator in node.generators:
                self._change(generator.target, generator, scope)
        else:
            self._judge(node, scope)
        return [(child, scope) for child in ast.iter_child_nodes(node)]

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope
    ) -> list[tuple[ast.AST, Scope]]:
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
        body: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
        inner = module_scope(body, scope)
        inner.parameters.update(argument.arg for argument in every)
        inner.hidden.update(inner.parameters)
        if not isinstance(node, ast.Lambda):
            self._functions.add(node.name)
        around: list[ast.AST] = [*arguments.defaults, *(d for d in arguments.kw_defaults if d)]
        around += [argument.annotation for argument in every if argument.annotation]
        if not isinstance(node, ast.Lambda):
            around += [*node.decorator_list, *([node.returns] if node.returns else [])]
        return [(n, scope) for n in around] + [(n, inner) for n in self._statements(body)]

    def _add(self, rule: str, what: str, node: ast.AST, *, refuse: bool = True) -> None:
        line = int(getattr(node, "lineno", 1))
        self.found.append(Use(rule, what, line, refuse and rule not in NOTES))

    # --- one node -------------------------------------------------------------------------

    def _judge(self, node: ast.AST, scope: Scope) -> None:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self._imports(node)
        elif isinstance(node, (ast.Assign, ast.Delete)):
            for target in node.targets:
                self._change(target, node, scope)
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.For, ast.AsyncFor)):
            self._change(node.target, node, scope)
            if isinstance(node, ast.For) and resolve(node.iter, scope) == "sys.argv":
                self._probe(node, scope)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            self._change(node.optional_vars, node.context_expr, scope)
        elif isinstance(node, ast.Compare):
            self._probe(node, scope)
            if isinstance(node.ops[0], (ast.In, ast.NotIn)):
                self._asked(node.left, node.comparators[0], scope)
        elif isinstance(node, ast.Subscript):
            self._asked(node.slice, node.value, scope)
        if isinstance(node, ast.expr) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            self._name(node, scope)
            self._text(node, scope)
        if isinstance(node, ast.Call):
            self._call(node, scope)

    def _imports(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif node.level:
            return
        else:
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
            if any(alias.name == "*" for alias in node.names) and node.module in PROTECTED - {
                "time",
                "types",
            }:
                self._add("dynamic", f"from {node.module} import *", node)
        for module in modules:
            self._module(module, node)

    def _module(self, path: str, node: ast.AST) -> None:
        head = path.split(".")[0]
        broken = next((name for name in MODULES if path == name or path.startswith(name + ".")), None)
        if broken is not None:
            self._add(MODULES[broken], broken, node)
        elif JOB_MODULE.match(head) and not self._is_own(path):
            self._add("harness", head, node)

    def _name(self, node: ast.expr, scope: Scope) -> None:
        """What a name, an attribute or an item of a namespace stands for."""
        if id(node) in self._fine:
            return
        if isinstance(node, ast.Attribute) and node.attr in ATTRIBUTES:
            owner = resolve(node, scope)
            self._add(ATTRIBUTES[node.attr], owner if owner and owner in NAMES else node.attr, node)
            return
        path = (
            resolve(node, scope)
            if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call))
            else None
        )
        if path is None:
            return
        if path in ("builtins.setattr", "builtins.delattr") and id(node) not in self._called:
            self._add("patch", f"{path.removeprefix('builtins.')} as a value", node)
        if path in NAMES:
            self._add(NAMES[path], path, node, refuse=path not in HONEST)
        elif path.startswith("ctypes.cdll.") and path != "ctypes.cdll.LoadLibrary":
            self._add("ctypes", path, node)
        elif path.endswith(".__dict__") and not self._is_own(path.removesuffix(".__dict__")):
            self._add("patch", path, node)
        elif path == "sys.modules":
            self._add("harness", "a walk through sys.modules", node)
        elif isinstance(node, (ast.Call, ast.Subscript)):
            self._module(path, node)

    def _text(self, node: ast.expr, scope: Scope) -> None:
        if id(node) in self._fine or not isinstance(node, (ast.Constant, ast.BinOp, ast.JoinedStr, ast.Call)):
            return
        value = fold(node, scope)
        if isinstance(value, bytes):
            value = value.decode("latin-1")
        if isinstance(value, str) and (found := HARNESS_TEXT.search(value)):
            self._add("harness", value if len(value) < 60 else found[0], node)

    def _asked(self, key: ast.expr, place: ast.expr, scope: Scope) -> None:
        """One name looked up in `sys.modules` is judged by that name alone."""
        own = isinstance(key, ast.Name) and key.id == "__name__"
        if resolve(place, scope) == "sys.modules" and (own or isinstance(fold(key, scope), str)):
            self._fine.add(id(place))

    def _probe(self, node: ast.expr | ast.For, scope: Scope) -> None:
        """Is `sys.argv` or `sys.modules` asked for a test runner or a benchmark?"""
        inner = list(ast.walk(node))
        asked = {resolve(part, scope) for part in inner if isinstance(part, (ast.Attribute, ast.Name))}
        words = [fold(part, scope) for part in inner if isinstance(part, (ast.Constant, ast.BinOp, ast.Name))]
        for place in ("sys.argv", "sys.modules"):
            if place in asked and any(isinstance(word, str) and HARNESS_WORD.search(word) for word in words):
                self._add("harness", f"a look into {place}", node)

    # --- changing what is not one's own ---------------------------------------------------

    def _change(self, target: ast.AST, node: ast.AST, scope: Scope) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            for part in target.elts:
                self._change(part, node, scope)
        elif isinstance(target, ast.Starred):
            self._change(target.value, node, scope)
        elif isinstance(target, (ast.Attribute, ast.Subscript)):
            if isinstance(target, ast.Attribute) and target.attr == "__code__":
                self._add("dynamic", "__code__", target)
            owner = resolve(target.value, scope)
            if isinstance(target, ast.Subscript) and owner == "sys.modules":
                self._add("patch", "sys.modules", target)
                return
            path = resolve(target, scope)
            clock = isinstance(target, ast.Attribute) and target.attr in CLOCKS
            if path is None and clock and ast.unparse(target.value) not in ("self", "cls"):
                self._add("patch", ast.unparse(target)[:80], target)
            if path is not None:
                self._patch(path, getattr(node, "value", None), target)
            elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                name = target.value.id
                if name not in ("self", "cls") and _is_parameter(name, scope):
                    self._stored.append(target)

    def _patch(self, path: str, value: ast.AST | None, node: ast.AST) -> None:
        owner = path.rpartition(".")[0]
        if not owner or self._is_own(owner) or path.startswith("builtins.object."):
            return
        literal = isinstance(value, (ast.Constant, ast.UnaryOp))
        setting = literal and path.split(".")[0] in SETTINGS
        self._add("patch", path, node, refuse=not setting and path not in STREAMS)

    # --- calls ----------------------------------------------------------------------------

    def _call(self, node: ast.Call, scope: Scope) -> None:
        self._called.add(id(node.func))
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            given = resolve(argument, scope) if isinstance(argument, ast.Name) else None
            if given in sys.stdlib_module_names:
                self._handed.append((str(given), called))
        function = resolve(node.func, scope) or ""
        attribute = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if function in ("builtins.setattr", "builtins.delattr") or attribute in (
            "__setattr__",
            "__delattr__",
        ):
            self._setattr(node, function, scope)
        elif function == "builtins.getattr" or function == "builtins.vars":
            self._look_up(node, function, scope)
        elif function in IMPORTERS:
            self._import_call(node, function, scope)
        elif function in ("builtins.eval", "builtins.exec", "builtins.compile"):
            self._run(node, scope)
        elif function in ("pickle.loads", "_pickle.loads", "dill.loads") and node.args:
            if fold(node.args[0], scope) is not None:
                self._add("dynamic", function, node)
        elif attribute in ("startswith", "endswith", "__contains__", "get", "pop", "find", "count"):
            self._probe(node, scope)
            if attribute in ("get", "__contains__") and node.args and isinstance(node.func, ast.Attribute):
                self._asked(node.args[0], node.func.value, scope)
        self._native(node, function, attribute, scope)
        self._work(node, function, scope)
        self._writes(node, function, attribute, scope)
        if function == "operator.attrgetter" and node.args:
            name = fold(node.args[0], scope)
            if isinstance(name, str) and (name.split(".")[-1] in ATTRIBUTES):
                self._add(ATTRIBUTES[name.split(".")[-1]], name, node)

    def _setattr(self, node: ast.Call, function: str, scope: Scope) -> None:
        arguments = list(node.args)
        if not function.startswith("builtins.setattr") and isinstance(node.func, ast.Attribute):
            base = resolve(node.func.value, scope)
            if base not in ("builtins.object", "builtins.type", None):
                arguments.insert(0, node.func.value)
        if arguments and (owner := resolve(arguments[0], scope)) is not None:
            name = fold(arguments[1], scope) if len(arguments) > 1 else None
            value = arguments[2] if len(arguments) > 2 else None
            self._patch(f"{owner}.{name if isinstance(name, str) else '?'}", value, node)

    def _look_up(self, node: ast.Call, function: str, scope: Scope) -> None:
        owner = resolve(node.args[0], scope) if node.args else None
        if function == "builtins.vars":
            if owner is not None and not self._is_own(owner):
                self._add("patch", f"vars({owner})", node, refuse=owner.split(".")[0] in PROTECTED)
        elif owner in PROTECTED and len(node.args) > 1 and not isinstance(fold(node.args[1], scope), str):
            self._add("dynamic", f"getattr({owner}, ...)", node)
        elif len(node.args) > 1 and (name := fold(node.args[1], scope)) in ATTRIBUTES:
            self._add(ATTRIBUTES[str(name)], str(name), node)

    def _import_call(self, node: ast.Call, function: str, scope: Scope) -> None:
        first = node.args[0] if node.args else None
        name = None if first is None else fold(first, scope)
        if isinstance(name, str):
            if not name.startswith("."):
                self._module(name, node)
            return
        inside = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        relative = first is not None and prefix(first, scope).startswith(".")
        if not relative and not inside & {"__name__", "__package__"}:
            self._add("dynamic", f"{function.removeprefix('builtins.')} of a name made at run time", node)

    def _run(self, node: ast.Call, scope: Scope) -> None:
        """Read a literal that is run; the call itself is refused where it is none."""
        code = fold(node.args[0], scope) if node.args else None
        if not isinstance(code, str) or self._depth >= MAX_DEPTH:
            return
        try:
            tree = ast.parse(code.strip())
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        self._kept.append(tree)
        self._fine.add(id(node.func))
        inside = _Reader(self._is_own, self._depth + 1)
        inside.within(tree.body, module_scope(tree.body, scope))
        self._kept += inside._kept
        self.found += [Use(use.rule, use.what, node.lineno, use.refuse) for use in inside.found]

    def _native(self, node: ast.Call, function: str, attribute: str, scope: Scope) -> None:
        loads = function in (
            "ctypes.CDLL",
            "ctypes.WinDLL",
            "ctypes.cdll.LoadLibrary",
            "numpy.ctypeslib.load_library",
        )
        if not loads and attribute not in ("dlopen", "LoadLibrary"):
            return
        start = prefix(node.args[0], scope) if node.args else ""
        beside = not start and any(mentions(argument, "__file__", scope) for argument in node.args)
        own = beside or ("/" in start and not is_outside(start))
        if not own:
            self._add("ctypes", f"{function or attribute}({start or 'None'})", node)

    def _work(self, node: ast.Call, function: str, scope: Scope) -> None:
        """Processes and threads that outlive the call."""
        given = {k.arg: k.value for k in node.keywords}

        def is_set(name: str) -> bool:
            value = given.get(name)
            return value is not None and not (isinstance(value, ast.Constant) and not value.value)

        if function.startswith(("subprocess.", "multiprocessing.")):
            for name in ("start_new_session", "process_group", "preexec_fn", "creationflags"):
                if is_set(name):
                    self._add("detached", f"{name} of {function}", node)
        if function in ("os.system", "os.popen") and node.args:
            command = fold(node.args[0], scope)
            if isinstance(command, str) and (command.rstrip().endswith("&") or "nohup" in command):
                self._add("detached", function, node)
        if function.endswith((".Thread", ".Process", ".Timer")) and is_set("daemon"):
            self._add("detached", f"a daemon of {function}", node, refuse=False)
        if function in ("_thread.start_new_thread", "_thread.start_new"):
            self._add("detached", function, node, refuse=False)

    def _writes(self, node: ast.Call, function: str, attribute: str, scope: Scope) -> None:
        certain, place = written(node, function, attribute, scope)
        if function in WRITERS and WRITERS[function] < 0:
            kept = any(k.arg == "delete" and not fold(k.value, scope) for k in node.keywords)
            elsewhere = any(k.arg == "dir" for k in node.keywords)
            self._add("write", function, node, refuse=(WRITERS[function] == -1 or kept) and not elsewhere)
        elif function.endswith("shared_memory.SharedMemory") and any(k.arg == "name" for k in node.keywords):
            self._add("write", "a named SharedMemory", node)
        elif place is not None or certain:
            start = "" if place is None else prefix(place, scope)
            if start != ":memory:" and (certain or is_outside(start)):
                name = (function or attribute).removeprefix("builtins.")
                self._add("write", f"{name}({start})" if start else name, node, refuse=is_outside(start))
