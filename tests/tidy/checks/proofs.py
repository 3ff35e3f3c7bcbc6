"""Tests that a document names as proof, `Suite.nameOfTheTest` in code, exist.

A name whose suite is no test of the checkout is taken for something else, such as `Limits.cpu`,
unless the document says that it names tests, with the words "each line names the tests".
"""

import re

from checkout import lineOf
from finding import Finding

_TEST = re.compile(r"^\w*TEST(?:_[A-Z]+)?\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.MULTILINE)
_NAMED = re.compile(r"`([A-Z]\w*)\.([a-z]\w*)`")
_PROMISE = "each line names the tests"


def find(checkout, targets, house):
    tests = {
        (suite, name)
        for path in checkout.files
        if path.endswith(".cc")
        for suite, name in _TEST.findall(checkout.text(path))
    }
    suites = {suite for suite, _ in tests}
    for path in checkout.files:
        if not path.endswith(".md"):
            continue
        text = checkout.text(path)
        namesTests = _PROMISE in " ".join(text.split())
        for match in _NAMED.finditer(text):
            suite, name = match.groups()
            if (suite, name) in tests or not (namesTests or suite in suites):
                continue
            line = lineOf(text, match.start())
            test = f"{suite}.{name}"
            what = f"{test} is no test of the checkout"
            right = "name a test that enforces it, or say that none does"
            yield Finding(path, line, test, what, right)
