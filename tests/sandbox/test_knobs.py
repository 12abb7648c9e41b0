"""Knob values reach the program: variables, placeholders, config files, annotated literals."""

from __future__ import annotations

import configparser
import json
import subprocess
import tomllib
from typing import Any

import pytest

from strop.candidate import KnobValue
from strop.errors import ConfigError
from strop.job import Commands, Job, Knob
from strop.sandbox.config_text import set_value
from strop.sandbox.knobs import deliver, literals, strip_annotations


def knob(name: str = "n", **more: Any) -> Knob:
    return Knob(**{"name": name, "type": "int", "low": 1, "high": 256, "default": 8, **more})


def choice(name: str = "mode", *choices: str, **more: Any) -> Knob:
    return Knob(name=name, type="categorical", choices=choices, default=choices[0], **more)


def job(*knobs: Knob, benchmark: str = "true", **commands: Any) -> Job:
    return Job(commands=Commands(benchmark=benchmark, **commands), knobs=knobs)


def nothing(path: str) -> str | None:
    raise AssertionError(f"{path} was read")


# --- variables ----------------------------------------------------------------------------------


def test_variables() -> None:
    bundle = job(
        knob("block"),
        knob("size", env="MY_SIZE"),
        Knob(name="fast", type="bool", default=True),
        Knob(name="rate", type="float", low=0, high=1, default=0.5),
        choice("mode", "a b", "c"),
    )
    assert deliver(bundle, {"size": 16.0, "fast": False}, nothing).env == {
        "BLOCK": "8", "MY_SIZE": "16", "FAST": "0", "RATE": "0.5", "MODE": "a b"
    }  # fmt: skip


def test_a_knob_with_a_placeholder_sets_no_variable_unless_asked() -> None:
    bundle = job(knob("path"), knob("threads", env="T"), benchmark="x {path} {threads}")
    assert deliver(bundle, {}, nothing).env == {"T": "8"}


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ((knob("path"),), "knob 'path': its variable would be PATH"),
        ((knob("a", env="X"), knob("b", env="X")), "another knob has the variable X"),
        ((knob("a", env="X=Y"),), "no name of a variable"),
    ],
)
def test_variables_that_cannot_be(knobs: tuple[Knob, ...], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        deliver(job(*knobs), {}, nothing)


@pytest.mark.parametrize(
    ("values", "message"),
    [({"m": 1}, "unknown knob 'm'; known: n"), ({"n": 0}, "knob 'n': 0 is outside 1..256")],
)
def test_values_that_cannot_be(values: dict[str, KnobValue], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        deliver(job(knob()), values, nothing)


# --- placeholders -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("x -t {n}", "x -t 8"),
        ("x {n}{n} --m={mode}", "x 88 --m='it'\"'\"'s \"$X\" a'"),
        ("x {{n}}", "x {n}"),
        ("x {other} {}", "x {other} {}"),
        ("x ${n} ${n:-1} $n", "x ${n} ${n:-1} $n"),
        ("x ${{n}}", "x ${{n}}"),
        ("awk '{print $1}' {n}", "awk '{print $1}' 8"),
        ("f --format '{{.Name}}' {n}", "f --format '{{.Name}}' 8"),
        ("{ echo {n}; }", "{ echo 8; }"),
        ("echo {a,b} {1..3}", "echo {a,b} {1..3}"),
    ],
)
def test_placeholders(command: str, expected: str) -> None:
    delivery = deliver(job(knob(), choice("mode", 'it\'s "$X" a', "b")), {}, nothing)
    assert delivery.commands(command) == expected


@pytest.mark.parametrize(
    "command", ["printf %s {mode}", "printf %s '{mode}'", 'printf %s "{mode}"', 'printf %s \\"{mode}']
)
@pytest.mark.parametrize("value", ["plain", "a b", "it's", '"', "$HOME `id` \\", "; exit 3", "{n}"])
def test_a_shell_reads_the_value_and_nothing_else(command: str, value: str) -> None:
    delivery = deliver(job(knob(), choice("mode", value, "b")), {}, nothing)
    shown = subprocess.run(
        ["/bin/sh", "-c", delivery.commands(command)], capture_output=True, text=True, check=True
    )
    assert shown.stdout.removeprefix('"' if "\\" in command else "") == value


# --- config files -------------------------------------------------------------------------------

TOML = """# top
n = 8   # eight
name = "n = 8"
[server]
n=4
"quoted key" = 'lit'
tls = true
rate = 0.5
list = [1, 2]
inline = { n = 1, m = {n = 2} }
text = \"\"\"
n = 3
\"\"\"
a.b = 1
[server.pool]
n = 2
"""

JSON = (
    '{\n  "n" : 8,\n  "a": {"n": 4, "on": true, "s": "x\\u0041", "f": 1.5},\n'
    '  "list": [{"n": 1}, {"n": 2}]\n}\n'
)

INI = """; top
[main]
n = 8 ; eight
Fast: yes
quoted = "x"
empty
[other.part]
n=4
"""

CONF = """# top
n = 8
max 16 # most
daemon on;
name 'x y'
spark.mem: 4g
twice 1
twice 2
[part]
n = 4
"""

YAML = """# top
n: 8  # eight
server:
  n: 4
  on: yes
  name: "x: y"  # name
  single: 'a'
  pool:
    n: 2
  list:
  - n: 1
    m: 1
  flow: {n: 5}
  text: |
    n: 9
  last: 0.5
after: plain text
long: one
  two
"""

SET = {
    "toml top": ("c.toml", TOML, "n", 16, ("n = 8   #", "n = 16   #")),
    "toml table": ("c.toml", TOML, "server.n", 5, ("n=4", "n=5")),
    "toml quoted key": ("c.toml", TOML, 'server."quoted key"', "new", ("'lit'", '"new"')),
    "toml string": ("c.toml", TOML, "name", 'q"\\', ('"n = 8"', '"q\\"\\\\"')),
    "toml bool": ("c.toml", TOML, "server.tls", False, ("tls = true", "tls = false")),
    "toml float stays one": ("c.toml", TOML, "server.rate", 1, ("0.5", "1.0")),
    "toml inline": ("c.toml", TOML, "server.inline.m.n", 7, ("{n = 2}", "{n = 7}")),
    "toml dotted": ("c.toml", TOML, "server.a.b", 7, ("a.b = 1", "a.b = 7")),
    "toml inner table": ("c.toml", TOML, "server.pool.n", 7, ("pool]\nn = 2", "pool]\nn = 7")),
    "toml same": ("c.toml", TOML, "n", 8, ("", "")),
    "toml crlf": ("c.toml", TOML.replace("\n", "\r\n"), "n", 16, ("n = 8   #", "n = 16   #")),
    "json top": ("c.json", JSON, "n", 16, ('"n" : 8', '"n" : 16')),
    "json inner": ("c.json", JSON, "a.n", 16, ('"n": 4', '"n": 16')),
    "json bool": ("c.json", JSON, "a.on", False, ("true", "false")),
    "json text": ("c.json", JSON, "a.s", "y", ('"x\\u0041"', '"y"')),
    "json list": ("c.json", JSON, "list.1.n", 3, ('{"n": 2}', '{"n": 3}')),
    "ini": ("c.ini", INI, "main.n", 16, ("n = 8 ;", "n = 16 ;")),
    "ini bool in its words": ("c.cfg", INI, "main.Fast", False, ("yes", "no")),
    "ini section with a dot": ("c.ini", INI, "other.part.n", 5, ("n=4", "n=5")),
    "conf =": ("c.conf", CONF, "n", 16, ("n = 8", "n = 16")),
    "conf space": ("c.conf", CONF, "max", 32, ("max 16", "max 32")),
    "conf ;": ("c.conf", CONF, "daemon", False, ("on;", "off;")),
    "conf quoted": ("c.conf", CONF, "name", "z", ("'x y'", "'z'")),
    "conf dotted": ("c.conf", CONF, "spark.mem", "8g", ("4g", "8g")),
    "conf section": ("c.conf", CONF, "part.n", 5, ("n = 4", "n = 5")),
    "yaml top": ("c.yaml", YAML, "n", 16, ("n: 8 ", "n: 16 ")),
    "yaml inner": ("c.yml", YAML, "server.n", 16, ("  n: 4", "  n: 16")),
    "yaml deep": ("c.yaml", YAML, "server.pool.n", 16, ("    n: 2", "    n: 16")),
    "yaml bool": ("c.yaml", YAML, "server.on", False, ("on: yes", "on: no")),
    "yaml double": ("c.yaml", YAML, "server.name", 'q"', ('"x: y"', '"q\\""')),
    "yaml single": ("c.yaml", YAML, "server.single", "it's", ("'a'", "'it''s'")),
    "yaml after a block": ("c.yaml", YAML, "server.last", 0.25, ("0.5", "0.25")),
    "yaml small float": ("c.yaml", YAML, "server.last", 1e-05, ("0.5", "1.0e-05")),
    "yaml plain": ("c.yaml", YAML, "after", "no", ("plain text", '"no"')),
}


@pytest.mark.parametrize(("path", "text", "key", "value", "change"), SET.values(), ids=SET.keys())
def test_config_values(path: str, text: str, key: str, value: KnobValue, change: tuple[str, str]) -> None:
    assert text.count(change[0]) == 1 or change[0] == ""
    assert set_value(text, path, key, value) == text.replace(*change)


NOT_SET = {
    "toml missing": ("c.toml", TOML, "server.m", "server has: n, quoted key"),
    "toml missing table": ("c.toml", TOML, "nope.n", "the file has: n, name, server"),
    "toml list": ("c.toml", TOML, "server.list", "no single value"),
    "toml table": ("c.toml", TOML, "server", "no single value"),
    "toml long string": ("c.toml", TOML, "server.text", "its place in the text was not found"),
    "toml broken": ("c.toml", "n = = 1", "n", "no valid TOML"),
    "json missing": ("c.json", JSON, "m", "no such key"),
    "json broken": ("c.json", "{n: 1}", "n", "no valid JSON"),
    "ini missing": ("c.ini", INI, "main.m", r"\[main\] has: n, Fast"),
    "ini no section": ("c.ini", INI, "n", "no such section"),
    "ini no value": ("c.ini", INI, "main.empty", "no value of one line"),
    "ini broken": ("c.ini", "n = 1\n", "main.n", "no valid INI"),
    "conf missing": ("c.conf", CONF, "m", "no line"),
    "conf twice": ("c.conf", CONF, "twice", "2 lines"),
    "yaml missing": ("c.yaml", YAML, "server.m", r"known: .*server\.n"),
    "yaml in a list": ("c.yaml", YAML, "server.list.n", "no such key"),
    "yaml flow": ("c.yaml", YAML, "server.flow", "no plain or quoted"),
    "yaml block": ("c.yaml", YAML, "server.text", "no plain or quoted"),
    "yaml in a block": ("c.yaml", YAML, "server.text.n", "no such key"),
    "yaml table": ("c.yaml", YAML, "server", "no plain or quoted"),
    "yaml two lines": ("c.yaml", YAML, "long", "goes on in the next line"),
    "yaml twice": ("c.yaml", "n: 1\nn: 2\n", "n", "several times"),
    "yaml documents": ("c.yaml", "n: 1\n---\nn: 2\n", "n", "several documents"),
    "unknown format": ("c.xml", "<n/>", "n", "unknown format '.xml'; known: .toml"),
}


@pytest.mark.parametrize(("path", "text", "key", "message"), NOT_SET.values(), ids=NOT_SET.keys())
def test_config_values_that_cannot_be_set(path: str, text: str, key: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        set_value(text, path, key, 16)
    assert str(caught.value).startswith(f"{path}: key {key!r}: ")


def test_what_is_written_reads_back() -> None:
    for value in ("ä", "😀", "a\\b", "a#b; c", "1", "true", "\t"):
        assert tomllib.loads(set_value(TOML, "c.toml", "name", value))["name"] == value
        assert json.loads(set_value(JSON, "c.json", "a.s", value))["a"]["s"] == value
    parser = configparser.ConfigParser(
        interpolation=None, allow_no_value=True, inline_comment_prefixes=(";",)
    )
    parser.read_string(set_value(INI, "c.ini", "main.n", "100%"))
    assert parser["main"]["n"] == "100%"


def test_two_knobs_of_one_file_and_defaults() -> None:
    bundle = job(knob("a", file="./c.toml", key="n"), knob("b", file="c.toml", key="server.n"), knob("c"))
    delivery = deliver(bundle, {"a": 16}, {"c.toml": TOML}.get)
    assert delivery.files == {"c.toml": TOML.replace("n = 8   #", "n = 16   #").replace("n=4", "n=8")}
    assert delivery.env == {"C": "8"}
    assert deliver(job(knob("a", file="c.toml", key="n")), {}, {"c.toml": TOML}.get).files == {}


def test_an_int_knob_writes_no_float() -> None:
    bundle = job(knob(file="c.yaml", key="n"))
    assert "n: 16 " in deliver(bundle, {"n": 16.0}, {"c.yaml": YAML}.get).files["c.yaml"]


def test_a_missing_file() -> None:
    for where in ({"file": "c.toml", "key": "n"}, {"literal": "c.py"}):
        with pytest.raises(ConfigError, match=r"knob 'n': c\.(toml|py): there is no such text file"):
            deliver(job(knob(**where)), {}, dict[str, str]().get)


# --- annotated literals -------------------------------------------------------------------------

LITERALS = {
    "python": ("a.py", "n = 64  # strop: int 8..256 log", "n = 16  # strop: int 8..256 log"),
    "python typed": ("a.py", "    n: int = 64 # strop: int 8..256", "    n: int = 16 # strop: int 8..256"),
    "c": (
        "a.c",
        "static const int n = 64;  // strop: int 8..256",
        "static const int n = 16;  // strop: int 8..256",
    ),
    "c suffix": ("a.c", "size_t n = 64UL; // strop: int 8..256", "size_t n = 16UL; // strop: int 8..256"),
    "c hex": ("a.c", "int n = 0x40; // strop: int 8..256", "int n = 16; // strop: int 8..256"),
    "c define": ("a.h", "#define n 64 // strop: int 8..256", "#define n 16 // strop: int 8..256"),
    "rust": (
        "a.rs",
        "const n: usize = 64; // strop: int 8..256",
        "const n: usize = 16; // strop: int 8..256",
    ),
    "rust suffix": ("a.rs", "let n = 64_u32; // strop: int 8..256", "let n = 16u32; // strop: int 8..256"),
    "go": ("a.go", "\tn := 64 // strop: int 8..256", "\tn := 16 // strop: int 8..256"),
    "lua": ("a.lua", "local n = 64 -- strop: int 8..256", "local n = 16 -- strop: int 8..256"),
    "lisp": ("a.el", "(define n 64) ;; strop: int 8..256", "(define n 16) ;; strop: int 8..256"),
    "shell": ("a.sh", "n=64 # strop: int 8 .. 256", "n=16 # strop: int 8 .. 256"),
    "make": ("Makefile", "n ?= 64 # strop: int 8..256", "n ?= 16 # strop: int 8..256"),
    "javascript": (
        "a.js",
        "const o = {n: 64}; // strop: int 8..256",
        "const o = {n: 16}; // strop: int 8..256",
    ),
    "binary": ("a.py", "n = 0b100_0000  # strop: int 8..256", "n = 16  # strop: int 8..256"),
    "octal": ("a.py", "n = 0o100  # strop: int 8..256", "n = 16  # strop: int 8..256"),
    "rust binary": (
        "a.rs",
        "let n = 0b1000000u8; // strop: int 8..256",
        "let n = 16u8; // strop: int 8..256",
    ),
    "rust hex": ("a.rs", "let n = 0x40_u32; // strop: int 8..256", "let n = 16u32; // strop: int 8..256"),
    "fortran": (
        "a.f90",
        "integer, parameter :: n = 64  ! strop: int 8..256",
        "integer, parameter :: n = 16  ! strop: int 8..256",
    ),
    "matlab": ("a.m", "n = 64; % strop: int 8..256", "n = 16; % strop: int 8..256"),
    "erlang": ("a.erl", "  n = 64, %% strop: int 8..256", "  n = 16, %% strop: int 8..256"),
    "basic": (
        "a.vb",
        "Const n As Integer = 64 ' strop: int 8..256",
        "Const n As Integer = 16 ' strop: int 8..256",
    ),
    "vim": ("a.vim", 'let n = 64 " strop: int 8..256', 'let n = 16 " strop: int 8..256'),
    "crlf": (
        "a.c",
        "int n = 64; // strop: int 8..256\r\nint m;",
        "int n = 16; // strop: int 8..256\r\nint m;",
    ),
}


@pytest.mark.parametrize(("path", "text", "expected"), LITERALS.values(), ids=LITERALS.keys())
def test_int_literals(path: str, text: str, expected: str) -> None:
    found = literals(text, path)
    assert [(k.name, k.type, k.low, k.high, k.default, k.literal) for k in found] == [
        ("n", "int", 8, 256, 64, path)
    ]
    assert deliver(job(*found), {"n": 16}, {path: text}.get).files == {path: expected}
    assert (
        deliver(job(*found), {}, {path: text}.get).files.get(path, text).count("64") == 1 or "n = 0" in text
    )


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("n = 0.5  # strop: float 0.1..0.9", 0.25, "n = 0.25  # strop: float 0.1..0.9"),
        ("n = 5e-1f; // strop: float 1e-3..1e+1 log", 2, "n = 2.0f; // strop: float 1e-3..1e+1 log"),
        ("n = -.5 # strop: float -1..-0.25 step 0.25", -1, "n = -1.0 # strop: float -1..-0.25 step 0.25"),
        ("n = True  # strop: bool", False, "n = False  # strop: bool"),
        ("bool n = true; // strop: bool", False, "bool n = false; // strop: bool"),
        ("#define n 1 // strop: bool", False, "#define n 0 // strop: bool"),
        ("n = TRUE -- strop: bool", False, "n = FALSE -- strop: bool"),
        ('n = "a"  # strop: choice a|b|c d', "c d", 'n = "c d"  # strop: choice a|b|c d'),
        ("n = 'a'  # strop: choice a|b", "b", "n = 'b'  # strop: choice a|b"),
        ("n = A::x; // strop: choice A::x|A::y", "A::y", "n = A::y; // strop: choice A::x|A::y"),
        ("n = 4  # strop: choice 2|4|8", "8", "n = 8  # strop: choice 2|4|8"),
    ],
)
def test_other_literals(text: str, value: KnobValue, expected: str) -> None:
    (found,) = literals(text, "a.x")
    assert deliver(job(found), {"n": value}, {"a.x": text}.get).files == {"a.x": expected}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("n = 4  # strop: int 8..256", "a.py:1: n: default: 4 is outside 8..256"),
        ("\nn = 8  # strop: int", "a.py:2: n: 'int' is no annotation; allowed: `strop: int"),
        ("n = 8  # strop: int 8..256 often", "is no annotation"),
        ("n = 8  # strop: int 8..256 log step 2", "log and step exclude each other"),
        ("n = 8  # strop: int 9..2", "low < high"),
        ("n = f()  # strop: int 8..256", "no literal before"),
        ("n = x  # strop: int 8..256", "x is not a number"),
        ("n = 010  # strop: int 8..256", "010 is octal in some languages and decimal in others"),
        ("n = 0b12  # strop: int 8..256", "0b12 is not a number: a digit is too large"),
        ("n = 2  # strop: bool", "2 is not true or false"),
        ("n = 'q'  # strop: choice a|b", "'q' is not one of 'a', 'b'"),
        ("n = 'a'  # strop: choice a", "is no annotation"),
        ("n = 8  # strop: int 1..9\nn = 8  # strop: int 1..9", "annotated twice"),
    ],
)
def test_annotations_that_are_wrong(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        literals(text, "a.py")
    assert message in str(caught.value)


def test_strings_of_python_hold_no_annotations() -> None:
    text = (
        '"""Doc.\n\nn = 64  # strop: int 8..256\n"""\nm = 4  # strop: int 1..9\ns = "k = 1  # strop: bool"\n'
    )
    assert [k.name for k in literals(text, "a.py")] == ["m"]
    assert strip_annotations(text, "a.py") == text.replace("  # strop: int 1..9", "")


def test_the_candidate_s_own_text_counts() -> None:
    bundle = job(knob(literal="a.py"))
    assert (
        deliver(bundle, {"n": 9}, {"a.py": "k = 1\nn = 8  # strop: int 1..9\n"}.get)
        .files["a.py"]
        .startswith("k = 1\nn = 9 ")
    )
    with pytest.raises(ConfigError, match=r"a\.py: knob 'n': no annotated literal of that name \(found: m\)"):
        deliver(bundle, {}, {"a.py": "n = 8\nm = 8  # strop: int 1..9\n"}.get)
    with pytest.raises(ConfigError, match="several times, in lines 1, 2"):
        deliver(bundle, {}, {"a.py": "n = 8  # strop: int 1..9\n" * 2}.get)


def test_markers_of_one_language_mean_nothing_in_others() -> None:
    for path, text in {
        "a.py": "n = 64 % strop\n'n = 64' ! strop: int 8..256",
        "a.c": "n = 64 % strop: int 8..256",
    }.items():
        assert literals(text, path) == [] and strip_annotations(text, path) == text
    fortran = "real(8) :: r = 0.5d0  ! strop: float 0.1..0.9\n"
    (found,) = literals(fortran, "a.F90")
    assert found.default == 0.5 and strip_annotations(fortran, "a.F90") == "real(8) :: r = 0.5d0\n"
    written = deliver(job(found), {"r": 0.25}, lambda name: fortran).files["a.F90"]
    assert written.startswith("real(8) :: r = 0.25d0  !")
    hundred = fortran.replace("0.5d0", "1.0d2").replace("0.1..0.9", "1e-9..1e3")
    (found,) = literals(hundred, "a.f")
    assert found.default == 100.0
    written = deliver(job(found), {"r": 1e-7}, lambda name: hundred).files["a.f"]
    assert written.startswith("real(8) :: r = 1d-07  !")


def test_a_literal_that_cannot_be_read_is_not_written_over() -> None:
    with pytest.raises(ConfigError, match="a.py:1: n: 0b12 is not a number"):
        deliver(job(knob(literal="a.py")), {"n": 9}, lambda name: "n = 0b12  # strop: int 1..256")


def test_strip_annotations() -> None:
    text = "int n = 64;  // strop: int 8..256\r\nx = 1 # a comment\nf = 1 -- strop: bool\n// strop: stays\n"
    assert strip_annotations(text) == "int n = 64;\r\nx = 1 # a comment\nf = 1\n// strop: stays\n"
    assert strip_annotations("nothing here") == "nothing here"


def test_lines_keep_their_ends_whatever_the_others_have() -> None:
    text = "[db]\r\npool = 4\nsize = 1\r\n# the end\n"
    assert set_value(text, "app.ini", "db.pool", 8) == text.replace("pool = 4", "pool = 8")
    assert set_value(text, "app.ini", "db.size", 9) == text.replace("size = 1", "size = 9")


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("FAST=yes  # strop: bool", False, "FAST=no"),
        ("FAST=off  # strop: bool", True, "FAST=on"),
        ("MASK = 0xFFUL;  // strop: int 1..1024", 255, "MASK = 255UL;"),
        ("STEP = -0x10  # strop: int -64..64", -16, "STEP = -16"),
    ],
)
def test_a_literal_at_its_default_means_what_it_meant(text: str, value: KnobValue, expected: str) -> None:
    path = "a.c" if "//" in text else "a.sh"
    (found,) = literals(text + "\n", path)
    if not isinstance(value, bool):
        assert found.default == value
    delivered = deliver(job(found), {found.name: value}, lambda name: text + "\n")
    assert delivered.files.get(path, text).startswith(expected)
