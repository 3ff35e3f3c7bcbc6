#!/usr/bin/env python3
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

import fixture
from checks import words


class Words(fixture.CheckTest):
    check = words

    def assertWord(self, text, *found, path="runtime/a.cc"):
        """The words are written with a bar in them, so that they are not found in this file."""
        whole = [f"{path}:{subject}".replace("|", "") for subject in found]
        self.assertFound({path: text.replace("|", "")}, *whole)

    def testPlainWordsAreClean(self):
        self.assertClean(
            {
                "runtime/a.cc": "// mkdtemp wants XXXXXX; stubborn; budget.for now(); hacksaw\n",
                "runtime/b.md": "https://www.npmjs.com/x, ~/work/x, $HOME/root/y, a/home/b\n",
                "runtime/c.cc": "// its own work//home/ and https://x.example/home/\n",
                "runtime/picture.png": b"\0TO" b"DO\xff",
            }
        )

    def testFindsMarks(self):
        for word in ("TO|DO", "FIX|ME", "XX|X", "HA|CK", "T|BD", "W|IP"):
            with self.subTest(word):
                self.assertWord(f"\n// {word}(me): x\n", f"2: {word.lower()}")

    def testFindsWordsThatSayUnfinished(self):
        phrases = ("for| now", "not| implemented", "coming| soon", "To| be implemented")
        for word in ("st|ub", "St|ubbed", "place|holder", *phrases):
            with self.subTest(word):
                self.assertWord(f"// A {word} here.\n", f"1: {word.lower()}")

    def testFindsAPhraseThatIsBroken(self):
        self.assertWord("// Good enough for|\n// now.\n", "1: for| now")
        self.assertWord("# not|\n#   yet implemented\n", "1: not| yet implemented")

    def testFindsTrackers(self):
        self.assertWord("// See issue |#12.\n", "1: issue |#12")

    def testFindsRegistries(self):
        hosts = {
            "registry.npmjs|.org": "npmjs|.org",
            "pypi|.org": "pypi|.org",
            "files.pythonhosted|.org": "pythonhosted|.org",
            "static.crates|.io": "crates|.io",
            "deb|.debian.org": "deb|.debian.org",
        }
        for host, subject in hosts.items():
            with self.subTest(host):
                self.assertWord(f"curl https://{host}/x\n", f"1: {subject}", path="tools/get")

    def testFindsPathsOfOneMachine(self):
        for path in ("/work|/", "/root|/", "/home|/"):
            for text in (f'"{path}x"', f"--flag={path}x", f"A {path}x", f"file://{path}x"):
                with self.subTest(text):
                    self.assertWord(text, f"1: {path}", path="docs/a.md")

    def testFindsChecksThatAreSilencedWithoutAName(self):
        for word in ("NO|LINT", "NO|LINTNEXTLINE", "NO|LINTBEGIN"):
            with self.subTest(word):
                self.assertWord(f"x();  // {word}: because\n", f"1: {word.lower()}")
                named = f"// {word}(some-check): because\n".replace("|", "")
                self.assertClean({"runtime/a.cc": named})

    def testFindsMechanismsInPublicHeadersOnly(self):
        self.assertFound(
            {
                "runtime/io.h": "// Uses io_uring.\n",
                "runtime/io.cc": "// Uses io_uring.\n",
                "runtime/reactor/uring.h": "// Uses io_uring.\n",
            },
            "runtime/io.h:1: io_uring",
        )

if __name__ == "__main__":
    fixture.main()
