"""A commit for every row of a loop becomes one commit after the loop.

Precondition: the connection is a function's own name, bound once by `sqlite3.connect(...)` or annotated
`sqlite3.Connection`; the loop's body ends with `connection.commit()` and has, besides plain assignments
and pure calls, exactly one `connection.execute(...)` of a literal INSERT, UPDATE, DELETE or REPLACE that
resolves no conflict by ROLLBACK, and no `continue`, `break`, `return`, `try` or `with`.

The one commit is in a `finally`, and only where a row was written: when a row fails, those before it
are committed, as before, and sqlite undoes the failed statement by itself.

Residual assumptions: while the loop is at work, nobody reads the rows by another connection or waits
for the database's lock, and the machine does not die (the rows since the start would be lost, not just
the last one); no trigger rolls the transaction back; no constraint is deferred to the commit.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from strop.agents.optimizers.rules.analysis import Code
from strop.agents.optimizers.rules.base import Before, Example, Finally, Match, Rewrite
from strop.agents.optimizers.rules.scopes import Scope

__all__ = ["CommitOnce"]

_WRITES = re.compile(
    r"\s*(INSERT|UPDATE|DELETE|REPLACE)\b(?!.*\b(?:ROLLBACK|FAIL)\b)", re.IGNORECASE | re.DOTALL
)


class CommitOnce:
    """`connection.commit()` at the end of a loop's body moves behind the loop."""

    name = "commit-once"
    summary = "Commits once after a loop that writes rows, not after every row."
    examples = (
        Example(
            "import sqlite3\n\ndef save(db: sqlite3.Connection, rows):\n"
            "    for row in rows:\n"
            "        db.execute('INSERT INTO t VALUES (?)', row)\n"
            "        db.commit()\n",
            "import sqlite3\n\ndef save(db: sqlite3.Connection, rows):\n"
            "    db_written = False\n"
            "    try:\n"
            "        for row in rows:\n"
            "            db.execute('INSERT INTO t VALUES (?)', row)\n"
            "            db_written = True\n"
            "    finally:\n"
            "        if db_written:\n"
            "            db.commit()\n",
        ),
        Example(
            "import sqlite3\n\ndef save(db: sqlite3.Connection, rows):\n"
            "    for row in rows:\n"
            "        db.execute('INSERT INTO t VALUES (?)', row)\n"
            "        db.execute('INSERT INTO u VALUES (?)', row)\n"
            "        db.commit()\n",
        ),
        Example(
            "def save(db, rows):\n    for row in rows:\n"
            "        db.execute('INSERT INTO t VALUES (?)', row)\n        db.commit()\n",
        ),
    )

    def find(self, code: Code) -> Iterator[Match]:
        """Yield one match per loop."""
        for scope in code.functions:
            for node in scope.nodes:
                match node:
                    case ast.For(body=[*body, ast.Expr(value=ast.Call() as call) as last], orelse=[]):
                        name = _call_on_name(call, "commit")
                        if name is None or call.args or not _is_connection(code, scope, name):
                            continue
                        if None in (code.module.block(node), code.module.block(last)) or not _only_writes(
                            code, scope, body, name, node
                        ):
                            continue
                        flag = code.module.fresh(f"{name}_written", node)
                        yield Match(
                            node,
                            name,
                            (
                                Before(node, f"{flag} = False\n"),
                                Rewrite(last, f"{flag} = True\n"),
                                Finally(node, f"if {flag}:\n    {name}.commit()\n"),
                            ),
                            f"commit `{name}` once after the loop",
                        )


def _call_on_name(call: ast.expr, method: str) -> str | None:
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr), keywords=[]) if attr == method:
            return name
    return None


def _is_connection(code: Code, scope: Scope, name: str) -> bool:
    if not scope.is_local(name) or len(scope.bindings[name]) != 1:
        return False
    if not code.module.imported_module("sqlite3", "sqlite3", scope.node):
        return False
    binding = scope.bindings[name][0]
    match binding.kind, binding.value:
        case "assign", ast.Call(func=ast.Attribute(value=ast.Name(id="sqlite3"), attr="connect")):
            return True
        case "parameter", ast.Attribute(value=ast.Name(id="sqlite3"), attr="Connection"):
            return True
    return False


def _only_writes(code: Code, scope: Scope, body: list[ast.stmt], name: str, loop: ast.For) -> bool:
    """Whether a loop's body writes one row on the connection and does nothing else of note."""
    writes = 0
    for statement in body:
        match statement:
            case ast.Expr(value=ast.Call(args=[ast.Constant(value=str(sql)), *rest]) as call):
                if _call_on_name(call, "execute") != name or not _WRITES.match(sql):
                    return False
                if not all(code.harmless(scope, arg) for arg in rest):
                    return False
                writes += 1
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                if not code.harmless(scope, statement):
                    return False
            case _:
                return False
    used = [load for load in scope.loads[name] if code.inside(load, loop)]
    # What comes after the write may raise, and leave a row that was not to be committed.
    return (
        writes == 1 and isinstance(body[-1], ast.Expr) and len(used) == 2 and code.harmless(scope, loop.iter)
    )
