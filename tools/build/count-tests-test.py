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

FINISHED = {"id": {"buildFinished": {}}, "finished": {"exitCode": {"name": "SUCCESS"}}}
TESTS_FAILED = {"id": {"buildFinished": {}}, "finished": {"exitCode": {"name": "TESTS_FAILED", "code": 3}}}
BUILD_FAILURE = {"id": {"buildFinished": {}}, "finished": {"exitCode": {"name": "BUILD_FAILURE", "code": 1}}}
NO_TESTS = {"id": {"buildFinished": {}}, "finished": {"exitCode": {"name": "NO_TESTS_FOUND", "code": 4}}}


def configured(label, kind="cc_test rule"):
    return {"id": {"targetConfigured": {"label": label}}, "configured": {"targetKind": kind}}


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
            "testResult": {"status": status, "testActionOutput": [{"name": "test.xml", "uri": uri}]},
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
        cases = '<testcase classname="A" name="one"/><testcase classname="A" name="two"/>'
        events = [configured("//a:t"), self.result("//a:t", cases), FINISHED]
        self.assertEqual(self.count(events, events), (0, "4 passed, 0 failed"))

    def testAFailedCaseIsNamed(self):
        cases = '<testcase classname="A" name="one"/><testcase classname="A" name="two"><failure/></testcase>'
        events = [configured("//a:t"), self.result("//a:t", cases, "FAILED"), TESTS_FAILED]
        self.assertEqual(self.count(events), (1, "1 passed, 1 failed"))
        self.assertIn("//a:t A.two", self.output)

    def testSkippedAndDisabledCasesAreNeither(self):
        cases = (
            '<testcase classname="A" name="one"/><testcase classname="A" name="two"><skipped/></testcase>'
            '<testcase classname="A" name="three" status="notrun"/>'
        )
        events = [configured("//a:t"), self.result("//a:t", cases), FINISHED]
        self.assertEqual(self.count(events), (0, "1 passed, 0 failed"))
        self.assertIn("2 skipped", self.output)

    def testATargetThatIsNotGoogleTestIsOneCase(self):
        events = [configured("//a:t", "sh_test rule"), self.result("//a:t", '<testcase name="a/t"/>'), FINISHED]
        self.assertEqual(self.count(events), (0, "1 passed, 0 failed"))

    def testAProgramThatEndsEarlyWithoutAnErrorFailed(self):
        events = [configured("//a:t"), self.result("//a:t", '<testcase name="a/t"/>'), FINISHED]
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
        cases = '<testcase classname="A" name="one"/>'
        events = [configured("//a:t"), self.result("//a:t", cases, "FAILED"), TESTS_FAILED]
        self.assertEqual(self.count(events), (1, "1 passed, 1 failed"))

    def testTheLastAttemptCounts(self):
        bad = self.result("//a:t", '<testcase classname="A" name="one"><failure/></testcase>', "FAILED")
        good = self.result("//a:t", '<testcase classname="A" name="one"/>', attempt=2)
        self.assertEqual(self.count([good, bad, FINISHED]), (0, "1 passed, 0 failed"))

    def testATargetThatIsNotBuiltIsAFailure(self):
        notBuilt = {"id": {"targetCompleted": {"label": "//a:b"}}, "completed": {}}
        self.assertEqual(self.count([notBuilt, BUILD_FAILURE]), (1, "0 passed, 1 failed"))

    def testAnErrorOfBazelIsAFailure(self):
        cases = '<testcase classname="A" name="one"/>'
        events = [configured("//a:t"), self.result("//a:t", cases), BUILD_FAILURE]
        self.assertEqual(self.count(events), (1, "1 passed, 1 failed"))

    def testABazelThatDidNotEndIsAFailure(self):
        cases = '<testcase classname="A" name="one"/>'
        self.assertEqual(self.count([self.result("//a:t", cases)]), (1, "1 passed, 1 failed"))

    def testEventsThatAreMissingAreAFailure(self):
        with contextlib.redirect_stdout(io.StringIO()) as output:
            self.assertEqual(countTests.main(["run=" + os.path.join(self.folder, "none")]), 1)
        self.assertEqual(output.getvalue().splitlines()[-1], "0 passed, 1 failed")

    def testNoTestAtAllIsAFailure(self):
        self.assertEqual(self.count([NO_TESTS]), (1, "0 passed, 1 failed"))
        self.assertIn("no test ran", self.output)

    def testOneRunMayHaveNoTest(self):
        cases = '<testcase classname="A" name="one"/>'
        events = [configured("//a:t"), self.result("//a:t", cases), FINISHED]
        self.assertEqual(self.count(events, [NO_TESTS]), (0, "1 passed, 0 failed"))


if __name__ == "__main__":
    unittest.main()
