#!/usr/bin/env python3
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

import fixture
from checks import functions


class Functions(fixture.CheckTest):
    check = functions

    def testAFunctionAtTheLimitIsClean(self):
        body = "  x();\n" * 68
        text = f"namespace troop {{\n\nvoid f() {{\n{body}}}\n\n}}\n"
        self.assertClean({"runtime/a.cc": text})

    def testFindsALongFunctionInAnyScope(self):
        body = "    x();\n" * 69
        text = f"""// A comment with a brace {{
namespace troop {{
namespace {{

class Troop : public Base<int(int)> {{
 public:
  explicit Troop(int count = 3) : count_{{count}}, name_("{{"), other_() {{
{body}  }}

  int small() const {{ return count_; }}

  std::vector<int> values{{1, 2, 3}};
}};

}}  // namespace

template <class T>
bool operator==(const T& left, const T& right) {{
{body}}}

TEST(Troop, diesCleanly) {{
{body}}}

const char* names[] = {{
{body}}};

auto lambda = [](int x) {{
{body}}};

}}  // namespace troop
"""
        self.assertFound(
            {"runtime/a.cc": text},
            "runtime/a.cc:7: Troop",
            "runtime/a.cc:86: operator==",
            "runtime/a.cc:159: TEST(Troop, diesCleanly)",
            "runtime/a.cc:303: lambda",
        )

    def testFindsALongFunctionOfAScript(self):
        body = "  x();\n" * 69
        text = f"export async function load(\n  url,\n) {{\n{body}}}\n"
        text += f"class A {{\n  #inner(a, b) {{\n{body}  }}\n  if (x) {{\n{body}  }}\n}}\n"
        text += f"const f = (x) => {{\n{body}}};\n"
        self.assertFound(
            {"sandbox/js/a.js": text},
            "sandbox/js/a.js:1: load",
            "sandbox/js/a.js:75: #inner",
            "sandbox/js/a.js:218: f",
        )

    def testFindsALongFunctionOfPython(self):
        body = "        x()\n" * 70
        text = f"class A:\n    def run(self):\n{body}\n    def end(self):\n        x()\n"
        self.assertFound({"tools/a.py": text}, "tools/a.py:2: run")

if __name__ == "__main__":
    fixture.main()
