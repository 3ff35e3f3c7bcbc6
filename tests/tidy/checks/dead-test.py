#!/usr/bin/env python3
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

import fixture
from checks import dead


class Dead(fixture.CheckTest):
    check = dead

    def testWhatATargetNamesIsAlive(self):
        build = """
troop_cc_library(name = "troop", hdrs = ["troop.h"], srcs = ["sub/troop.cc"])
filegroup(name = "scripts", srcs = glob(["*.js"]))
troop_schema(name = "call", src = "call.capnp")
"""
        self.assertClean(
            {
                "proxy/BUILD.bazel": build,
                "proxy/troop.h": "",
                "proxy/sub/troop.cc": "",
                "proxy/call.capnp": "",
                "proxy/prelude.js": "",
            }
        )

    def testFindsASourceThatNoTargetNames(self):
        self.assertFound(
            {
                "proxy/BUILD.bazel": 'exports_files(["old.h"])\nload(":call.capnp", "x")\n',
                "proxy/old.h": "",
                "proxy/old.cc": '#include "proxy/old.h"\n',
                "proxy/call.capnp": "",
            },
            "proxy/old.h:1: dead",
            "proxy/old.cc:1: dead",
            "proxy/call.capnp:1: dead",
        )

    def testASourceBelongsToThePackageAboveIt(self):
        self.assertFound(
            {
                "proxy/BUILD.bazel": 'x(name = "x", srcs = glob(["**/*.h"]))',
                "proxy/a/one.h": "",
                "proxy/b/BUILD.bazel": "",
                "proxy/b/two.h": "",
            },
            "proxy/b/two.h:1: dead",
        )

    def testFindsWhatToolsLeaveBehind(self):
        self.assertFound(
            {"tools/__pycache__/count.pyc": b"\0", "runtime/troop.o": b"\0", "runtime/a.orig": ""},
            "tools/__pycache__/count.pyc:1: left behind",
            "runtime/troop.o:1: left behind",
            "runtime/a.orig:1: left behind",
        )

    def testFindsAScriptThatNobodyStarts(self):
        self.assertFound(
            {
                "tools/test": "exec tools/build/count.py\nrun recipes/$name.sh\n",
                "tools/build/count.py": "import cases\n",
                "tools/build/cases.py": "",
                "tools/build/lonely.py": "# lonely.py\n",
                "tools/recipes/one.sh": "",
                "tools/README.md": "lonely.py\n",
            },
            "tools/build/lonely.py:1: dead",
        )

if __name__ == "__main__":
    fixture.main()
