#!/usr/bin/env python3
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

import fixture
from checks import names


class Names(fixture.CheckTest):
    check = names

    def testKebabCaseIsClean(self):
        self.assertClean(
            {
                "runtime/work-stealing.cc": "",
                "runtime/work-stealing-test.cc": "",
                "tools/third_party/wasmtime.BUILD": "",
                "LICENSE": "",
                "tests/tidy/checks/__init__.py": "",
                "tests/peers/tokio/Cargo.toml": "",
                "sandbox/sdk/js/troop.d.ts": "",
            }
        )

    def testFindsNamesThatSayNothing(self):
        self.assertFound(
            {
                "runtime/util/x.h": "",
                "proxy/call-manager.cc": "",
                "tools/testHelpers.sh": "",
                "tools/commonly.sh": "",
            },
            "runtime/util/x.h:1: util",
            "proxy/call-manager.cc:1: manager",
            "tools/testHelpers.sh:1: helpers",
            "tools/testHelpers.sh:1: case",
        )

    def testFindsNamesInAnotherCase(self):
        self.assertFound(
            {"runtime/WorkStealing.h": "", "runtime/work_stealing.cc": ""},
            "runtime/WorkStealing.h:1: case",
            "runtime/work_stealing.cc:1: case",
        )

if __name__ == "__main__":
    fixture.main()
