#!/usr/bin/env python3
"""What tools/test counts: every way in which a run can end, as Bazel tells it."""

import contextlib
import importlib.util
import io
import json
import os
import tempfile
import unittest

_specification = importlib.util.spec_from_file_location("countTests", "tools/build/count-tests.py")
countTests = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(countTests)

PASSES = '<testcase classname="A" name="passes"/>'
FAILS = '<testcase classname="A" name="fails"><failure/></testcase>'
SKIPPED = '<testcase classname="A" name="skipped"><skipped/></testcase>'
DISABLED = '<testcase classname="A" name="disabled" status="notrun"/>'
# What Bazel writes for a program that wrote nothing.
NO_CASES = '<testcase name="a/t"/>'


def finished(**exitCode):
    return {"id": {"buildFinished": {}}, "finished": {"exitCode": exitCode}}


FINISHED = finished(name="SUCCESS")
BUILD_FAILURE = finished(name="BUILD_FAILURE", code=1)
TESTS_FAILED = finished(name="TESTS_FAILED", code=3)
NO_TESTS = finished(name="NO_TESTS_FOUND", code=4)


def configured(label, kind="cc_test rule", tags=()):
    target = {"targetKind": kind, "tag": list(tags)}
    return {"id": {"targetConfigured": {"label": label}}, "configured": target}


class CountTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def result(self, label, xml, status="PASSED", attempt=1):
        """The event of a test whose test.xml holds `xml`."""
        descriptor, path = tempfile.mkstemp(dir=self.folder, suffix=" test.xml")
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(f"<testsuites>{xml}</testsuites>")
        uri = "file://" + path.replace(" ", "%20")
        return {
            "id": {"testResult": {"label": label, "run": 1, "attempt": attempt}},
            "testResult": {
                "status": status,
                "testActionOutput": [{"name": "test.xml", "uri": uri}],
            },
        }

    def count(self, *runs):
        """The exit code and the last line for runs given as lists of events."""
        arguments = []
        for number, events in enumerate(runs):
            path = os.path.join(self.folder, f"events{number}")
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(json.dumps(event) + "\n" for event in events)
            arguments.append(f"run{number}={path}")
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            code = countTests.main(arguments)
        self.output = output.getvalue()
        return code, self.output.splitlines()[-1]

    def testEveryCaseOfEveryRunCounts(self):
        events = [configured("//a:t"), self.result("//a:t", PASSES + PASSES), FINISHED]
        self.assertEqual(self.count(events, events), (0, "4 passed, 0 failed"))

    def testAFailedCaseIsNamed(self):
        result = self.result("//a:t", PASSES + FAILS, "FAILED")
        events = [configured("//a:t"), result, TESTS_FAILED]
        self.assertEqual(self.count(events), (1, "1 passed, 1 failed"))
        self.assertIn("//a:t A.fails", self.output)

    def testSkippedAndDisabledCasesAreNeither(self):
        result = self.result("//a:t", PASSES + SKIPPED + DISABLED)
        events = [configured("//a:t"), result, FINISHED]
        self.assertEqual(self.count(events), (0, "1 passed, 0 failed"))
        self.assertIn("2 skipped", self.output)

    def testATargetThatIsNotGoogleTestIsOneCase(self):
        result = self.result("//a:t", NO_CASES)
        events = [configured("//a:t", "sh_test rule"), result, FINISHED]
        self.assertEqual(self.count(events), (0, "1 passed, 0 failed"))

    def testATestWithoutCasesIsOneCase(self):
        events = [
            configured("//a:t", tags=["no-cases"]),
            self.result("//a:t", NO_CASES),
            FINISHED,
        ]
        self.assertEqual(self.count(events), (0, "1 passed, 0 failed"))
        events[1] = self.result("//a:t", '<testcase name="a/t"><error/></testcase>', "FAILED")
        self.assertEqual(self.count(events), (1, "0 passed, 1 failed"))

    def testAProgramThatEndsEarlyWithoutAnErrorFailed(self):
        events = [configured("//a:t"), self.result("//a:t", NO_CASES), FINISHED]
        self.assertEqual(self.count(events), (1, "0 passed, 1 failed"))

    def testAProgramWithoutCasesFailed(self):
        events = [configured("//a:t"), self.result("//a:t", ""), FINISHED]
        self.assertEqual(self.count(events), (1, "0 passed, 1 failed"))

    def testACrashAndATimeOutAreFailures(self):
        crash = self.result("//a:c", '<testcase name="a/c"><error/></testcase>', "FAILED")
        timeOut = {
            "id": {"testResult": {"label": "//a:h"}},
            "testResult": {"status": "TIMEOUT"},
        }
        self.assertEqual(self.count([crash, timeOut, TESTS_FAILED]), (1, "0 passed, 2 failed"))

    def testAFailureAfterTheLastCaseCounts(self):
        events = [configured("//a:t"), self.result("//a:t", PASSES, "FAILED"), TESTS_FAILED]
        self.assertEqual(self.count(events), (1, "1 passed, 1 failed"))

    def testTheLastAttemptCounts(self):
        bad = self.result("//a:t", FAILS, "FAILED")
        good = self.result("//a:t", PASSES, attempt=2)
        self.assertEqual(self.count([good, bad, FINISHED]), (0, "1 passed, 0 failed"))

    def testATargetThatIsNotBuiltIsAFailure(self):
        notBuilt = {"id": {"targetCompleted": {"label": "//a:b"}}, "completed": {}}
        self.assertEqual(self.count([notBuilt, BUILD_FAILURE]), (1, "0 passed, 1 failed"))

    def testEachTargetThatAnAspectLookedAtIsACase(self):
        def completed(label, result):
            identity = {"label": label, "aspect": "//a:look.bzl%look"}
            return {"id": {"targetCompleted": identity}, "completed": result}

        events = [
            {"id": {"targetCompleted": {"label": "//a:l"}}, "completed": {"success": True}},
            completed("//a:l", {"success": True, "outputGroup": [{"name": "look"}]}),
            completed("//a:nothing-to-look-at", {"success": True}),
            completed("//a:bad", {}),
            BUILD_FAILURE,
        ]
        self.assertEqual(self.count(events), (1, "1 passed, 1 failed"))
        self.assertIn("//a:bad fails look", self.output)

    def testAnErrorOfBazelIsAFailure(self):
        events = [configured("//a:t"), self.result("//a:t", PASSES), BUILD_FAILURE]
        self.assertEqual(self.count(events), (1, "1 passed, 1 failed"))

    def testABazelThatDidNotEndIsAFailure(self):
        self.assertEqual(self.count([self.result("//a:t", PASSES)]), (1, "1 passed, 1 failed"))

    def testEventsThatAreMissingAreAFailure(self):
        with contextlib.redirect_stdout(io.StringIO()) as output:
            self.assertEqual(countTests.main(["run=" + os.path.join(self.folder, "none")]), 1)
        self.assertEqual(output.getvalue().splitlines()[-1], "0 passed, 1 failed")

    def testNoTestAtAllIsAFailure(self):
        self.assertEqual(self.count([NO_TESTS]), (1, "0 passed, 1 failed"))
        self.assertIn("no test ran", self.output)

    def testOneRunMayHaveNoTest(self):
        events = [configured("//a:t"), self.result("//a:t", PASSES), FINISHED]
        self.assertEqual(self.count(events, [NO_TESTS]), (0, "1 passed, 0 failed"))


if __name__ == "__main__":
    unittest.main()
