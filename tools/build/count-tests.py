#!/usr/bin/env python3
"""Counts the test cases of Bazel runs, from the event files that Bazel wrote.

usage: count-tests.py NAME=EVENTS...

Each NAME=EVENTS is one `bazel test --build_event_json_file=EVENTS`, or a `bazel build` with an
aspect that looks at sources. A case is one GoogleTest case, one test target that is not GoogleTest,
or one target that the aspect had something to look at in. Whatever kept a test from running to its
end (a build error, a crash, a time-out, an interrupted Bazel) counts as a failure. Prints what
failed, a line for each run, and last `N passed, N failed`; exits with 0 only if something passed
and nothing failed.
"""

import json
import sys
import urllib.parse
import xml.etree.ElementTree

# Bazel's exit codes that tell of tests, not of trouble: all passed, some failed, none to run.
TEST_EXIT_CODES = {0, 3, 4}


class Run:
    """What one run of Bazel came to."""

    def __init__(self, name):
        self.name = name
        self.passed = 0
        self.skipped = 0
        self.failures = []

    def fail(self, target, reason):
        self.failures.append(f"{target} {reason}")

    def summary(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.name}: {self.passed} passed, {len(self.failures)} failed{skipped}"


def readEvents(path):
    """The events of a run; the last line of an interrupted one may be cut off."""
    events = []
    try:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                events.append(json.loads(line))
    except (OSError, ValueError):
        pass
    return events


def countCases(run, target, isGoogleTest, xmlPath, status):
    """Counts the cases in one test.xml of a target that Bazel gave `status`."""
    failuresBefore = len(run.failures)
    try:
        cases = list(xml.etree.ElementTree.parse(xmlPath).iter("testcase"))
    except (OSError, xml.etree.ElementTree.ParseError) as error:
        run.fail(target, f"left no readable result: {error}")
        return
    # For a program that wrote no file Bazel does, with one case named after the target.
    if [case.get("name") for case in cases] == [target.lstrip("/").replace(":", "/")]:
        countTarget(run, target, isGoogleTest, status)
        return
    if not cases:
        run.fail(target, "has no test case")
    for case in cases:
        caseName = ".".join(filter(None, [case.get("classname"), case.get("name")]))
        if case.find("failure") is not None or case.find("error") is not None:
            run.fail(target, caseName)
        elif case.find("skipped") is not None or case.get("status") == "notrun":
            run.skipped += 1
        else:
            run.passed += 1
    # A program can also fail outside its cases: at its end, where a leak is reported.
    if status != "PASSED" and len(run.failures) == failuresBefore:
        run.fail(target, f"ended as {status} though its cases passed")


def countTarget(run, target, isGoogleTest, status):
    """Counts a target that left no cases as one case."""
    if status != "PASSED":
        run.fail(target, f"ended as {status}")
    elif isGoogleTest:
        run.fail(target, "ended before its last case, without an error")
    else:
        run.passed += 1


def lastAttempts(events):
    """The result of each shard of each test target: its last attempt."""
    results = {}
    for event in events:
        identity = event.get("id", {}).get("testResult")
        if identity is not None and "testResult" in event:
            place = (identity["label"], identity.get("run", 1), identity.get("shard", 1))
            attempt = identity.get("attempt", 1)
            if place not in results or attempt >= results[place][0]:
                results[place] = (attempt, event["testResult"])
    return {place: result for place, (_, result) in results.items()}


def countBuilds(run, events, tested):
    """Counts the targets that were not built, and those that an aspect looked at."""
    for event in events:
        identity = event.get("id", {}).get("targetCompleted")
        if identity is None:
            continue
        completed = event.get("completed", {})
        label, aspect = identity["label"], identity.get("aspect")
        if completed.get("success", False):
            # An aspect that made nothing looked at nothing.
            run.passed += 1 if aspect and completed.get("outputGroup") else 0
        elif aspect:
            run.fail(label, f"fails {aspect.split('%')[-1]}")
        elif label not in tested:
            run.fail(label, "was not built")


def countRun(name, path):
    run = Run(name)
    events = readEvents(path)
    configured = {
        event["id"]["targetConfigured"]["label"]: event["configured"]
        for event in events
        if "configured" in event and "targetConfigured" in event.get("id", {})
    }
    results = lastAttempts(events)
    for (label, _, _), result in sorted(results.items()):
        status = result.get("status", "NO_STATUS")
        uris = [o["uri"] for o in result.get("testActionOutput", []) if o["name"] == "test.xml"]
        # Every cc_test is GoogleTest but those in C (tools/build/cc.bzl).
        target = configured.get(label, {})
        isCcTest = target.get("targetKind") == "cc_test rule"
        isGoogleTest = isCcTest and "no-cases" not in target.get("tag", [])
        if uris:
            path = urllib.parse.unquote(urllib.parse.urlparse(uris[0]).path)
            countCases(run, label, isGoogleTest, path, status)
        else:
            countTarget(run, label, isGoogleTest, status)

    countBuilds(run, events, {label for label, _, _ in results})
    finished = [event["finished"] for event in events if "finished" in event]
    if not finished:
        run.fail("Bazel", "did not run to its end")
    else:
        code = finished[-1].get("exitCode", {}).get("code", 0)
        if code not in TEST_EXIT_CODES and not run.failures:
            run.fail("Bazel", f"ended with {finished[-1]['exitCode'].get('name', code)}")
        elif code == 3 and not run.failures:
            run.fail("Bazel", "says that tests failed, which no result shows")
    return run


def main(arguments):
    runs = [countRun(*argument.split("=", 1)) for argument in arguments]
    passed = sum(run.passed for run in runs)
    failed = sum(len(run.failures) for run in runs)
    for run in runs:
        for failure in run.failures:
            print(f"FAILED ({run.name}): {failure}")
    for run in runs:
        print(run.summary())
    if passed + failed == 0:
        print("no test ran")
        failed = 1
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
