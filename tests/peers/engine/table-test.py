#!/usr/bin/env python3
"""Tables as people see them."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True

from comparison import rowsOf
from measurement import Measurement, NotOffered
from table import number, tables

RESULTS = [
    Measurement("go", "ring", "hop", 200, "ns"),
    Measurement("troop", "ring", "hop", 100, "ns"),
    Measurement("go", "ring", "hop", 200, "ns"),
    Measurement("troop", "ring", "hop", 100, "ns"),
    Measurement("go", "mutex", "increment", 40, "ns"),
    NotOffered("troop", "mutex", "increment", "a lock"),
]


class Tables(unittest.TestCase):
    def testEachWorkloadHasATable(self):
        expected = (
            "ring  unit  troop   go  best peer   ours is ahead by\n"
            "----  ----  -----  ---  ---------  -----------------\n"
            "hop   ns      100  200         go  2.00 [2.00, 2.00]\n"
            "\n"
            "mutex      unit  go  best peer  ours is ahead by\n"
            "---------  ----  --  ---------  ----------------\n"
            "increment  ns    40\n"
            "\n"
            "troop mutex increment: not offered yet, it lacks a lock"
        )
        self.assertEqual(tables(rowsOf(RESULTS), frozenset()), expected)

    def testAWorkloadThatNobodyMeasuredHasNone(self):
        text = tables(rowsOf(RESULTS[-1:]), frozenset())
        self.assertEqual(text, "troop mutex increment: not offered yet, it lacks a lock")

    def testOneRunHasNoInterval(self):
        self.assertIn("2.00\n", tables(rowsOf(RESULTS[:2]), frozenset()) + "\n")

    def testNumbersAreShort(self):
        numbers = [number(value) for value in [None, 0, 0.001234, 4.9, 123.4, 1234567.8]]
        self.assertEqual(numbers, ["-", "0", "0.00123", "4.9", "123", "1,234,568"])


if __name__ == "__main__":
    unittest.main()
