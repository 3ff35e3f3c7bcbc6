#!/usr/bin/env python3
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

import fixture
from checks import sizes


class Sizes(fixture.CheckTest):
    check = sizes

    def testWhatIsAtTheLimitIsClean(self):
        files = {f"runtime/module-{i}.cc": "" for i in range(20)}
        files |= {f"runtime/module-{i}-test.cc": "" for i in range(20)}
        files["runtime/module-0.h"] = "//\n" * 250
        files["runtime/module-0.cc"] = "//\n" * 600
        files["runtime/README.md"] = "a\n" * 80
        files["proxy/testdata/golden.h"] = "//\n" * 1000
        self.assertClean(files)

    def testFindsALongFile(self):
        self.assertFound(
            {
                "runtime/troop.h": "//\n" * 251,
                "runtime/troop.cc": "//\n" * 601,
                "sandbox/js/prelude.js": "//\n" * 700,
                "sandbox/README.md": "a\n" * 81,
            },
            "runtime/troop.h:251: lines",
            "runtime/troop.cc:601: lines",
            "sandbox/js/prelude.js:601: lines",
            "sandbox/README.md:81: lines",
        )

    def testFindsAFolderOfManyModules(self):
        files = {f"runtime/module-{i}.cc": "" for i in range(21)}
        files |= {f"runtime/base/module-{i}.h": "" for i in range(20)}
        self.assertFound(files, "runtime:1: modules")

if __name__ == "__main__":
    fixture.main()
