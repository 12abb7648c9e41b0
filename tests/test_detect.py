"""What `strop init` proposes for repositories of many shapes, from their files alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from strop.detect import Finding, Proposal, Question, detect, open_questions
from strop.errors import ConfigError
from strop.job import load_job
from strop.jobfile import render_job_file

EXAMPLES = Path(__file__).parent.parent / "examples"
CASE = (
    "import unittest\n\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertTrue(True)\n"
)
PYTEST = "import pytest\n\ndef test_a():\n    assert True\n"


def made(folder: Path, **files: str) -> Path:
    """Write files by their paths and return the folder."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def proposed(folder: Path, files: dict[str, str]) -> Proposal:
    return detect(made(folder, **files))


def command(finding: Finding | None) -> str:
    return "" if finding is None else finding.value


def values(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.value for finding in findings]


# --- where the code is ------------------------------------------------------------------------------

LAYOUTS: list[tuple[str, dict[str, str], str, list[str]]] = [
    (
        "src",
        {"pyproject.toml": '[project]\nname = "a-b"', "src/a_b/__init__.py": ""},
        "src",
        ["src/a_b/**/*.py"],
    ),
    ("flat", {"pyproject.toml": '[project]\nname = "A.B"', "A_B/__init__.py": ""}, ".", ["A_B/**/*.py"]),
    (
        "another name",
        {
            "pyproject.toml": '[project]\nname = "x"\n[tool.setuptools]\npackages = ["y", "y.z", "tests"]',
            "y/a.py": "",
        },
        ".",
        ["y/**/*.py"],
    ),
    (
        "hatch",
        {
            "pyproject.toml": '[project]\nname = "x"\n'
            '[tool.hatch.build.targets.wheel]\npackages = ["python/y"]',
            "python/y/__init__.py": "",
        },
        "python",
        ["python/y/**/*.py"],
    ),
    (
        "flit",
        {"pyproject.toml": '[project]\nname = "x"\n[tool.flit.module]\nname = "y"', "y.py": ""},
        ".",
        ["y.py"],
    ),
    (
        "poetry",
        {
            "pyproject.toml": '[tool.poetry]\nname = "x"\npackages = [{include = "y", from = "lib"}]',
            "lib/y/__init__.py": "",
        },
        "lib",
        ["lib/y/**/*.py"],
    ),
    (
        "setup.cfg",
        {"setup.cfg": "[metadata]\nname = x\n[options]\npy_modules = y", "y.py": ""},
        ".",
        ["y.py"],
    ),
    (
        "setup.py",
        {"setup.py": "from setuptools import setup\nP = ['y']\nsetup(packages=P)", "y/__init__.py": ""},
        ".",
        ["y/**/*.py"],
    ),
    (
        "egg-info",
        {"setup.py": "", "q.egg-info/top_level.txt": "y\n", "y/__init__.py": ""},
        ".",
        ["y/**/*.py"],
    ),
    (
        "no tables",
        {"tools/__init__.py": "", "tests/__init__.py": "", "y/__init__.py": ""},
        ".",
        ["y/**/*.py"],
    ),
    ("a module", {"y.py": "", "setup.py": "", "test_y.py": "", "bench_y.py": ""}, ".", ["y.py"]),
]


@pytest.mark.parametrize(
    ("files", "folder", "globs"), [row[1:] for row in LAYOUTS], ids=[row[0] for row in LAYOUTS]
)
def test_the_package_is_found(tmp_path: Path, files: dict[str, str], folder: str, globs: list[str]) -> None:
    proposal = proposed(tmp_path, files)
    assert values(proposal.files) == globs
    assert {name: finding.value for name, finding in proposal.env} == {"PYTHONPATH": folder}


def test_a_declared_name_is_stronger_evidence_than_a_folder(tmp_path: Path) -> None:
    files = {"pyproject.toml": '[project]\nname = "b"', "src/a/__init__.py": "", "src/b/__init__.py": ""}
    (glob,) = proposed(tmp_path, files).files
    assert (glob.value, glob.confidence) == ("src/b/**/*.py", "high")


@pytest.mark.parametrize("folder", [".tox/x", "node_modules/x", "build/lib", "venv", "y.egg-info"])
def test_environments_and_build_products_are_no_part_of_the_project(tmp_path: Path, folder: str) -> None:
    files = {"y.py": "", f"{folder}/bench.py": "print(1)\n", f"{folder}/test_a.py": PYTEST}
    proposal = proposed(tmp_path, files)
    assert (proposal.test, proposal.benchmark) == (None, None)


def test_tests_inside_the_package_are_left_alone(tmp_path: Path) -> None:
    files = {"pyproject.toml": '[project]\nname = "y"', "y/__init__.py": "", "y/tests/test_a.py": PYTEST}
    proposal = proposed(tmp_path, files)
    assert values(proposal.exclude) == ["y/tests/**"]
    assert command(proposal.test).endswith(" y/tests")


# --- how it is tested -------------------------------------------------------------------------------

RUNNERS: list[tuple[str, dict[str, str], str]] = [
    (
        "cases in a package",
        {"tests/__init__.py": "", "tests/test_a.py": CASE},
        "python -m unittest discover -v -s tests -t .",
    ),
    ("cases in a folder", {"tests/test_a.py": CASE}, "python -m unittest discover -v -s tests"),
    ("a file of cases", {"test_a.py": CASE}, "python -m unittest -v test_a"),
    ("an import", {"tests/test_a.py": PYTEST}, "python -m pytest -q -p no:cacheprovider tests"),
    (
        "a plain function",
        {"test_a.py": "def test_a(): pass\n"},
        "python -m pytest -q -p no:cacheprovider test_a.py",
    ),
    (
        "a conftest",
        {"tests/test_a.py": CASE, "tests/conftest.py": ""},
        "python -m pytest -q -p no:cacheprovider tests",
    ),
    (
        "testpaths",
        {"tests/test_a.py": CASE, "pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["tests"]'},
        "python -m pytest -q -p no:cacheprovider",
    ),
    (
        "coverage among the options",
        {
            "tests/test_a.py": CASE,
            "tox.ini": "[pytest]\naddopts = --cov=y --doctest-modules\n  --color=yes -n auto",
        },
        "python -m pytest -q -p no:cacheprovider -o addopts=--doctest-modules tests",
    ),
    (
        "options whose values are words of their own",
        {
            "tests/test_a.py": CASE,
            "tox.ini": "[pytest]\naddopts = --cov=y --cov-report term-missing -n4 --durations 10\n"
            "  --doctest-modules",
        },
        "python -m pytest -q -p no:cacheprovider -o addopts=--doctest-modules tests",
    ),
    (
        "hypothesis",
        {"test_a.py": "from hypothesis import given\n\ndef test_a(): pass\n"},
        "python -m pytest -q -p no:cacheprovider --hypothesis-seed=0 test_a.py",
    ),
    (
        "a module that has the name of a test",
        {"tests/__init__.py": "", "tests/test_a.py": CASE, "y/test_tools.py": CASE},
        "python -m unittest discover -v -s tests -t .",
    ),
]


@pytest.mark.parametrize(("files", "expected"), [row[1:] for row in RUNNERS], ids=[row[0] for row in RUNNERS])
def test_the_test_command(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    assert command(proposed(tmp_path, {"y/__init__.py": "", **files}).test) == expected


# --- what is installed ------------------------------------------------------------------------------

GROUPS = """
[project]
name = "y"
dependencies = ["attrs>=22; python_version < '4'", "requests"]
[project.optional-dependencies]
docs = ["sphinx", "PyYAML~=6.0"]
[dependency-groups]
dev = ["pytest>=8", "ruff", "numpy", {include-group = "other"}]
other = ["freezegun", "babel"]
"""


def test_only_what_the_project_and_its_tests_need_is_installed(tmp_path: Path) -> None:
    """Tools of a development group stay out; what tests import comes from any group; never the package."""
    test = "import os, yaml, y, helper, pytest\nfrom freezegun import api\ndef test_a(): pass\n"
    files = {"pyproject.toml": GROUPS, "y/__init__.py": "", "tests/test_a.py": test, "tests/helper.py": ""}
    proposal = proposed(tmp_path, files)
    needs = "\"attrs>=22; python_version < '4'\" requests 'PyYAML~=6.0' 'pytest>=8' freezegun"
    assert values(proposal.setup) == [f"python -m pip install {needs}"]
    assert proposal.warnings == ()


def test_an_import_that_nothing_declares_is_told_and_never_guessed(tmp_path: Path) -> None:
    test = (
        "import pytest\nimport obscure\ntry:\n    import optional\nexcept ImportError:\n    pass\n" + PYTEST
    )
    proposal = proposed(tmp_path, {"y/__init__.py": "", "test_a.py": test})
    assert values(proposal.setup) == ["python -m pip install pytest"]
    assert any("'obscure'" in warning for warning in proposal.warnings)
    assert not any("optional" in warning for warning in proposal.warnings)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"requirements.txt": "a==1  # why\n-r more.txt\n-e .\n--index-url x\n", "more.txt": "b\n"},
            "a==1 b",
        ),
        ({"requirements.txt": "a==1 \\\n    --hash=sha256:00\n"}, "a==1"),
        (
            {
                "setup.py": "from setuptools import setup\nR = ['a>1']\n"
                "setup(py_modules=['y'], install_requires=R)"
            },
            "'a>1'",
        ),
        ({"setup.cfg": "[metadata]\nname = y\n[options]\ninstall_requires =\n  a\n  b"}, "a b"),
        (
            {
                "pyproject.toml": '[tool.poetry]\nname="y"\n'
                '[tool.poetry.dependencies]\npython="^3.9"\na="^1.2"\nb="~0.3"\nc="*"'
            },
            "'a>=1.2,<2' 'b>=0.3,<0.4' c",
        ),
        (
            {
                "pyproject.toml": '[tool.poetry]\nname="y"\n[tool.poetry.dependencies]\n'
                'a="^0.41b0"\nb="^1.2 || ^2.0"\nc="^3.8,<4"\nd="~1.2, !=1.2.3"\ne="1.4"'
            },
            "'a>=0.41b0,<0.42' b 'c>=3.8,<4,<4' 'd>=1.2,<1.3,!=1.2.3' e==1.4",
        ),
    ],
)
def test_requirements_are_read_wherever_they_are(
    tmp_path: Path, files: dict[str, str], expected: str
) -> None:
    proposal = proposed(tmp_path, {"y.py": "", **files})
    assert values(proposal.setup) == [f"python -m pip install {expected}"]


def test_tox_tells_what_tests_need(tmp_path: Path) -> None:
    tox = "[testenv]\ndeps =\n  coverage\n  -r{toxinidir}/test-reqs.txt\n  py39: old\n  parameterized\n"
    files = {"y.py": "", "tox.ini": tox, "test-reqs.txt": "mock\n", "test_y.py": CASE}
    assert values(proposed(tmp_path, files).setup) == ["python -m pip install mock parameterized"]


def test_metadata_needs_an_install_that_pythonpath_shadows(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[project]\nname="y"\n[build-system]\nrequires=["setuptools-scm"]',
        "y/__init__.py": "from importlib.metadata import version\n__version__ = version('y')\n",
        "PKG-INFO": "Name: y\nVersion: 1.2.3\n",
    }
    setup = proposed(tmp_path, files).setup
    assert values(setup) == ["SETUPTOOLS_SCM_PRETEND_VERSION=1.2.3 python -m pip install --no-deps ."]
    assert "PYTHONPATH" in setup[0].why


@pytest.mark.parametrize(("there", "ignored"), [(False, False), (True, True), (True, False)])
def test_a_version_file_from_git_is_made_by_the_build(tmp_path: Path, there: bool, ignored: bool) -> None:
    files = {
        "pyproject.toml": '[project]\nname="y"\n[tool.setuptools_scm]\nversion_file = "src/y/_version.py"',
        "src/y/__init__.py": "",
        **({"src/y/_version.py": ""} if there else {}),
        **({".gitignore": "_version.py\n"} if ignored else {}),
    }
    build = command(proposed(tmp_path, files).build)
    assert build == (
        "" if there and not ignored else "echo 'version = __version__ = \"0.0.0\"' > src/y/_version.py"
    )


def test_packages_that_have_to_be_compiled_are_pointed_out(tmp_path: Path) -> None:
    setup = (
        "from setuptools import Extension, setup\nsetup(packages=['y'], ext_modules=[Extension('y.c', [])])"
    )
    proposal = proposed(tmp_path / "a", {"setup.py": setup, "y/__init__.py": "", "y/c.c": ""})
    assert command(proposal.build) == "python setup.py build_ext --inplace"
    assert any("C extensions" in warning for warning in proposal.warnings)
    toml = '[project]\nname="y"\n[build-system]\nbuild-backend="maturin"'
    proposal = proposed(tmp_path / "b", {"pyproject.toml": toml, "y/__init__.py": ""})
    assert "commands.build" in [question.key for question in proposal.questions]


# --- what is measured -------------------------------------------------------------------------------

SCRIPT = "import y\n\nif __name__ == '__main__':\n    print(y)\n"


@pytest.mark.parametrize(
    "path", ["bench.py", "benchmark_all.py", "perf.py", "benchmarks/run.py", "y_bench.py"]
)
def test_a_script_is_the_benchmark(tmp_path: Path, path: str) -> None:
    proposal = proposed(tmp_path, {"y/__init__.py": "", path: SCRIPT, "test_y.py": PYTEST})
    assert command(proposal.benchmark) == f"python {path}"
    assert proposal.questions == ()
    assert proposal.ignore == ()


def test_a_script_in_the_package_runs_as_a_module(tmp_path: Path) -> None:
    files = {"pyproject.toml": '[project]\nname="y"', "src/y/__init__.py": "", "src/y/bench.py": SCRIPT}
    assert command(proposed(tmp_path, files).benchmark) == "python -m y.bench"


@pytest.mark.parametrize(
    "text",
    [
        "import nothere\nif __name__ == '__main__':\n    pass\n",
        "import pyperf\nrunner = pyperf.Runner()\nrunner.run()\n",
        "open('../data/input.json')\n",
        "def only_a_function():\n    pass\n",
    ],
)
def test_a_script_that_cannot_serve_leaves_the_tests_as_the_benchmark(tmp_path: Path, text: str) -> None:
    proposal = proposed(tmp_path, {"y/__init__.py": "", "bench.py": text, "tests/test_y.py": PYTEST})
    assert command(proposal.benchmark) == "python -m pytest -q -p no:cacheprovider tests"
    assert proposal.benchmark is not None
    assert proposal.benchmark.confidence == "low"
    assert "start-up" in proposal.benchmark.why
    (question,) = open_questions(proposal)
    assert question.key == "commands.benchmark"
    assert question.default == proposal.benchmark.value
    assert proposal.ready


def test_benchmark_tests_run_once_each(tmp_path: Path) -> None:
    proposal = proposed(
        tmp_path, {"y.py": "", "test_y.py": "def test_speed(benchmark):\n    benchmark(len, [])\n"}
    )
    assert command(proposal.benchmark).endswith(" --benchmark-disable")
    assert values(proposal.setup) == ["python -m pip install pytest pytest-benchmark"]


def test_the_times_that_pytest_prints_are_not_compared(tmp_path: Path) -> None:
    import re

    (pattern,) = values(proposed(tmp_path, {"y.py": "", "test_y.py": PYTEST}).ignore)
    assert re.search(pattern, "12 passed, 1 skipped in 0.12s")
    assert re.search(pattern, "3 passed in 75.10s (0:01:15)")
    assert not re.search(pattern, "...                       [100%]")


def test_nothing_to_measure_is_an_open_question(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, {"pyproject.toml": '[project]\nname="y"', "y/__init__.py": ""})
    assert not proposal.ready
    assert [question.key for question in open_questions(proposal)] == ["commands.benchmark", "commands.test"]
    answered = proposal.answered({"commands.benchmark": "python -m y", "commands.test": ""})
    assert answered.ready
    assert command(answered.benchmark) == "python -m y"
    assert answered.test is None


def test_an_answer_replaces_the_proposal_and_its_patterns(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, {"y.py": "", "test_y.py": PYTEST})
    assert proposal.ignore
    answered = proposal.answered({"commands.benchmark": "python y.py"})
    assert (command(answered.benchmark), answered.ignore, answered.questions) == ("python y.py", (), ())
    assert proposal.answered({"commands.benchmark": ""}).ignore == proposal.ignore
    with pytest.raises(ConfigError, match="no question 'target.files'; asked: commands.benchmark"):
        proposal.answered({"target.files": "*.py"})


def test_globs_are_answered_as_in_a_shell() -> None:
    proposal = Proposal("y", questions=(Question("target.files", "Which?", None),))
    assert values(proposal.answered({"target.files": "a.py 'b c.py'"}).files) == ["a.py", "b c.py"]


# --- other languages --------------------------------------------------------------------------------


def test_make(tmp_path: Path) -> None:
    text = "prog: main.c\n\tcc -o prog main.c\ntest: prog\n\t./prog --check\nbench: prog\n\t@./prog 100\n"
    proposal = proposed(
        tmp_path, {"Makefile": text, "main.c": "", "tests/check.c": "", "src/k.c": "", "src/k.h": ""}
    )
    assert [language.value for language in proposal.languages] == ["C"]
    assert command(proposal.build) == "make"
    assert command(proposal.test) == "make test"
    assert command(proposal.benchmark) == "./prog 100"
    assert values(proposal.files) == ["main.c", "src/**/*.c", "src/**/*.h"]
    assert proposal.ready


def test_cmake(tmp_path: Path) -> None:
    text = "add_executable(k_bench b.cc)\nenable_testing()\nadd_test(NAME a COMMAND b)\n"
    proposal = proposed(tmp_path, {"CMakeLists.txt": text, "src/k.cc": ""})
    assert command(proposal.build).startswith("cmake -S . -B build")
    assert command(proposal.test) == "ctest --test-dir build --output-on-failure"
    assert "k_bench" in command(proposal.benchmark)


def test_rust(tmp_path: Path) -> None:
    files = {
        "Cargo.toml": '[package]\nname = "k"\n[dependencies]\nserde = "1"',
        "src/lib.rs": "",
        "src/bin/bench.rs": "",
    }
    proposal = proposed(tmp_path, files)
    assert proposal.name == "k"
    assert command(proposal.build) == "cargo build --release --offline"
    assert command(proposal.benchmark) == "./target/release/bench"
    assert any("cargo vendor" in warning for warning in proposal.warnings)


def test_go_does_fixed_work_and_compiles_before(tmp_path: Path) -> None:
    files = {
        "go.mod": "module k\n",
        "k.go": "",
        "sub/a.go": "",
        "sub/a_test.go": "func BenchmarkA(b *testing.B) {\n}\n",
    }
    proposal = proposed(tmp_path, files)
    assert command(proposal.build).endswith("go test -c -o strop-bench.test ./sub")
    assert command(proposal.benchmark).startswith("cd sub && ../strop-bench.test ")
    assert "100x" in command(proposal.benchmark)
    assert values(proposal.files) == ["k.go", "sub/**/*.go"]


def test_javascript(tmp_path: Path) -> None:
    text = (
        '{"name": "k", "scripts": {"test": "node t.js", "bench": "node b.js"}, "devDependencies": {"x": "1"}}'
    )
    proposal = proposed(tmp_path, {"package.json": text, "lib/k.js": "", "node_modules/x/i.js": ""})
    assert (command(proposal.test), command(proposal.benchmark)) == (
        "npm test --silent",
        "npm run --silent bench",
    )
    assert values(proposal.files) == ["lib/**/*.js"]
    assert any("node_modules" in warning for warning in proposal.warnings)


def test_files_of_no_known_language_leave_everything_to_ask(tmp_path: Path) -> None:
    proposal = proposed(tmp_path, {"a.xyz": ""})
    keys = [question.key for question in open_questions(proposal)]
    assert keys == ["target.files", "commands.benchmark", "commands.build", "commands.test"]


# --- all of them ------------------------------------------------------------------------------------


def test_a_job_that_pyproject_has_already_is_taken_over(tmp_path: Path) -> None:
    toml = '[project]\nname = "y"\n[tool.strop.commands]\nbenchmark = "make it"\n'
    proposal = proposed(tmp_path, {"pyproject.toml": toml, "y.py": "", "test_y.py": PYTEST})
    assert command(proposal.benchmark) == "make it"
    assert proposal.questions == ()


def test_broken_files_are_notes_and_no_errors(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": "[project",
        "setup.cfg": "no section",
        "tox.ini": "[a\n",
        "y.py": "def (",
        "test_y.py": CASE,
    }
    made(tmp_path, **files)
    (tmp_path / "binary.py").write_bytes(b"\xff\x00\xfe")
    proposal = detect(tmp_path)
    assert command(proposal.test) == "python -m unittest -v test_y"
    assert any("pyproject.toml is not valid TOML" in warning for warning in proposal.warnings)
    assert len(proposal.warnings) == len(set(proposal.warnings))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere: no such folder"):
        detect(tmp_path / "nowhere")


def test_nothing_of_the_repository_is_run_or_changed(tmp_path: Path) -> None:
    bomb = "raise SystemExit('ran')\n"
    files = {"setup.py": bomb, "conftest.py": bomb, "y/__init__.py": bomb, "tests/test_y.py": CASE + bomb}
    made(tmp_path, **files)
    before = sorted(tmp_path.rglob("*"))
    assert detect(tmp_path).ready
    assert sorted(tmp_path.rglob("*")) == before


def test_the_proposal_for_the_wordstats_example_is_its_own_job() -> None:
    proposal = detect(EXAMPLES / "wordstats")
    job = load_job(EXAMPLES / "wordstats")
    assert tuple(values(proposal.files)) == job.target.files
    assert command(proposal.benchmark) == job.commands.benchmark
    assert proposal.setup == ()
    assert proposal.questions == ()


def test_proposed_commands_work_as_they_are_written(tmp_path: Path) -> None:
    """The whole way: files, proposal, job file, job; and its commands in the folder itself."""
    files = {
        "pyproject.toml": '[project]\nname = "y"\n'
        '[tool.hatch.build.hooks.vcs]\nversion-file = "src/y/_version.py"\n',
        "src/y/__init__.py": "from y._version import version\n",
        "tests/test_y.py": "import unittest\nimport y\n\n"
        "class T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(y.version, '0.0.0')\n",
    }
    made(tmp_path, **files)
    (tmp_path / "strop.toml").write_text(render_job_file(detect(tmp_path)), encoding="utf-8")
    job = load_job(tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    env = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", **job.commands.env}
    for line in (job.commands.build, job.commands.test, job.commands.benchmark):
        done = subprocess.run(
            line, shell=True, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("files", "benchmark", "left_out"),
    [
        (
            {
                "Cargo.toml": '[package]\nname = "k"',
                "src/lib.rs": "",
                "src/bin/bench.rs": "",
                "src/x/tests.rs": "",
                "src/perfect_hash.rs": "",
            },
            "./target/release/bench",
            ["src/bin/bench.rs", "src/x/tests.rs"],
        ),
        (
            {
                "package.json": '{"scripts": {"bench": "node b.js"}}',
                "src/a.ts": "",
                "src/a.test.ts": "",
                "jest.config.js": "",
                "index.js": "",
            },
            "npm run --silent bench",
            ["src/a.test.ts"],
        ),
        (
            {
                "pyproject.toml": '[project]\nname = "y"',
                "src/y/__init__.py": "",
                "src/y/bench.py": 'if __name__ == "__main__":\n    print(1)\n',
            },
            "python -m y.bench",
            ["src/y/bench.py"],
        ),
    ],
)
def test_what_judges_is_not_edited(
    tmp_path: Path, files: dict[str, str], benchmark: str, left_out: list[str]
) -> None:
    proposal = proposed(tmp_path, files)
    assert command(proposal.benchmark) == benchmark
    assert values(proposal.exclude) == left_out
    assert "jest.config.js" not in values(proposal.files)
