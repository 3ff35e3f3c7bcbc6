"""Small checkouts for the tests of the checks."""

import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
sys.dont_write_bytecode = True

from checkout import Checkout
from house import House
from targets import Targets


class CheckTest(unittest.TestCase):
    """A test of one check on trees that are written for it; a derived class names the check."""

    check = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.house = House.load()

    def tree(self, files):
        """The checkout that consists of these files."""
        writeTree(self.root, files)
        return Checkout(self.root, files)

    def found(self, files):
        """What the check finds in a tree, as path:line: subject."""
        checkout = self.tree(files)
        targets = Targets(checkout, self.house)
        return sorted(
            f"{finding.path}:{finding.line}: {finding.subject}"
            for finding in self.check.find(checkout, targets, self.house)
        )

    def assertFound(self, files, *expected):
        self.assertEqual(self.found(files), sorted(expected))

    def assertClean(self, files):
        self.assertEqual(self.found(files), [])


def writeTree(root, files):
    for path, content in files.items():
        absolute = os.path.join(root, path)
        os.makedirs(os.path.dirname(absolute), exist_ok=True)
        with open(absolute, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())


def main(module="__main__"):
    unittest.main(module=module, verbosity=1)
