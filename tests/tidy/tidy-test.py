#!/usr/bin/env python3
"""The whole program on checkouts of its own: what it tells and returns, which files it sees."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)

import checks
import fixture
from checkout import Checkout


# A hook of git that runs this has set which repository is meant.
for _name in [name for name in os.environ if name.startswith("GIT_")]:
    del os.environ[_name]


class Tidy(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(folder.cleanup)
        self.root = os.path.join(folder.name, "checkout")
        self.xml = os.path.join(folder.name, "test.xml")
        os.mkdir(self.root)
        self.git("init", "--quiet")

    def git(self, *arguments):
        subprocess.run(["git", "-C", self.root, *arguments], check=True, capture_output=True)

    def commit(self, files):
        fixture.writeTree(self.root, files)
        self.git("add", "--all")

    def tidy(self, *arguments):
        lists = os.path.join(self.root, "exceptions")
        program = os.path.join(HERE, "tidy.py")
        command = [program, "--root", self.root, "--exceptions", lists, *arguments]
        # A checkout around the temporary folder is none of the tree's.
        above = os.path.dirname(os.path.realpath(self.root))
        environment = {**os.environ, "XML_OUTPUT_FILE": self.xml, "GIT_CEILING_DIRECTORIES": above}
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    def testACleanCheckoutPasses(self):
        self.commit({"README.md": "# Clean\n", "runtime/README.md": ""})
        run = self.tidy("names", "links")
        self.assertEqual((run.returncode, run.stdout), (0, "names: clean\nlinks: clean\n"))

    def testABadCheckoutFailsAndSaysWhere(self):
        self.commit({"README.md": "\n[x](gone.md)\n"})
        run = self.tidy("names", "links")
        self.assertEqual(run.returncode, 1)
        self.assertEqual(
            run.stdout,
            "names: clean\n"
            "README.md:2: the link 'gone.md' leads nowhere; "
            "name a file that is committed, from the folder of the document [links]\n"
            "links: 1 found\n",
        )

    def testEachCheckIsACaseOfTheResult(self):
        self.commit({"README.md": "[x](gone.md)\n"})
        self.tidy("names", "links")
        cases = ElementTree.parse(self.xml).iter("testcase")
        failed = {case.get("name"): case.find("failure") is not None for case in cases}
        self.assertEqual(failed, {"names": False, "links": True})

    def testAllChecksRunByThemselves(self):
        self.commit({"README.md": ""})
        run = self.tidy()
        for name in checks.ALL:
            self.assertRegex(run.stdout, rf"(?m)^{name}: ")

    def testExceptionsStandInTheListOfTheirCheck(self):
        self.commit({"README.md": "[x](gone.md)\n"})
        exception = {"file": "README.md", "subject": "gone.md", "atMost": 1, "reason": "Generated."}
        fixture.writeTree(self.root, {"exceptions/links.json": json.dumps([exception])})
        run = self.tidy("links")
        self.assertEqual((run.returncode, run.stdout), (0, "links: clean\n"))

        self.commit({"README.md": ""})
        run = self.tidy("links")
        self.assertEqual(run.returncode, 1)
        self.assertIn("exceptions/links.json:1: ", run.stdout)
        self.assertIn("is not needed any more", run.stdout)

    def testAListOfNoCheckIsAMistake(self):
        fixture.writeTree(self.root, {"exceptions/nothing.json": "[]"})
        run = self.tidy("links")
        self.assertEqual(run.returncode, 1)
        self.assertIn("there is no check 'nothing'", run.stderr)

    def testWhatFailsIsPrintedAsExceptions(self):
        self.commit({"README.md": "[x](gone.md)\n"})
        drafts = json.loads(self.tidy("links", "--as-exceptions").stdout)
        expected = {"file": "README.md", "subject": "gone.md", "atMost": 1, "reason": ""}
        self.assertEqual(drafts, {"links": [expected]})

    def testAnUnknownCheckIsAMistake(self):
        run = self.tidy("nothing")
        self.assertEqual(run.returncode, 2)
        self.assertIn("there is no check 'nothing'", run.stderr)

    def testAFolderThatIsNoCheckoutIsAMistake(self):
        shutil.rmtree(os.path.join(self.root, ".git"))
        run = self.tidy()
        self.assertEqual(run.returncode, 1)
        self.assertIn("is no checkout of git", run.stderr)

    def testOnlyFilesThatGitKnowsAreSeen(self):
        self.commit({".gitignore": "out/\n", "a b.md": "", "gone.md": ""})
        fixture.writeTree(self.root, {"out/x.md": "", "loose.md": ""})
        os.remove(os.path.join(self.root, "gone.md"))
        os.symlink("a b.md", os.path.join(self.root, "link.md"))
        self.git("add", "link.md")
        self.assertEqual(Checkout.ofGit(self.root).files, [".gitignore", "a b.md"])


if __name__ == "__main__":
    fixture.main()
