"""Tests of the steps from counts to alarms."""

from __future__ import annotations

import os
import unittest
from unittest import mock

import numpy as np

from thermal import block_size, scan
from thermal.alarms import Alarm, find_alarms
from thermal.background import start, subtract
from thermal.calibrate import Sensor, temperatures
from thermal.surround import contrast


def sensor(rows: int, columns: int) -> Sensor:
    """Return a sensor that shows its counts."""
    shape = (rows, columns)
    return Sensor(np.full(shape, 256), np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool))


class CalibrateTest(unittest.TestCase):
    def test_gain_and_offset(self) -> None:
        known = Sensor(np.array([[128, 512]]), np.array([[5, -5]]), np.zeros((1, 2), dtype=bool))
        found = temperatures(np.array([[[101, 7]]], dtype=np.uint16), known)
        self.assertEqual(found.tolist(), [[[55, 9]]])

    def test_dead_pixels_show_the_one_on_their_left(self) -> None:
        known = sensor(1, 4)
        known.dead[0] = [True, False, True, True]
        found = temperatures(np.array([[[1, 2, 3, 4]]], dtype=np.uint16), known)
        self.assertEqual(found.tolist(), [[[0, 2, 2, 2]]])


class BackgroundTest(unittest.TestCase):
    def test_a_still_picture_has_no_excess(self) -> None:
        frames = np.full((5, 2, 3), 2000)
        self.assertFalse(subtract(frames, start(frames[0])).any())

    def test_the_background_follows_slowly(self) -> None:
        frames = np.array([[[0]], [[160]], [[160]], [[-160]]])
        state = start(frames[0])
        self.assertEqual(subtract(frames, state).ravel().tolist(), [0, 160, 150, -179])
        self.assertEqual(state.tolist(), [[131]])

    def test_differences_round_down_below_zero(self) -> None:
        frames = np.array([[[-1]], [[-2]], [[-3]]])
        state = np.array([[-17]])
        self.assertEqual(subtract(frames, state).ravel().tolist(), [1, -1, -1])

    def test_leaves_the_frames_alone(self) -> None:
        frames = np.arange(12).reshape(3, 2, 2)
        subtract(frames, start(frames[0]))
        self.assertEqual(frames.ravel().tolist(), list(range(12)))


class ContrastTest(unittest.TestCase):
    def test_corners_edges_and_the_middle(self) -> None:
        found = contrast(np.array([[[9, 0, 0], [0, 0, 0], [0, 0, 16]]]))
        self.assertEqual(found.tolist(), [[[9, -1, 0], [-1, -3, -3], [0, -3, 16]]])

    def test_means_round_down(self) -> None:
        self.assertEqual(contrast(np.array([[[0, -1, 0]]])).tolist(), [[[1, -1, 1]]])
        self.assertEqual(contrast(np.array([[[0, 0, -1]]])).tolist(), [[[0, 1, -1]]])

    def test_frames_do_not_mix(self) -> None:
        one, other = np.array([[5, 7], [0, 1]]), np.array([[-3, 2], [8, 8]])
        both = contrast(np.array([one, other]))
        self.assertEqual(both[0].tolist(), contrast(one[None])[0].tolist())
        self.assertEqual(both[1].tolist(), contrast(other[None])[0].tolist())

    def test_a_single_pixel(self) -> None:
        self.assertEqual(contrast(np.array([[[7]], [[-2]]])).tolist(), [[[7]], [[-2]]])


class AlarmTest(unittest.TestCase):
    def test_one_frame_is_no_alarm(self) -> None:
        frames = np.array([[[9, 0]], [[0, 9]], [[8, 9]], [[9, 9]]])
        found = find_alarms(frames, np.zeros((1, 2), dtype=bool), 10, 5)
        self.assertEqual(found, [Alarm(12, 1, 0, 1, 9), Alarm(13, 2, 0, 0, 9)])


class ScanTest(unittest.TestCase):
    def recording(self) -> np.ndarray:
        counts = np.full((9, 6, 7), 2000, dtype=np.uint16)
        counts[4:7, 2, 3] += 900
        counts[6:, 5, 6] += 400
        return counts

    def test_finds_the_spots(self) -> None:
        found = scan(self.recording(), sensor(6, 7), block=4)
        self.assertEqual((found.coldest, found.hottest), (2000, 2900))
        self.assertEqual(
            found.alarms,
            [Alarm(5, 1, 2, 3, 844), Alarm(6, 1, 2, 3, 791), Alarm(7, 1, 5, 6, 375), Alarm(8, 1, 5, 6, 352)],
        )

    def test_the_block_changes_nothing(self) -> None:
        whole = scan(self.recording(), sensor(6, 7), block=9)
        for block in (1, 2, 5, 100):
            found = scan(self.recording(), sensor(6, 7), block=block)
            self.assertEqual(found.alarms, whole.alarms)
            self.assertTrue((found.contrast == whole.contrast).all())

    def test_no_frames(self) -> None:
        with self.assertRaises(ValueError):
            scan(np.zeros((0, 2, 2), dtype=np.uint16), sensor(2, 2), block=3)

    def test_the_block_is_read_from_the_environment(self) -> None:
        with mock.patch.dict(os.environ, {"THERMAL_BLOCK": "3"}):
            self.assertEqual(block_size(), 3)


if __name__ == "__main__":
    unittest.main()
