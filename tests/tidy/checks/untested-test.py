#!/usr/bin/env python3
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

import fixture
from checks import untested


class Untested(fixture.CheckTest):
    check = untested

    def testASourceWithItsTestIsClean(self):
        self.assertClean(
            {
                "runtime/troop.h": "",
                "runtime/troop.cc": "",
                "runtime/troop-test.cc": "",
                "proxy/compiler/js/emit.cc": "",
                "proxy/compiler/js/emit-test.js": "",
                "runtime/inspect/types.cc": "",
                "runtime/inspect/types-test.py": "",
                "tests/attack/loop.cc": "",
                "docs/examples/embed.cc": "",
                "proxy/testdata/golden.cc": "",
            }
        )

    def testFindsASourceWithoutTest(self):
        self.assertFound(
            {"runtime/troop.cc": "", "runtime/sched/troop-test.cc": ""},
            "runtime/troop.cc:1: untested",
        )

if __name__ == "__main__":
    fixture.main()
