"""Tests of the shares, and of merging and of the data."""

from __future__ import annotations

import unittest

import numpy
from examples import drawn
from nets import TENSORS, load_networks, log_likelihoods, merged
from solve import solve


class Merging(unittest.TestCase):
    def test_shares(self) -> None:
        base, experts = load_networks()
        shares = solve(base, experts, *drawn([2, 5], 50))
        self.assertIs(type(shares), list)
        self.assertEqual([len(row) for row in shares], [3] * len(TENSORS))

    def test_a_whole_expert_is_that_expert(self) -> None:
        base, experts = load_networks()
        whole = merged(base, experts, [[0.0, 1.0, 0.0]] * 4)
        for name in TENSORS:
            self.assertLess(abs(whole[name] - experts[1][name]).max(), 1e-12)

    def test_probabilities_add_up(self) -> None:
        base, _ = load_networks()
        inputs, _ = drawn([2, 6], 40)
        self.assertLess(abs(numpy.exp(log_likelihoods(base, inputs)).sum(axis=1) - 1).max(), 1e-12)


if __name__ == "__main__":
    unittest.main()
