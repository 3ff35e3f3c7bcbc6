#!/usr/bin/env python3
"""Exceptions let through what they name, as much as they say, and nothing that is over."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import fixture
import ratchet
from finding import Finding

LONG = Finding("a.cc", 7, "run", "run has 90 lines", "at most 70", 90)
WORD = Finding("b.cc", 3, "word", "says a word", "take it out")


def exception(path, subject, atMost, reason="Because."):
    return {"file": path, "subject": subject, "atMost": atMost, "reason": reason}


def texts(findings, exceptions):
    return [failure.text() for failure in ratchet.apply(findings, exceptions, "list.json")]


class Ratchet(unittest.TestCase):
    def testWithoutExceptionsEachFindingFails(self):
        self.assertEqual(ratchet.apply([LONG, WORD], [], "list.json"), [LONG, WORD])

    def testAnExceptionLetsItsFindingThrough(self):
        self.assertEqual(texts([LONG], [exception("a.cc", "run", 90)]), [])

    def testMoreThanTheExceptionAllowsFails(self):
        self.assertEqual(
            texts([LONG], [exception("a.cc", "run", 89)]),
            ["a.cc:7: run has 90 lines (the exception allows 89, here are 90); at most 70"],
        )

    def testFindingsOfOneSubjectAddUp(self):
        self.assertEqual(texts([WORD, WORD], [exception("b.cc", "word", 2)]), [])
        self.assertEqual(len(texts([WORD, WORD, WORD], [exception("b.cc", "word", 2)])), 3)

    def testAnExceptionThatNothingNeedsFails(self):
        self.assertEqual(
            texts([], [exception("a.cc", "run", 90)]),
            ["list.json:1: the exception for a.cc, 'run' is not needed any more; remove it"],
        )

    def testAnExceptionForAnotherSubjectDoesNotHelp(self):
        self.assertEqual(len(texts([WORD], [exception("b.cc", "other", 1)])), 2)

    def testAnExceptionTwiceFails(self):
        twice = [exception("a.cc", "run", 90)] * 2
        self.assertIn("is listed twice", "".join(texts([LONG], twice)))

    def testAnExceptionWithoutReasonFailsAndHelpsNothing(self):
        found = texts([LONG], [exception("a.cc", "run", 90, reason="  ")])
        self.assertIn("has no reason", found[0])
        self.assertEqual(len(found), 2)

    def testWhatIsNoExceptionFails(self):
        for entry in ("a.cc", {"file": "a.cc"}, exception("a.cc", "run", "90"), {}):
            with self.subTest(entry):
                self.assertEqual(len(texts([], [entry])), 1)

    def testAListThatIsNoListIsAMistake(self):
        with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as folder:
            self.assertEqual(ratchet.load(folder, "sizes"), [])
            self.assertEqual(ratchet.listed(os.path.join(folder, "none")), [])
            fixture.writeTree(folder, {"sizes.json": "[{]"})
            self.assertEqual(ratchet.listed(folder), ["sizes"])
            with self.assertRaisesRegex(SystemExit, "sizes.json: is no JSON"):
                ratchet.load(folder, "sizes")

    def testWhatFailsCanBeWrittenAsExceptions(self):
        drafts = ratchet.asExceptions([LONG, WORD, WORD])
        self.assertEqual(
            drafts, [exception("a.cc", "run", 90, ""), exception("b.cc", "word", 2, "")]
        )


if __name__ == "__main__":
    fixture.main()
