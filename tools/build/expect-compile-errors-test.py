#!/usr/bin/env python3
"""What a test of compile errors finds: what compiles, says something else, or nobody expects."""

import importlib.util
import os
import tempfile
import unittest

_path = "tools/build/expect-compile-errors.py"
_specification = importlib.util.spec_from_file_location("expectCompileErrors", _path)
expectCompileErrors = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(expectCompileErrors)

TEMPLATE = """
template <typename T>
void small(T) { static_assert(sizeof(T) < 2, "a small one is wanted"); }
void uses() {
"""


class ExpectCompileErrors(unittest.TestCase):
    def report(self, statements):
        folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(folder.cleanup)
        source, report, cases = (os.path.join(folder.name, name) for name in ("s.cc", "r", "c.xml"))
        with open(source, "w", encoding="utf-8") as file:
            file.write(TEMPLATE + statements + "\n}\n")
        expectCompileErrors.main(report, cases, source, "-std=c++20")
        with open(report, encoding="utf-8") as file:
            self.text = file.read()
        return self.text.splitlines()[-1]

    def test_passes_where_each_error_says_what_is_expected(self):
        statements = "// error: a small one\nsmall(1);\n// error: no matching\nsmall();"
        self.assertEqual(self.report(statements), "passed")

    def test_what_compiles_is_a_fault(self):
        self.assertEqual(self.report("// error: a small one\nsmall('a');"), "failed")
        self.assertIn("compiles, but must not", self.text)

    def test_another_text_is_a_fault(self):
        self.assertEqual(self.report("// error: a large one\nsmall(1);"), "failed")
        self.assertIn("the first error does not say: a large one", self.text)

    def test_a_text_behind_another_one_is_a_fault(self):
        statements = "// error: a small one\nsmall(); small(1);"
        self.assertEqual(self.report(statements), "failed")
        self.assertIn("no matching", self.text)

    def test_an_error_elsewhere_is_a_fault(self):
        statements = "// error: a small one\nsmall(1);\n// error\nsmall(2L);"
        self.assertEqual(self.report(statements), "failed")
        self.assertIn("nobody expects", self.text)

    def test_a_file_that_expects_nothing_is_a_fault(self):
        self.assertEqual(self.report("small('a');"), "failed")


if __name__ == "__main__":
    unittest.main()
