#!/usr/bin/env python3
"""Programs take turns; however one ends, the others go on and nothing of it is left."""

import os
import sys
import tempfile
import time
import unittest
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True

import run
from peers import Command
from run import Program, runInTurns


class Turns(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def program(self, peer, script, workloads=("ring",), environment=None):
        """A peer whose program is a shell script, which finds the workload in $1."""
        path = os.path.join(self.folder, peer)
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + script)
        os.chmod(path, 0o755)

        def commands(workload):
            return [Command([peer, workload], environment or {})]

        return Program(peer, self.folder, list(workloads), commands)

    def measuring(self, peer, value, **arguments):
        return self.program(peer, f"printf '{peer}\\t%s\\thop\\t{value}\\tns\\n' $1", **arguments)

    def testTheyTakeTurns(self):
        programs = [self.measuring("a", 1), self.measuring("b", 2)]
        results, failures = runInTurns(programs, "ring", {}, 3)
        self.assertEqual([result.peer for result in results], ["a", "b", "b", "a", "a", "b"])
        self.assertEqual(failures, [])

    def testWhoHasNoSuchWorkloadIsLeftOut(self):
        programs = [self.measuring("a", 1, workloads=["ring"]), self.measuring("b", 2)]
        programs[0].workloads.clear()
        results, _ = runInTurns(programs, "ring", {}, 1)
        self.assertEqual([result.peer for result in results], ["b"])

    def testSizesAndTheFolderReachTheProgram(self):
        program = self.program(
            "a",
            'test "$OWN" = "$(dirname $0)/x" && printf "a\\tring\\thop\\t$LAPS\\tns\\n"',
            environment={"OWN": "{folder}/x"},
        )
        results, failures = runInTurns([program], "ring", {"LAPS": "7"}, 1)
        self.assertEqual(([result.value for result in results], failures), ([7], []))

    def testTheCallersSizesGoBefore(self):
        program = self.program("a", 'printf "a\\tring\\thop\\t$LAPS\\tns\\n"')
        with mock.patch.dict(os.environ, {"LAPS": "9"}):
            results, _ = runInTurns([program], "ring", {"LAPS": "7"}, 1)
        self.assertEqual(results[0].value, 9)

    def testWhoFailsIsNamedAndNotRunAgain(self):
        programs = [self.program("a", "echo trouble >&2; exit 3"), self.measuring("b", 2)]
        results, failures = runInTurns(programs, "ring", {}, 3)
        self.assertEqual([result.peer for result in results], ["b"] * 3)
        texts = [failure.text() for failure in failures]
        self.assertEqual(texts, ["a ring: ended with 3: trouble"])

    def testWhoPrintsSomethingElseFailed(self):
        _, failures = runInTurns([self.program("a", "echo hello")], "ring", {}, 1)
        self.assertIn("is not peer, workload", failures[0].reason)

    def testWhoDoesNotStartFailed(self):
        program = self.measuring("a", 1)
        os.remove(os.path.join(self.folder, "a"))
        _, failures = runInTurns([program], "ring", {}, 1)
        self.assertIn("does not start", failures[0].reason)

    def testWhoHangsIsEndedWithAllThatItStarted(self):
        program = self.program("a", f"(sleep 600 & echo $! >{self.folder}/pid; wait)")
        with mock.patch.object(run, "TIMEOUT_SECONDS", 0.5):
            _, failures = runInTurns([program], "ring", {}, 1)
        self.assertIn("was not done", failures[0].reason)
        with open(os.path.join(self.folder, "pid"), encoding="utf-8") as file:
            child = int(file.read())
        deadline = time.monotonic() + 60
        while os.path.exists(f"/proc/{child}") and not self.isDead(child):
            self.assertLess(time.monotonic(), deadline, "it goes on")
            time.sleep(0.01)

    def isDead(self, process):
        """Whether it has ended, though nobody may have asked how."""
        try:
            with open(f"/proc/{process}/stat", encoding="utf-8") as file:
                return file.read().rsplit(")", 1)[1].split()[0] == "Z"
        except OSError:
            return True


if __name__ == "__main__":
    unittest.main()
