#!/usr/bin/env python3
"""What is code in a file of C++, and what is not."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import cxx
import fixture


class Code(unittest.TestCase):
    def testBlanksCommentsAndLiteralsInPlace(self):
        self.assertEqual(cxx.code("a /* { */ b // {\nc"), "a         b     \nc")
        self.assertEqual(cxx.code('f("{\\"}", \'{\');'), 'f("    ", \' \');')
        self.assertEqual(cxx.code("/*\n{\n*/x"), "  \n \n  x")

    def testKeepsNumbersWithSeparators(self):
        self.assertEqual(cxx.code("x = 20'000; y = 0xF'F; // '"), "x = 20'000; y = 0xF'F;     ")

    def testRawLiteralsEndAtTheirDelimiter(self):
        self.assertEqual(cxx.code('R"x(a)" { )x" + b'), "R" + " " * 11 + '" + b')

    def testACommentMarkInALiteralIsNone(self):
        self.assertEqual(cxx.code('f("http://x"); g();'), 'f("        "); g();')


class Includes(unittest.TestCase):
    def testTellsLineAndKind(self):
        text = '// x\n#include <vector>\n#  include "runtime/troop.h"  // why\n'
        self.assertEqual(
            cxx.includes(text),
            [cxx.Include(2, "vector", False), cxx.Include(3, "runtime/troop.h", True)],
        )

    def testWhatIsNoCodeIsNoInclude(self):
        text = '// #include "a.h"\n/*\n#include "b.h"\n*/\nauto x = R"(\n#include "c.h"\n)";\n'
        self.assertEqual(cxx.includes(text), [])


class Functions(unittest.TestCase):
    def names(self, text):
        return [(function.name, function.line, function.lines) for function in cxx.functions(text)]

    def testFindsEachKindOfDefinition(self):
        text = """namespace a::b {
void Troop::run(int x) const noexcept {
  if (x) {
  }
}
Troop::~Troop() = default;
Troop::Troop() : a_{1}, b_(2),
      c_{{3}} {
}
auto f() -> std::vector<int> {
  return {1, 2};
}
void g(int a = {}, std::function<void()> b = [] {}) {}
struct stat statOf(int x) {
}
extern "C" {
int c(void) {
}
}
enum class Kind : int { one, two };
constexpr int table[] = {1, 2};
}
"""
        self.assertEqual(
            self.names(text),
            [
                ("Troop::run", 2, 4),
                ("Troop::Troop", 7, 3),
                ("f", 10, 3),
                ("g", 13, 1),
                ("statOf", 14, 2),
                ("c", 17, 2),
            ],
        )

    def testFindsMembersAndTemplates(self):
        text = """template <class T, class = std::enable_if_t<(sizeof(T) > 1)>>
class alignas(64) Box final : public Base {
 public:
  template <class U>
  void put(U u) {
  }
  bool operator()(int x) const { return x; }
  int size_{0};
  union {
    int a;
    float b;
  };
};
"""
        self.assertEqual(self.names(text), [("put", 4, 3), ("operator()", 7, 1)])

    def testPreprocessorLinesDoNotMatter(self):
        text = "#define X(a) \\\n  void a() {\n#if 1\nvoid f() {\n}\n#endif\n"
        self.assertEqual(self.names(text), [("f", 4, 2)])


if __name__ == "__main__":
    fixture.main()
