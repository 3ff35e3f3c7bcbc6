#!/usr/bin/env python3
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

import fixture
from checks import dependencies


class Dependencies(fixture.CheckTest):
    check = dependencies

    def files(self, deps, text, **others):
        """A module that has these deps and this text, above two others."""
        build = """
troop_cc_library(name = "error", hdrs = ["error.h"])
troop_cc_library(name = "time", hdrs = ["time.h"], deps = [":error"])
troop_cc_library(
    name = "troop",
    srcs = ["inner.h", "troop.cc"],
    deps = [%s],
)
""" % ", ".join(f'"{label}"' for label in deps)
        return {
            "runtime/BUILD.bazel": build,
            "runtime/error.h": "",
            "runtime/inner.h": "",
            "runtime/time.h": '#include "runtime/error.h"\n',
            "runtime/troop.cc": text,
            **others,
        }

    def testWhatIsIncludedAndDeclaredIsClean(self):
        text = """
#include "runtime/error.h"
#include "runtime/inner.h"
#include "runtime/time.h"

#include <fmt/format.h>
#include <vector>
"""
        deps = [":error", "//runtime:time", "//tools/third_party:fmt"]
        self.assertClean(self.files(deps, text))

    def testFindsAnIncludeOfAnIndirectDependency(self):
        text = '#include "runtime/time.h"\n#include "runtime/error.h"\n'
        self.assertFound(
            self.files([":time"], text), "runtime/troop.cc:2: troop runtime/error.h"
        )

    def testFindsADependencyThatIsNotUsed(self):
        text = '#include "runtime/time.h"\n'
        self.assertFound(
            self.files([":time", ":error"], text),
            "runtime/BUILD.bazel:7: troop //runtime:error",
        )

    def testFindsAHeaderThatNoTargetProvides(self):
        text = '#include "troop.h"\n#include "runtime/forgotten.h"\n'
        self.assertFound(
            self.files([], text),
            "runtime/troop.cc:1: troop troop.h",
            "runtime/troop.cc:2: troop runtime/forgotten.h",
        )

    def testFindsAHeaderThatIsPrivateToItsTarget(self):
        build = 'troop_cc_test(name = "t", srcs = ["t.cc"], deps = ["//runtime:troop"])'
        others = {
            "proxy/BUILD.bazel": build,
            "proxy/t.cc": '#include "runtime/inner.h"\n',
        }
        self.assertFound(self.files([], "", **others), "proxy/t.cc:1: t runtime/inner.h")

    def testFindsAThirdPartyThatIsNotDeclared(self):
        text = "#include <capnp/message.h>\n#include <gtest/gtest.h>\n"
        self.assertFound(
            self.files(["//tools/third_party:fmt"], text),
            "runtime/troop.cc:1: troop capnp/message.h",
            "runtime/troop.cc:2: troop gtest/gtest.h",
        )

    def testATestHasItsTestLibrary(self):
        build = 'troop_cc_test(name = "t", srcs = ["t.cc"])'
        self.assertClean({"proxy/BUILD.bazel": build, "proxy/t.cc": "#include <gtest/gtest.h>\n"})

    def testALibraryThatIsLinkedForItsEffectNeedsNoInclude(self):
        build = """
troop_cc_library(name = "malloc", hdrs = ["malloc.h"], alwayslink = True)
troop_cc_binary(name = "troop", srcs = ["main.cc"], deps = [":malloc"])
"""
        self.assertClean({"tools/BUILD.bazel": build, "tools/main.cc": "", "tools/malloc.h": ""})

    def testKnowsTheHeadersOfRulesAndFileGroups(self):
        build = """
genrule(name = "make", outs = ["made.h"], cmd = "")
filegroup(name = "headers", srcs = ["x.h"])
filegroup(name = "schemas", srcs = ["made.capnp"])
troop_cc_library(name = "made", hdrs = [":make", ":headers"])
troop_cc_library(name = "troop", srcs = ["troop.cc"], deps = [":made"])
"""
        files = {"proxy/BUILD.bazel": build, "proxy/x.h": ""}
        text = '#include "proxy/made.h"\n#include "proxy/x.h"\n'
        self.assertClean({**files, "proxy/troop.cc": text})

    def testFindsAThirdPartyWhoseHeadersAreNotKnown(self):
        build = 'cc_library(name = "fmt")\ncc_library(name = "new")\n'
        self.assertFound(
            {"tools/third_party/BUILD.bazel": build},
            "tools/third_party/BUILD.bazel:2: //tools/third_party:new",
        )

    def testKnowsTheHeadersThatAMacroGenerates(self):
        build = """
troop_schema(name = "render", srcs = ["render.capnp"])
troop_cc_library(name = "troop", srcs = ["troop.cc"], deps = [":render"])
troop_cc_library(name = "other", srcs = ["other.cc"], deps = [":render"])
troop_cc_library(name = "third", srcs = ["third.cc"])
"""
        text = '#include "proxy/render.troop.h"\n'
        self.assertFound(
            {
                "proxy/BUILD.bazel": build,
                "proxy/troop.cc": text,
                "proxy/other.cc": "",
                "proxy/third.cc": text,
            },
            "proxy/BUILD.bazel:4: other //proxy:render",
            "proxy/third.cc:1: third proxy/render.troop.h",
        )

if __name__ == "__main__":
    fixture.main()
