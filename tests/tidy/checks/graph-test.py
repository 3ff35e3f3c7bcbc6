#!/usr/bin/env python3
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

import fixture
from checks import graph


class Graph(fixture.CheckTest):
    check = graph

    def testEachFolderMayUseWhatIsBelow(self):
        self.assertClean(
            {
                "tools/troop/run.cc": '#include "sandbox/host.h"\n#include "runtime/troop.h"\n',
                "sandbox/host.h": '#include "proxy/capability.h"\n',
                "proxy/capability.h": '#include "runtime/troop.h"\n#include "proxy/table.h"\n',
                "runtime/troop.h": "#include <vector>\n",
                "tests/attack/loop.cc": '#include "tools/troop/run.h"\n',
            }
        )

    def testFindsAnIncludeFromBelow(self):
        self.assertFound(
            {
                "runtime/troop.h": '#pragma once\n#include "proxy/capability.h"\n',
                "proxy/capability.cc": '#include "sandbox/host.h"\n',
                "sandbox/host.cc": '#include "tools/troop/run.h"\n',
            },
            "runtime/troop.h:2: proxy/capability.h",
            "proxy/capability.cc:1: sandbox/host.h",
            "sandbox/host.cc:1: tools/troop/run.h",
        )

    def testFindsAnythingThatUsesTests(self):
        self.assertFound(
            {"sandbox/host-test.cc": '#include "tests/attack/loop.h"\n'},
            "sandbox/host-test.cc:1: tests/attack/loop.h",
        )

    def testFindsASchemaThatImportsFromAbove(self):
        self.assertFound(
            {
                "proto/call.capnp": '@0xabc;\nusing S = import "/sandbox/x.capnp";\n',
                "proto/control.proto": 'syntax = "proto3";\nimport "tools/troopd/control.proto";\n',
            },
            "proto/call.capnp:2: sandbox/x.capnp",
            "proto/control.proto:2: tools/troopd/control.proto",
        )

    def testFindsALabelFromBelowInAnyAttribute(self):
        build = """
troop_cc_library(
    name = "troop",
    srcs = ["troop.cc"],
    data = [
        "//sandbox/js:prelude",
    ],
    visibility = ["//tools:__subpackages__"],
    deps = ["//tools/third_party:fmt", "//tools/troop"],
)
"""
        self.assertFound(
            {"runtime/BUILD.bazel": build},
            "runtime/BUILD.bazel:6: //sandbox/js:prelude",
            "runtime/BUILD.bazel:9: //tools/troop",
        )

    def testAnIncludeInTextThatAGeneratorWritesIsNone(self):
        emitter = 'auto text = R"(\n#include "proxy/call.h"\n)";\n// #include "tools/x.h"\n'
        self.assertClean({"runtime/emit.cc": emitter})

if __name__ == "__main__":
    fixture.main()
