"""Imports between the rooms follow the table in docs/architecture.md."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
FRONT_DOORS = {
    "running",
    "checking",
    "applying",
    "doctor",
    "hostile",
    "detect",
    "jobfile",
    "cli",
    "report",
    "optimizing",
    "opto",
    "tuning",
}
ALLOWED = {
    "records": {"records"},
    "testing": {"records", "testing"},
    "prompts": {"prompts"},
    "sandbox": {"records", "sandbox"},
    "agents": {"records", "sandbox", "agents", "prompts"},
    "benchmarks": {"records", "front", "benchmarks", "agents", "sandbox", "prompts", "testing"},
    "front": {"records", "front", "sandbox", "agents", "prompts", "testing", "benchmarks"},
}


def room_of(module: str) -> str:
    """Return the room of a dotted module of strop."""
    parts = module.split(".")
    if len(parts) == 1:
        return "front"
    if parts[1] in ("agents", "sandbox", "benchmarks", "prompts", "testing"):
        return parts[1]
    return "front" if any(parts[1].startswith(name) for name in FRONT_DOORS) else "records"


def modules() -> list[tuple[str, Path]]:
    """Return (dotted name, file) of every module of strop."""
    found = []
    for file in (ROOT / "src" / "strop").rglob("*.py"):
        found.append(
            (".".join(("strop", *file.relative_to(ROOT / "src" / "strop").with_suffix("").parts)), file)
        )
    for room in ("agents", "sandbox", "benchmarks", "prompts"):
        for file in (ROOT / room).rglob("*.py"):
            if not file.is_relative_to(ROOT / "benchmarks" / "tasks"):
                found.append((".".join(("strop", *file.relative_to(ROOT).with_suffix("").parts)), file))
    return [(name.removesuffix(".__init__"), file) for name, file in found]


def imports(file: Path) -> set[str]:
    """Return the modules of strop that a file imports anywhere, also under TYPE_CHECKING."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "strop"}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "strop":
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names if node.module == "strop" else {str(node.module)}
    return found


def test_rooms_import_only_what_the_table_allows() -> None:
    wrong = [
        f"{name} ({room_of(name)}) imports {imported} ({room_of(imported)})"
        for name, file in modules()
        for imported in imports(file)
        if room_of(imported) not in ALLOWED[room_of(name)]
    ]
    assert not wrong, "\n".join(wrong)


def test_modules_import_without_cycles() -> None:
    known = dict(modules())
    graph = {name: {i for i in imports(file) if i in known and i != name} for name, file in known.items()}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, f"cycle: {' -> '.join([*path[path.index(name) :], name])}"
        if name not in done:
            for other in sorted(graph[name]):
                visit(other, (*path, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


def test_modules_are_not_named_like_the_standard_library() -> None:
    import sys

    names = {file.stem for _, file in modules()} - {"__init__", "__main__"}
    assert not names & sys.stdlib_module_names
