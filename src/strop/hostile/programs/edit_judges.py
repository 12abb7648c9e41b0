"""Changes what judges it, while it runs: protected files, hooks of the tests and of the interpreter."""

from __future__ import annotations

import os
import shutil
import site
import sys
import sysconfig

from attempt import MARKER, attempt, try_write  # type: ignore[import-not-found]

HOOK = f"print('{MARKER} was here')\n"


def write(path: str) -> None:
    """Write a hook; raises `OSError` where that is refused."""
    with open(path, "w", encoding="ascii") as file:
        file.write(HOOK)


def replace(path: str) -> None:
    """Move another file over one; raises `OSError` where that is refused."""
    write("other")
    os.replace("other", path)


def link_over(path: str) -> None:
    """Move a symlink over a file; raises `OSError` where that is refused."""
    if not os.path.islink("link"):
        os.symlink("/etc/passwd", "link")
    os.replace("link", path)


for path in ("judge.txt", "tests/judge.txt"):
    for name, action in {
        "written": write,
        "removed": os.unlink,
        "moved": lambda p: os.rename(p, p + ".old"),
        "made writable": lambda p: os.chmod(p, 0o777),
        "replaced": replace,
        "linked over": link_over,
    }.items():
        attempt(f"{path} {name}", lambda a=action, p=path: a(p))
attempt("the folder of tests moved", lambda: os.rename("tests", "tests.old"))
attempt("the folder of tests removed", lambda: shutil.rmtree("tests"))
folders = {
    *site.getsitepackages(),
    sysconfig.get_path("stdlib"),
    os.path.dirname(sys.executable),
    "/usr/lib/python3",
}
for folder in sorted(f for f in folders if os.path.isdir(f)):
    for name in ("sitecustomize.py", "usercustomize.py", "hostile.pth", "pytest.py", "python3"):
        attempt(f"{folder}/{name}", lambda p=f"{folder}/{MARKER}-{name}": try_write(p))
# These may be written: the next sandbox must not know them.
for place in (site.getusersitepackages(), os.environ["HOME"], os.environ["TMPDIR"]):
    try:
        os.makedirs(place, exist_ok=True)
        for name in ("sitecustomize.py", "usercustomize.py", "conftest.py", "hostile.pth"):
            write(os.path.join(place, name))
    except OSError:
        continue
