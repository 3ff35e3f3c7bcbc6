#!/usr/bin/env python3
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

import fixture
from checks import columns


class Columns(fixture.CheckTest):
    check = columns

    def testALineAtTheLimitIsClean(self):
        link = "// See https://" + "x" * 100 + "\n"
        self.assertClean({"runtime/a.cc": "é" * 100 + "\n" + link, "docs/a.md": "x" * 200})

    def testFindsALongLine(self):
        text = "x" * 100 + "\n" + "x" * 101 + "\n"
        self.assertFound(
            {"runtime/a.h": text, "sandbox/js/a.js": text},
            "runtime/a.h:2: columns",
            "sandbox/js/a.js:2: columns",
        )

if __name__ == "__main__":
    fixture.main()
