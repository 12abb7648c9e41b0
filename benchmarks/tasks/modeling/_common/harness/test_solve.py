"""The interface of the answers; whether they are right is the judge's matter."""

import copy
import math
import subprocess
import sys
import unittest
from pathlib import Path

from group import GROUP
from guard import complaints
from problems import instance, problems_of

HERE = Path(__file__).resolve().parent


class Interface(unittest.TestCase):
    def test_only_libraries_for_mathematics_are_imported(self):
        self.assertEqual(complaints((HERE / "solve.py").read_text(encoding="utf-8")), [])

    def test_every_problem_gets_a_finite_number(self):
        import solve

        for name in problems_of(GROUP):
            with self.subTest(name):
                one = instance(GROUP, name, seed=1)
                data = copy.deepcopy(one.data)
                value = getattr(solve, f"solve_{name}")(one.text, data)
                self.assertIsInstance(value, (int, float))
                self.assertTrue(math.isfinite(value))
                self.assertEqual(data, one.data, "the data were changed")


class Guard(unittest.TestCase):
    def test_reading_the_formulations_is_refused(self):
        program = (
            "import apart; apart.watch(apart.readable())\n"
            "try: {}\n"
            "except PermissionError: print('refused')"
        )
        for attempt in ("open('judge.py')", "import reference", "__import__('os').system('true')"):
            with self.subTest(attempt):
                done = subprocess.run(
                    [sys.executable, "-c", program.format(attempt)], cwd=HERE, capture_output=True, text=True
                )
                self.assertEqual(done.stdout, "refused\n", done.stderr)


if __name__ == "__main__":
    unittest.main()
