#!/usr/bin/env python3
"""Lines of programs are figures, or what is not offered, and nothing else."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True

from measurement import Measurement, NotOffered, parseLine, parseOutput


class Lines(unittest.TestCase):
    def testALineIsAFigure(self):
        expected = Measurement("go", "ring", "hop", 243.5, "ns")
        self.assertEqual(parseLine("go\tring\thop\t243.5\tns\n"), expected)

    def testALineSaysWhatIsNotOffered(self):
        expected = NotOffered("troop", "mutex", "increment", "a lock")
        self.assertEqual(parseLine("troop\tmutex\tincrement\tnot offered\ta lock"), expected)

    def testAnotherFormIsAnError(self):
        for line in ["", "go\tring\thop\t1", "go\tring\thop\t1\tns\tmore", "go\t\thop\t1\tns"]:
            with self.subTest(line), self.assertRaisesRegex(ValueError, "is not peer, workload"):
                parseLine(line)

    def testAValueThatIsNoNumberIsAnError(self):
        for value in ["fast", "nan", "inf", "1,5"]:
            with self.subTest(value), self.assertRaisesRegex(ValueError, "no number"):
                parseLine(f"go\tring\thop\t{value}\tns")

    def testAFigureIsWrittenAsItWasRead(self):
        line = "go\tring\thop\t1.5e+06\tmsg/s"
        self.assertEqual(parseLine(line).tsv(), line)


class Output(unittest.TestCase):
    def testAllLinesAreRead(self):
        text = "go\tmillion\tseconds\t1\ts\ngo\tmillion\trss_per_task\t2\tB\n"
        metrics = [line.metric for line in parseOutput(text, "go", "million")]
        self.assertEqual(metrics, ["seconds", "rss_per_task"])

    def testAnotherPeerOrWorkloadIsAnError(self):
        for peer, workload in [("go", "spawn"), ("caf", "ring")]:
            with self.subTest(peer), self.assertRaisesRegex(ValueError, "line 1 speaks of go ring"):
                parseOutput("go\tring\thop\t1\tns\n", peer, workload)

    def testAMetricIsMeasuredOnce(self):
        with self.assertRaisesRegex(ValueError, "hop is measured twice"):
            parseOutput("go\tring\thop\t1\tns\n" * 2, "go", "ring")

    def testNothingIsAnError(self):
        with self.assertRaisesRegex(ValueError, "nothing was measured"):
            parseOutput("", "go", "ring")


if __name__ == "__main__":
    unittest.main()
