#!/usr/bin/env python3
"""Compiles a file in which every error is expected.

usage: expect-compile-errors.py REPORT CASES SOURCE FLAG...

A comment `// error: TEXT` says that what stands below it, up to the next such comment, is refused
with TEXT, on one line, before anything else is said of it; `// error` without a text ends that.
Writes what did not come so to REPORT, whose last line is `passed` or `failed`, and a case for each
comment to CASES, as GoogleTest does.
"""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree

COMPILER = "clang++-19"
_EXPECTED = re.compile(r"\s*// error(?:: (.*\S))?\s*$")


class Case:
    """What is expected of some lines."""

    def __init__(self, firstLine, text):
        self.firstLine = firstLine
        self.lastLine = firstLine
        self.text = text
        self.errors = []

    def covers(self, line):
        return self.firstLine <= line <= self.lastLine


def readCases(lines):
    cases = []
    open_ = None
    for number, line in enumerate(lines, 1):
        expected = _EXPECTED.match(line)
        if expected:
            open_ = Case(number, expected.group(1)) if expected.group(1) else None
            if open_:
                cases.append(open_)
        elif open_:
            open_.lastLine = number
    return cases


def splitErrors(said):
    """What the compiler said, an item an error with its notes."""
    errors = []
    for line in said.splitlines():
        if re.match(r"\S+?:\d+:\d+: (?:fatal )?error: ", line):
            errors.append([])
        if errors:
            errors[-1].append(line)
    return ["\n".join(error) for error in errors]


def assign(errors, source, cases):
    """Gives each error to the case in whose lines it arose; what belongs to none."""
    others = []
    place = re.compile(rf"(?m)^(?:.*from )?{re.escape(source)}:(\d+):")
    for error in errors:
        lines = [int(line) for line in place.findall(error)]
        found = [case for case in cases if any(case.covers(line) for line in lines)]
        for case in found:
            case.errors.append(error)
        if not found:
            others.append(error)
    return others


def faults(cases, others):
    """A pair for each case: it, and what is wrong with it or None; then texts of other errors."""
    judged = []
    for case in cases:
        if not case.errors:
            judged.append((case, f"line {case.firstLine}: compiles, but must not: {case.text}"))
        elif case.text not in case.errors[0].splitlines()[0]:
            said = "\n".join(case.errors)
            wrong = f"the first error does not say: {case.text}\n{said}"
            judged.append((case, f"line {case.firstLine}: {wrong}"))
        else:
            judged.append((case, None))
    return judged, [f"an error that nobody expects:\n{error}" for error in others]


def writeCases(path, name, judged):
    suite = xml.etree.ElementTree.Element("testsuite", name=name)
    for case, fault in judged:
        attributes = {"name": f"line {case.firstLine}", "classname": name}
        element = xml.etree.ElementTree.SubElement(suite, "testcase", attributes)
        if fault:
            xml.etree.ElementTree.SubElement(element, "failure", message=fault)
    xml.etree.ElementTree.ElementTree(suite).write(path)


def main(report, casesPath, source, *flags):
    with open(source, encoding="utf-8") as file:
        cases = readCases(file.read().splitlines())
    command = [COMPILER, "-fsyntax-only", "-ferror-limit=0", "-fno-caret-diagnostics",
               "-fno-color-diagnostics", "-ftemplate-backtrace-limit=0", *flags, source]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    others = assign(splitErrors(said), source, cases)
    judged, unexpected = faults(cases, others)
    wrong = [fault for _, fault in judged if fault] + unexpected
    if not cases:
        wrong.append("there is no `// error: TEXT`")
    writeCases(casesPath, os.path.basename(source), judged)
    with open(report, "w", encoding="utf-8") as file:
        for fault in wrong:
            file.write(f"{source}: {fault}\n")
        file.write("failed\n" if wrong else "passed\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
