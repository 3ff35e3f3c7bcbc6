#!/usr/bin/env python3
"""Which peer ours is compared with, and which way."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True

from comparison import advantage, rowsOf
from measurement import Measurement, NotOffered


def figures(metric, unit, **peers):
    """Of a workload w, a value or a list of values a peer."""
    return [
        Measurement(peer, "w", metric, value, unit)
        for peer, values in peers.items()
        for value in (values if isinstance(values, list) else [values])
    ]


def advantageIn(results, metric, limits=frozenset()):
    rows = rowsOf(results)
    (row,) = [row for row in rows if row.metric == metric]
    return advantage(row, rows, limits)


class Rows(unittest.TestCase):
    def testRepetitionsAreSamplesOfARow(self):
        (row,) = rowsOf(figures("hop", "ns", troop=[3, 1, 2], go=5))
        self.assertEqual(row.samples, {"troop": [3, 1, 2], "go": [5]})
        self.assertEqual(row.median("troop"), 2)
        self.assertIsNone(row.median("caf"))

    def testWhatIsNotOfferedIsNoFigure(self):
        lacking = NotOffered("troop", "w", "hop", "channels")
        (row,) = rowsOf([lacking, *figures("hop", "ns", go=5)])
        self.assertEqual(row.lacking, {"troop": "channels"})
        self.assertEqual((row.unit, row.samples), ("ns", {"go": [5]}))

    def testUnitsMustAgree(self):
        with self.assertRaisesRegex(ValueError, "go gives w hop in us, others in ns"):
            rowsOf(figures("hop", "ns", troop=1) + figures("hop", "us", go=1))

    def testEachMedianIsALine(self):
        (row,) = rowsOf(figures("hop", "ns", troop=[3, 1, 2], go=5))
        lines = [median.tsv() for median in row.medians()]
        self.assertEqual(lines, ["troop\tw\thop\t2\tns", "go\tw\thop\t5\tns"])


class TheBestPeer(unittest.TestCase):
    def testTheQuickestIsTheBest(self):
        found = advantageIn(figures("hop", "ns", troop=5, go=10, caf=20), "hop")
        self.assertEqual((found.peer, found.ratio.value), ("go", 2))

    def testMostMessagesAreTheBest(self):
        found = advantageIn(figures("rate", "msg/s", troop=5, go=10, caf=20), "rate")
        self.assertEqual((found.peer, found.ratio.value), ("caf", 0.25))

    def testALimitIsNoPeer(self):
        found = advantageIn(figures("hop", "ns", troop=5, go=10, raw=1), "hop", {"raw"})
        self.assertEqual(found.peer, "go")

    def testWithoutPeersThereIsNothingToCompare(self):
        self.assertIsNone(advantageIn(figures("hop", "ns", troop=5), "hop"))
        self.assertIsNone(advantageIn(figures("hop", "ns", go=5), "hop"))

    def testThreadsOfWhichHandlesAreKeptAreComparedWithWhatPeersHave(self):
        results = figures("join_handles", "ns", troop=5) + figures("join", "ns", troop=2, go=10)
        self.assertEqual(advantageIn(results, "join_handles").ratio.value, 2)

    def testTasksAreComparedWithWhatPeersHave(self):
        results = figures("hop_tasks", "ns", troop=5) + figures("hop", "ns", troop=50, go=10)
        self.assertEqual(advantageIn(results, "hop_tasks").ratio.value, 2)

    def testCoroutinesAreComparedWithTokioOnly(self):
        results = figures("hop_coroutines", "ns", troop=5)
        results += figures("hop", "ns", go=10, tokio=20)
        self.assertEqual(advantageIn(results, "hop_coroutines").peer, "tokio")

    def testTheMemoryOfThreadsIsNotComparedWithThatOfTasksWithoutStacks(self):
        results = figures("rss", "B", troop=5, tokio=1, caf=1, loom=10)
        self.assertEqual(advantageIn(results, "rss").peer, "loom")
        results += figures("rss_coroutines", "B", troop=5)
        self.assertEqual(advantageIn(results, "rss_coroutines").peer, "tokio")


if __name__ == "__main__":
    unittest.main()
