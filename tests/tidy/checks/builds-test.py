#!/usr/bin/env python3
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

import fixture
from checks import builds


class Builds(fixture.CheckTest):
    check = builds

    def testPlainListsAreClean(self):
        build = """
load("//tools/build:cc.bzl", "troop_cc_library")

package(default_visibility = ["//visibility:public"])

_NAMES = ["one", "two"]

troop_cc_library(
    name = "troop",
    srcs = ["troop.cc"] + ["x.cc"],
    hdrs = select({"//:linux": ["troop.h"], "//conditions:default": []}),
)

filegroup(name = "scripts", srcs = glob(["*.js"]))

[sh_test(name = "%s-test" % name, srcs = [name + "-test.py"]) for name in _NAMES]
"""
        self.assertClean({"runtime/BUILD.bazel": build})

    def testFindsAPlainRuleAndItsFlags(self):
        build = """
cc_library(
    name = "troop",
    copts = ["-O3"],
    linkopts = ["-lm"],
)
"""
        self.assertFound(
            {"runtime/BUILD.bazel": build, "tools/third_party/BUILD.bazel": build},
            "runtime/BUILD.bazel:2: troop",
            "runtime/BUILD.bazel:2: troop copts",
            "runtime/BUILD.bazel:2: troop linkopts",
        )

    def testFindsAGlobOfSources(self):
        build = 'troop_cc_library(\n    name = "x",\n    srcs = glob(["**/*.cc"]),\n)\n'
        self.assertFound({"proxy/BUILD.bazel": build}, "proxy/BUILD.bazel:3: **/*.cc")

    def testFindsWhatItCannotRead(self):
        build = 'x(name = "x", srcs = made())\ndef f():\n    pass\nx(**y)\n'
        self.assertFound(
            {"proxy/BUILD.bazel": build},
            "proxy/BUILD.bazel:1: has 'made()', which is no literal",
            "proxy/BUILD.bazel:2: is more than a list of targets",
            "proxy/BUILD.bazel:4: has arguments that are not written out (**)",
        )

    def testFindsAFileThatIsNoBuildFile(self):
        self.assertFound(
            {"proxy/BUILD.bazel": "troop_cc_library("},
            "proxy/BUILD.bazel:1: is not readable: '(' was never closed",
        )

if __name__ == "__main__":
    fixture.main()
