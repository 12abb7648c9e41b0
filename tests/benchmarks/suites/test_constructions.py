"""The checkers of constructions are strict: one unit in the last place decides; malformed text is refused."""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from decimal import ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import pytest

from strop.benchmarks.leaderboard.tasks import tasks_folder

SUITE = tasks_folder() / "constructions"
TASKS = sorted(folder.name for folder in SUITE.iterdir() if (folder / "task.toml").is_file())
LAST = Decimal("1e-40")  # the finest decimal that a judge reads
QUICK = ("cap_set_6", "golomb_ruler_20")  # their good versions are
SLOW = sorted(set(TASKS) - set(QUICK))


@pytest.fixture(autouse=True)
def _many_digits() -> Iterator[None]:
    with localcontext(prec=100):
        yield


def laid(task: str, folder: Path, *, good: bool = False) -> Path:
    """Return the folder with the task's repository, what it shares with others, and its good version."""
    card = tomllib.loads((SUITE / task / "task.toml").read_text(encoding="utf-8"))
    parts = [SUITE / "_common" / name for name in card["common"]] + [SUITE / task / "repo"]
    for part in [*parts, SUITE / task / "good"] if good else parts:
        shutil.copytree(part, folder, dirs_exist_ok=True)
    return folder


def shell(task: str, command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one of the job's commands."""
    job = tomllib.loads((SUITE / task / "repo" / "strop.toml").read_text(encoding="utf-8"))
    env = {**os.environ, **job["commands"].get("env", {}), "PYTHONDONTWRITEBYTECODE": "1"}
    env["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        job["commands"][command], shell=True, cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def judged(task: str, folder: Path, answer: str | bytes) -> str:
    """Return the value that the judge prints of an answer, as text; raises `ValueError` if it is refused."""
    data = answer.encode() if isinstance(answer, str) else answer
    (folder / "answer.txt").write_bytes(data)
    done = shell(task, "evaluate", folder)
    if done.returncode:
        assert done.returncode == 1 and "METRIC" not in done.stdout and "Traceback" not in done.stderr
        raise ValueError(done.stderr)
    found = re.fullmatch(r"METRIC (\w+)=(\S+)\n", done.stdout)
    assert found is not None, done.stdout
    return found[2]


def answered(task: str, folder: Path) -> str:
    """Return what run.py writes."""
    done = shell(task, "benchmark", folder)
    assert done.returncode == 0, done.stderr[-2000:]
    return (folder / "answer.txt").read_text(encoding="ascii")


def numbers(answer: str) -> list[list[Decimal]]:
    return [[Decimal(word) for word in line.split()] for line in answer.splitlines()]


def text(rows: list[list[Decimal]]) -> str:
    return "".join(" ".join(str(number) for number in row) + "\n" for row in rows)


def test_the_suite_has_packings_and_integer_constructions() -> None:
    assert len(TASKS) == 8


@pytest.mark.parametrize("task", QUICK)
def test_the_good_version_beats_the_seed_as_stated(task: str, tmp_path: Path) -> None:
    check_good(task, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("task", SLOW)
def test_a_slow_good_version_beats_the_seed_as_stated(task: str, tmp_path: Path) -> None:
    value = check_good(task, tmp_path)
    # A plain numeric method with a fixed seed gets that far.
    assert task != "circle_packing_26" or value > 2.635
    assert task != "circle_packing_32" or value > 2.939


def check_good(task: str, tmp_path: Path) -> float:
    """Return the good version's value; it, and the seed's, pass the tests and give the stated ratio."""
    values = []
    for good in (False, True):
        folder = laid(task, tmp_path / ("good" if good else "seed"), good=good)
        tests = shell(task, "test", folder)
        assert tests.returncode == 0, tests.stderr
        values.append(float(judged(task, folder, answered(task, folder))))
    card = tomllib.loads((SUITE / task / "task.toml").read_text(encoding="utf-8"))
    job = tomllib.loads((SUITE / task / "repo" / "strop.toml").read_text(encoding="utf-8"))
    seed, best = values
    known = card["best"]["value"]
    if job["metrics"][0]["direction"] == "maximize":
        ratio = best / seed
        assert best <= known * (1 + 1e-9)
    else:
        ratio = seed / best
        assert best >= known * (1 - 1e-6)
    assert ratio == pytest.approx(card["best"]["ratio"], rel=0.02)
    return best


def lines(values: list[int]) -> str:
    return "".join(f"{value}\n" for value in values)


MALFORMED = {
    "nothing": b"",
    "a line too many": b"0.5 0.5 0.1\n" * 27,
    "not a number": b"0.5 0.5 nan\n" * 26,
    "infinity": b"0.5 0.5 inf\n" * 26,
    "a huge exponent": b"0.5 0.5 1e999999999\n" * 26,
    "a tiny number of many digits": b"0.5 0.5 0." + b"0" * 90 + b"1\n" + b"0.5 0.5 0.1\n" * 25,
    "an underscore": b"0.5 0.5 0.1_0\n" * 26,
    "a fraction": b"0.5 0.5 1/3\n" * 26,
    "two words": b"0.5 0.5\n" * 26,
    "a null byte": b"0.5 0.5 0.1\0\n" * 26,
    "digits of another script": "0.5 0.5 0.\u0661\n".encode() * 26,
    "two megabytes": b"0" * (2 << 20),
    "a negative radius": b"0.5 0.5 -0.1\n" * 26,
    "no radius": b"0.5 0.5 0\n" * 26,
    "one circle many times": b"0.5 0.5 0.1\n" * 26,
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_answer_is_refused(kind: str, tmp_path: Path) -> None:
    folder = laid("circle_packing_26", tmp_path / "task")
    with pytest.raises(ValueError, match="answer.txt"):
        judged("circle_packing_26", folder, MALFORMED[kind])


def test_a_link_a_fifo_and_a_missing_answer_are_refused(tmp_path: Path) -> None:
    folder = laid("circle_packing_26", tmp_path / "task")
    answer = folder / "answer.txt"
    for kind in ("missing", "link", "fifo"):
        if kind == "link":
            answer.symlink_to("judge.py")
        elif kind == "fifo":
            os.mkfifo(answer)
        done = shell("circle_packing_26", "evaluate", folder)
        assert done.returncode == 1 and "answer.txt" in done.stderr and "Traceback" not in done.stderr
        answer.unlink(missing_ok=True)


def test_circles_may_touch_and_not_overlap_by_one_unit_in_the_last_place(tmp_path: Path) -> None:
    task = "circle_packing_26"
    folder = laid(task, tmp_path / "task")
    # On a grid of eighths all neighbours touch, exactly.
    rows = [
        [Decimal(2 * (i % 8) + 1) / 16, Decimal(2 * (i // 8) + 1) / 16, Decimal("0.0625")] for i in range(26)
    ]
    assert Decimal(judged(task, folder, text(rows))) == 26 * Decimal("0.0625")
    for place, said in ((0, "circle 1 is not within"), (9, "overlap")):
        spoilt = [list(row) for row in rows]
        spoilt[place][2] += LAST
        with pytest.raises(ValueError, match=said):
            judged(task, folder, text(spoilt))
    rows[9][2] -= LAST
    assert Decimal(judged(task, folder, text(rows))) < 26 * Decimal("0.0625")


def test_circles_at_an_irrational_distance(tmp_path: Path) -> None:
    task = "circle_packing_26"
    folder = laid(task, tmp_path / "task")
    small = [[Decimal(i * 3 + 2) / 100, Decimal("0.98"), Decimal("0.01")] for i in range(24)]
    distance = Decimal(math.isqrt(2 * 10**80)) / 10**40 / 4  # the root of 2, rounded down, by 4
    distance = distance.quantize(LAST, rounding=ROUND_FLOOR)
    for more, valid in ((Decimal(0), True), (LAST, False)):
        pair = [
            [Decimal("0.25"), Decimal("0.25"), Decimal("0.1")],
            [Decimal("0.5"), Decimal("0.5"), distance + more - Decimal("0.1")],
        ]
        if valid:
            value = Decimal(judged(task, folder, text(pair + small)))
            assert 0 <= distance + Decimal("0.24") - value < Decimal("1e-17")
        else:
            with pytest.raises(ValueError, match="circles 1 and 2 overlap"):
                judged(task, folder, text(pair + small))


def test_hexagons_may_touch_and_not_overlap_by_one_unit_in_the_last_place(tmp_path: Path) -> None:
    task = "hexagon_packing_11"
    folder = laid(task, tmp_path / "task")
    root = Decimal(math.isqrt(3 * 10**78)) / 10**39  # rounded down
    step = Decimal(1) / 10**39
    # Corner to corner along x, then edge to edge along y.
    for apart, up in ((Decimal(2), False), (root + step, True)):
        rows = [[i * apart * (not up), i * apart * up, Decimal(0)] for i in range(11)]
        side = float(judged(task, folder, text(rows)))
        farthest = 1 + 10 * float(apart) * math.sqrt(3) / 2 if up else 21.0
        assert side == pytest.approx(farthest * 2 / math.sqrt(3), abs=1e-12)
        rows[5] = [rows[5][0] - step * (not up), rows[5][1] - step * up, Decimal(0)]
        with pytest.raises(ValueError, match="hexagons 5 and 6 overlap"):
            judged(task, folder, text(rows))


def test_the_side_around_hexagons_is_that_of_plain_trigonometry(tmp_path: Path) -> None:
    task = "hexagon_packing_11"
    folder = laid(task, tmp_path / "task")
    rows = [
        [
            Decimal(f"{2.1 * (i % 4) - 3:.6f}"),
            Decimal(f"{2.1 * (i // 4) - 2:.6f}"),
            Decimal(f"{0.1 * i - 0.5:.3f}"),
        ]
        for i in range(11)
    ]
    farthest = 0.0
    for x, y, t in ((float(x), float(y), float(t)) for x, y, t in rows):
        for corner in range(6):
            angle = 2 * math.atan(t) + corner * math.pi / 3
            px, py = x + math.cos(angle), y + math.sin(angle)
            for face in range(6):
                farthest = max(
                    farthest, px * math.cos(face * math.pi / 3) + py * math.sin(face * math.pi / 3)
                )
    assert float(judged(task, folder, text(rows))) == pytest.approx(farthest * 2 / math.sqrt(3), abs=1e-12)
    with pytest.raises(ValueError, match="t is from -1 to 1"):
        judged(task, folder, text([*rows[:10], [rows[10][0], rows[10][1], Decimal("1.01")]]))


def test_points_of_a_triangle(tmp_path: Path) -> None:
    task = "heilbronn_triangle_11"
    folder = laid(task, tmp_path / "task")
    points = numbers(answered(task, folder))
    value = Decimal(judged(task, folder, text(points)))

    def heron(*corners: list[Decimal]) -> Decimal:
        sides = [((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2).sqrt() for a, b in combinations(corners, 2)]
        half = sum(sides, Decimal(0)) / 2
        return (half * (half - sides[0]) * (half - sides[1]) * (half - sides[2])).sqrt()

    least = min(heron(*corners) for corners in combinations(points, 3)) / Decimal("0.5")
    assert abs(least - value) < Decimal("2e-18")
    third = Decimal("0.3333")
    for inside, wrong in (
        ([third, 1 - third], [third, 1 - third + LAST]),
        ([third, 0 * LAST], [third, -LAST]),
    ):
        assert float(judged(task, folder, text([inside, *points[1:]]))) > 0
        with pytest.raises(ValueError, match="point 1 is outside"):
            judged(task, folder, text([wrong, *points[1:]]))
    line = [[Decimal(i) / 8, Decimal(i) / 8] for i in range(3)]
    with pytest.raises(ValueError, match="on a line"):
        judged(task, folder, text([*line, *points[3:]]))


def test_points_at_similar_distances(tmp_path: Path) -> None:
    task = "distance_ratio_2d_16"
    folder = laid(task, tmp_path / "task")
    points = [[Decimal(i * i % 17), Decimal(i)] for i in range(16)]
    distances = [math.dist(a, b) for a, b in combinations([[float(v) for v in point] for point in points], 2)]
    assert float(judged(task, folder, text(points))) == pytest.approx((max(distances) / min(distances)) ** 2)
    # One unit in the last place farther out: the printed bound is never below the exact ratio.
    moved = [*points[:15], [points[15][0], points[15][1] + LAST]]
    assert Decimal(judged(task, folder, text(moved))) >= Decimal(judged(task, folder, text(points)))
    with pytest.raises(ValueError, match="the same"):
        judged(task, folder, text([*points[:15], points[0]]))


def test_marks_of_a_ruler(tmp_path: Path) -> None:
    task = "golomb_ruler_20"
    folder = laid(task, tmp_path / "task")
    marks = [int(line) for line in answered(task, folder).split()]
    differences = [b - a for a, b in combinations(marks, 2)]
    assert len(set(differences)) == len(differences) == 190
    assert int(judged(task, folder, lines(marks))) == max(differences)
    assert int(judged(task, folder, lines([-mark for mark in marks]))) == max(differences)
    for wrong, said in (
        ([*marks[:19], marks[18] + 1], "as far apart"),
        ([*marks[:19], marks[0]], "twice"),
        (marks[:19], "19 lines"),
    ):
        with pytest.raises(ValueError, match=said):
            judged(task, folder, lines(wrong))
    with pytest.raises(ValueError, match="no integer"):
        judged(task, folder, lines([*marks[:19], 10**12]))


def test_points_without_lines(tmp_path: Path) -> None:
    task = "cap_set_6"
    folder = laid(task, tmp_path / "task")
    answer = answered(task, folder)
    assert int(judged(task, folder, answer)) == len(answer.splitlines()) == 64
    for more, said in (
        ("0 0 0 0 0 0", "twice"),
        ("2 2 2 2 2 2", "on a line"),
        ("0 0 0 0 0 3", "not 0, 1 or 2"),
    ):
        with pytest.raises(ValueError, match=said):
            judged(task, folder, f"{answer}{more}\n")


def test_a_difference_basis(tmp_path: Path) -> None:
    task = "difference_basis"
    folder = laid(task, tmp_path / "task")
    for marks in (
        [0, 1, 4, 6],
        [5, 4, 1, -1, 20, 27],
        [int(line) for line in answered(task, folder).split()],
    ):
        differences = {b - a for a in marks for b in marks}
        reach = next(n for n in range(1, 10**6) if n + 1 not in differences)
        value = Fraction(judged(task, folder, lines(marks)))
        assert 0 <= value - Fraction(len(marks) ** 2, reach) < Fraction(1, 10**17)
    for wrong, said in (
        ([0, 2, 4], "1 is no difference"),
        ([0, 1, 1], "twice"),
        ([0, 1, 2_000_001], "apart"),
        (list(range(2001)), "2001 lines"),
        ([0], "1 lines"),
    ):
        with pytest.raises(ValueError, match=said):
            judged(task, folder, lines(wrong))


SPOILT = {
    "nothing": "None",
    "lazy": "iter(answer)",
    "not a number": "[[float('nan')] * 3 for _ in answer]",
    "huge": "[(x, y, 10**400) for x, y, r in answer]",
    "text": "[(x, y, 'METRIC sum_radii=99') for x, y, r in answer]",
    "truth values": "[(x, y, True) for x, y, r in answer]",
    "raises": "1 / 0",
    "overlapping": "[(x, y, r + 1e-13) for x, y, r in answer]",
}


@pytest.mark.parametrize("kind", SPOILT)
def test_a_spoilt_solution_is_refused(kind: str, tmp_path: Path) -> None:
    task = "circle_packing_26"
    folder = laid(task, tmp_path / "task")
    with (folder / "solve.py").open("a", encoding="utf-8") as file:
        file.write(
            "\n\ninner = solve\n\n\ndef solve(count):\n"
            f"    answer = inner(count)\n    return {SPOILT[kind]}\n"
        )
    done = shell(task, "benchmark", folder)
    if done.returncode == 0:
        assert shell(task, "evaluate", folder).returncode == 1
    else:
        assert "Error" in done.stderr


def test_decimals_as_text_are_kept_whole(tmp_path: Path) -> None:
    task = "circle_packing_26"
    folder = laid(task, tmp_path / "task")
    with (folder / "solve.py").open("a", encoding="utf-8") as file:
        file.write("\n\ninner = solve\n\n\ndef solve(count):\n")
        file.write("    return [(x, y, '0.0' + '1' * 38) for x, y, r in inner(count)]\n")
    assert "0.0" + "1" * 38 in answered(task, folder)
    assert Decimal(judged(task, folder, (folder / "answer.txt").read_text(encoding="ascii"))) < 1
