"""Jobs of projects in C, C++, Rust, Go and JavaScript."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from strop.detect_proposal import Finding, Proposal, Question
from strop.detect_tree import Tree

__all__ = ["propose_go", "propose_javascript", "propose_native", "propose_rust"]

BENCHMARK_TARGETS = ("bench", "benchmark", "benchmarks", "perf")
TEST_TARGETS = ("test", "tests", "check")
GO_TIMES = r"ns/op|^(ok|PASS|FAIL)\b|^(goos|goarch|cpu|pkg):"
CARGO_TIMES = r"finished in \d|^\s*(Compiling|Finished|Running)"


def propose_native(tree: Tree, proposal: Proposal) -> Proposal:
    """Return the proposal for a C or C++ project: CMake, else make, else a configure script."""
    files = _sources(tree, ("c", "cc", "cpp", "cxx", "h", "hpp", "hh"), proposal)
    proposal = replace(proposal, files=files, image=Finding("gcc:14", "it has a C and C++ compiler", "low"))
    if tree.has("CMakeLists.txt"):
        text = "\n".join(tree.text(p) for p in tree.matching("CMakeLists.txt", "*/CMakeLists.txt"))
        build = "cmake -S . -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build"
        proposal = replace(proposal, build=Finding(build, "CMakeLists.txt is there", "high"))
        if re.search(r"\b(add_test|enable_testing)\s*\(", text, re.IGNORECASE):
            test = Finding("ctest --test-dir build --output-on-failure", "CMakeLists.txt has tests", "high")
            proposal = replace(proposal, test=test)
        names = re.findall(r"add_executable\s*\(\s*(\w*(?:bench|perf)\w*)", text, re.IGNORECASE)
        if names:
            found = Finding(
                f"$(find build -type f -name {names[0]} | head -n 1)", "an executable of CMakeLists.txt"
            )
            proposal = replace(proposal, benchmark=found)
    else:
        proposal = _from_make(tree, proposal)
    return _asked(proposal)


def _from_make(tree: Tree, proposal: Proposal) -> Proposal:
    path = next((name for name in ("GNUmakefile", "Makefile", "makefile") if tree.has(name)), "")
    recipes = _recipes(tree.text(path)) if path else {}
    if tree.has("configure"):
        why = "a configure script is there"
        return replace(
            proposal,
            build=Finding("./configure && make", why, "medium"),
            test=Finding("make check", why, "low"),
        )
    if not recipes:
        text = "Which command builds the program?"
        question = Question(
            "commands.build", text, "", "no Makefile, CMakeLists.txt or configure script was found"
        )
        return replace(proposal, questions=(*proposal.questions, question))
    build = Finding("make", f"{path} is there", "high")
    test = next((name for name in TEST_TARGETS if name in recipes), "")
    bench = next((name for name in BENCHMARK_TARGETS if name in recipes), "")
    proposal = replace(proposal, build=build)
    if test:
        proposal = replace(proposal, test=Finding(f"make {test}", f"{path} has a target {test!r}", "high"))
    if bench:
        lines = recipes[bench]
        # The recipe itself, where it is plain: make would check and perhaps build in the timed part.
        plain = len(lines) == 1 and "$" not in lines[0]
        command = lines[0].lstrip("@-+ ") if plain else f"make -s {bench}"
        proposal = replace(proposal, benchmark=Finding(command, f"{path} has a target {bench!r}", "high"))
        if not plain:
            warning = f"`make {bench}` may build in the timed part; the benchmark's own command is better"
            proposal = replace(proposal, warnings=(*proposal.warnings, warning))
    return proposal


def _recipes(text: str) -> dict[str, list[str]]:
    """Return the lines of every explicit target of a Makefile."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("\t"):
            current.append(line.strip())
        elif match := re.match(r"([A-Za-z0-9_.][\w. /-]*)\s*::?(?!=)", line):
            names = [name for name in match[1].split() if not name.startswith(".")]
            current = []
            found |= dict.fromkeys(names, current)
    return found


def propose_rust(tree: Tree, proposal: Proposal) -> Proposal:
    """Return the proposal for a Rust project."""
    cargo = tree.toml("Cargo.toml")
    name = cargo.get("package", {}).get("name", "")
    warnings = list(proposal.warnings)
    if cargo.get("dependencies") and not tree.has_folder("vendor"):
        warnings.append(
            "Cargo.toml has dependencies, and candidates are built offline: run `cargo vendor` first"
        )
    why = "Cargo.toml is there"
    proposal = replace(
        proposal,
        name=name or proposal.name,
        files=_sources(tree, ("rs",), proposal),
        build=Finding("cargo build --release --offline", why, "high"),
        test=Finding("cargo test --release --offline", why, "high"),
        ignore=(Finding(CARGO_TIMES, "cargo prints times", "high"),),
        image=Finding("rust:slim", "it has cargo", "low"),
        warnings=tuple(warnings),
    )
    programs = [
        p.rsplit("/", 1)[-1].removesuffix(".rs") for p in tree.matching("src/bin/*.rs", "examples/*.rs")
    ]
    bench = next((p for p in programs if re.search(r"bench|perf", p)), "")
    if bench and tree.has(f"src/bin/{bench}.rs"):
        found = Finding(f"./target/release/{bench}", f"src/bin/{bench}.rs is a program", "high")
        proposal = replace(proposal, benchmark=found, ignore=())
    elif tree.matching("benches/*.rs"):
        warning = "benches/ measures for a fixed time under most harnesses, so it is no fixed work to time"
        proposal = replace(proposal, warnings=(*proposal.warnings, warning))
    return _asked(proposal)


def propose_go(tree: Tree, proposal: Proposal) -> Proposal:
    """Return the proposal for a Go module."""
    warnings = list(proposal.warnings)
    if re.search(r"^\s*require\b", tree.text("go.mod"), re.MULTILINE) and not tree.has_folder("vendor"):
        warnings.append(
            "go.mod has requirements, and candidates are built offline: run `go mod vendor` first"
        )
    proposal = replace(
        proposal,
        files=_sources(tree, ("go",), proposal),
        exclude=(Finding("**/*_test.go", "Go's tests", "high"),),
        build=Finding("go build ./...", "go.mod is there", "high"),
        test=Finding("go test -v -count=1 ./...", "go.mod is there", "high"),
        env=(("GOCACHE", Finding("/tmp/go-cache", "a folder that candidates can write to")),),
        image=Finding("golang:1", "it has the go command", "low"),
        warnings=tuple(warnings),
    )
    folders = sorted(
        {
            path.rpartition("/")[0] or "."
            for path in tree.matching("*_test.go")
            if re.search(r"^func Benchmark\w*\(", tree.text(path), re.MULTILINE)
        }
    )
    if folders:
        # A test binary made in the build: compiling stays out of the timed part. A fixed count of
        # iterations is fixed work; by default Go fills a fixed time.
        folder = folders[0]
        build = f"go build ./... && go test -c -o strop-bench.test ./{folder}"
        up = "./" if folder == "." else "../" * len(folder.split("/"))
        run = f"{up}strop-bench.test -test.run '^$' -test.bench . -test.benchtime 100x"
        command = run if folder == "." else f"cd {folder} && {run}"
        proposal = replace(
            proposal,
            build=Finding(build, f"{folder} has benchmarks", "high"),
            benchmark=Finding(command, f"{folder} has benchmarks; 100 iterations each"),
            ignore=(Finding(GO_TIMES, "Go prints times", "high"),),
        )
    return _asked(proposal)


def propose_javascript(tree: Tree, proposal: Proposal) -> Proposal:
    """Return the proposal for a package of Node.js."""
    try:
        package = json.loads(tree.text("package.json") or "{}")
    except ValueError as error:
        tree.notes.append(f"package.json is not valid JSON ({error}) and was left out")
        package = {}
    package = package if isinstance(package, dict) else {}
    raw = package.get("scripts")
    scripts = raw if isinstance(raw, dict) else {}
    warnings = list(proposal.warnings)
    if package.get("dependencies") or package.get("devDependencies"):
        warnings.append("package.json has dependencies: node_modules has to be in the snapshot or the image")
    name = package.get("name")
    proposal = replace(
        proposal,
        name=name if isinstance(name, str) and name else proposal.name,
        files=_sources(tree, ("js", "mjs", "cjs", "ts"), proposal),
        image=Finding("node:lts", "it has node and npm", "low"),
        warnings=tuple(warnings),
    )
    if "build" in scripts:
        proposal = replace(
            proposal, build=Finding("npm run --silent build", "a script of package.json", "high")
        )
    if "test" in scripts and "no test specified" not in str(scripts["test"]):
        proposal = replace(proposal, test=Finding("npm test --silent", "a script of package.json", "high"))
    elif tree.matching("*.test.js", "*.test.mjs", "test/*.js"):
        proposal = replace(proposal, test=Finding("node --test", "there are test files"))
    bench = next((script for script in BENCHMARK_TARGETS if script in scripts), "")
    files = [
        path for path in tree.matching("*.js", "*.mjs") if re.search(r"(^|/)(bench|perf)[^/]*\.m?js$", path)
    ]
    if bench:
        found = Finding(f"npm run --silent {bench}", f"package.json has a script {bench!r}", "high")
        proposal = replace(proposal, benchmark=found)
    elif files:
        proposal = replace(proposal, benchmark=Finding(f"node {files[0]}", f"{files[0]} is there"))
    return _asked(proposal)


def _sources(tree: Tree, extensions: Sequence[str], proposal: Proposal) -> tuple[Finding, ...]:
    """Return globs of the source files, without tests and benchmarks."""
    judges = re.compile(
        r"(^|/)(tests?|spec|bench\w*|perf|examples?|docs?|third_party)(/|$)|(^|/)(test|bench|check)"
    )
    found: dict[str, None] = {}
    for path in tree.files:
        folder, _, name = path.rpartition("/")
        extension = name.rpartition(".")[2]
        tested = re.search(r"[._-](tests?|spec|bench)\.\w+$|\.config\.\w+$", name)
        if extension in extensions and "." in name and not judges.search(path) and not tested:
            top = folder.split("/", 1)[0]
            found[f"{top}/**/*.{extension}" if top else name] = None
    return tuple(Finding(glob, "source files, tests and benchmarks left out") for glob in found)


def _asked(proposal: Proposal) -> Proposal:
    """Add the questions that are still open: files, tests, benchmark."""
    questions = list(proposal.questions)
    if not proposal.files:
        text = "Which files may candidates edit (globs)?"
        questions.append(Question("target.files", text, None, "no source files were found"))
    if proposal.test is None:
        text = "Which command tests the code? Without one, only the benchmark's output is compared."
        questions.append(Question("commands.test", text, "", "no tests were found"))
    if proposal.benchmark is None:
        test = proposal.test.value if proposal.test else None
        why = "no benchmark was found"
        text = "Which command does the work to measure?"
        if test:
            text += " The default measures the tests."
            finding = Finding(test, f"{why}; so this measures the tests, what they build included", "low")
            proposal = replace(proposal, benchmark=finding)
        questions.append(Question("commands.benchmark", text, test, why, (test,) if test else ()))
    return replace(proposal, questions=tuple(questions))
