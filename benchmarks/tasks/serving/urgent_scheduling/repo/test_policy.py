"""What choose() has to return: python -m unittest"""

import unittest

from driver import Driver
from instance import instance, simulate
from judge import value
from policy import choose


class PolicyTest(unittest.TestCase):
    """A few jobs."""

    def test_decisions_can_be_replayed_and_all_requests_end(self):
        requests = instance(1, jobs=12)
        driver = Driver(requests, choose)
        states = simulate(requests, driver)
        self.assertTrue(all(state.done is not None for state in states.values()))
        self.assertGreater(value(requests, driver.decisions), 0)

    def test_waiting_ids_are_chosen(self):
        machine = {
            "name": "A100 0",
            "kind": "A100",
            "running": 0,
            "room": 2,
            "free_tokens": 10_000,
            "step_s": 0.01,
            "token_s": 1e-4,
        }
        request = {
            "job": 0,
            "arrival": 0.0,
            "deadline": 9.0,
            "prompt": 50,
            "guess": 20,
            "stage": 0,
            "later": 1,
        }
        said = choose(1.0, machine, [{**request, "id": 4}, {**request, "id": 7, "job": 1}])
        self.assertIs(type(said), list)
        self.assertLessEqual(set(said), {4, 7})


if __name__ == "__main__":
    unittest.main()
