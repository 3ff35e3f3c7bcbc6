#!/usr/bin/env python3
"""Ratios of medians and the intervals that they lie in."""

import os
import random
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True

from interval import ratioOfMedians


class Interval(unittest.TestCase):
    def testTheRatioIsThatOfMedians(self):
        self.assertEqual(ratioOfMedians([1, 4, 100], [2, 2, 2]).value, 2)

    def testEqualRunsLeaveNoDoubt(self):
        self.assertEqual(ratioOfMedians([6, 6, 6], [2, 2, 2]), (3, 3, 3))

    def testOneRunHasNoInterval(self):
        self.assertEqual(ratioOfMedians([6], [2, 2]), (3, None, None))
        self.assertEqual(ratioOfMedians([6, 6], [2]), (3, None, None))

    def testWithoutAPositiveMedianThereIsNoRatio(self):
        self.assertIsNone(ratioOfMedians([0, 0], [1, 1]))
        self.assertIsNone(ratioOfMedians([1, 1], [0, 0]))
        self.assertIsNone(ratioOfMedians([1, 1], [-1, -1]))

    def testTheIntervalHoldsTheRatioAndIsTheSameAgain(self):
        ratio = ratioOfMedians([9, 10, 11, 12, 10], [5, 6, 5, 4, 5])
        self.assertLess(ratio.low, ratio.value)
        self.assertGreater(ratio.high, ratio.value)
        self.assertEqual(ratio, ratioOfMedians([9, 10, 11, 12, 10], [5, 6, 5, 4, 5]))

    def testMoreDoubtMakesItWider(self):
        def width(spread):
            ratio = ratioOfMedians([10 - spread, 10, 10 + spread] * 3, [5] * 9)
            return ratio.high - ratio.low

        self.assertLess(width(1), width(4))

    def testItHoldsTheTruthAboutAsOftenAsItSays(self):
        source = random.Random(7)
        held = 0
        for trial in range(200):
            above = [source.gauss(200, 10) for _ in range(11)]
            below = [source.gauss(100, 5) for _ in range(11)]
            ratio = ratioOfMedians(above, below, seed=trial)
            held += ratio.low <= 2 <= ratio.high
        self.assertGreater(held, 180)


if __name__ == "__main__":
    unittest.main()
