#!/usr/bin/env python3
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

import fixture
from checks import formatting


class Formatting(fixture.CheckTest):
    check = formatting

    style = "BasedOnStyle: Google\nColumnLimit: 100\n"

    def testFormattedCodeIsClean(self):
        self.assertClean(
            {
                ".clang-format": self.style,
                "runtime/a.cc": "int f() { return 1; }\n",
                "proxy/testdata/golden.h": "int f(){return 1;}\n",
            }
        )

    def testFindsTheFirstLineThatIsNotFormatted(self):
        self.assertFound(
            {
                ".clang-format": self.style,
                "runtime/a.cc": "int f() { return 1; }\n\nint  g(){return 1;}\nint  h;\n",
                "runtime/b.h": "int x ;\n",
            },
            "runtime/a.cc:3: format",
            "runtime/b.h:1: format",
        )

    def testFailsWhenTheToolCannotRun(self):
        with self.assertRaises(SystemExit):
            self.found({".clang-format": "BasedOnStyle: Nobody\n", "runtime/a.cc": "int x;\n"})

if __name__ == "__main__":
    fixture.main()
