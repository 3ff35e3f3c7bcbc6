#!/usr/bin/env python3
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

import fixture
from checks import proofs

_TESTS = """
TEST(Ref, movesWithoutCounting) {
}
TROOP_TEST(Troop, isKilled) {
}
TEST_F(Attack,
       aLoopIsKilled) {
}
"""


class Proofs(fixture.CheckTest):
    check = proofs

    def testTestsThatExistAreClean(self):
        text = "`Ref.movesWithoutCounting`, `Troop.isKilled` and\n`Attack.aLoopIsKilled`\n"
        self.assertClean({"docs/a.md": text, "runtime/ref-test.cc": _TESTS})

    def testWhatIsNoTestAnywhereIsSomethingElse(self):
        self.assertClean({"docs/a.md": "`Limits.cpu` and `file.cc`\n", "runtime/a-test.cc": _TESTS})

    def testFindsTestsThatAreGone(self):
        self.assertFound(
            {"docs/a.md": "\n`Ref.isGone`\n", "runtime/ref-test.cc": _TESTS},
            "docs/a.md:2: Ref.isGone",
        )

    def testFindsSuitesThatAreGoneWhereADocumentNamesTests(self):
        text = "For each promise, each line\nnames the tests that enforce it.\n`Gone.isGone`\n"
        self.assertFound(
            {"docs/a.md": text, "runtime/ref-test.cc": _TESTS},
            "docs/a.md:3: Gone.isGone",
        )


if __name__ == "__main__":
    fixture.main()
