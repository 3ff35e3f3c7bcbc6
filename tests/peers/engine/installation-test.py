#!/usr/bin/env python3
"""Peers are installed once, and anew when anything changes that they are made of."""

import contextlib
import io
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True

from installation import Installation, InstallationFailed
from peers import Peer

PEER = Peer("sample", "sample", ["a-pin"], ["sample"], [], None)
OTHER = Peer("other", "other", [], ["sample"], [], None)


class Installing(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.write("peers/recipes/sample.sh", "the recipe")
        self.write("peers/recipes/other.sh", "the other recipe")
        self.write("peers/sample/main", "the source")
        self.write("pins/pins", "a-pin 1.0 hash kind package\n\nanother-pin 2.0\n")
        # What makes a folder of a recipe; counts how often.
        self.write("pins/run-recipe", '#!/bin/sh\necho "$1" >>"$peersFolder/ran"\nmkdir "$2"\n')
        os.chmod(os.path.join(self.root, "pins/run-recipe"), 0o755)
        self.installation = Installation(
            os.path.join(self.root, "cache"),
            os.path.join(self.root, "peers"),
            os.path.join(self.root, "pins"),
        )

    def write(self, path, text):
        absolute = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(absolute), exist_ok=True)
        with open(absolute, "w", encoding="utf-8") as file:
            file.write(text)

    def install(self, *peers):
        with contextlib.redirect_stderr(io.StringIO()):
            self.installation.install(peers)

    def timesRun(self):
        try:
            with open(os.path.join(self.root, "peers/ran"), encoding="utf-8") as file:
                return len(file.readlines())
        except FileNotFoundError:
            return 0

    def testWhatIsThereIsNotMadeAgain(self):
        self.assertFalse(self.installation.has(PEER))
        self.install(PEER)
        self.assertTrue(self.installation.has(PEER))
        self.install(PEER)
        self.assertEqual(self.timesRun(), 1)

    def testPeersOfOneRecipeShareIt(self):
        self.install(PEER, PEER._replace(name="twin"))
        self.assertEqual(self.timesRun(), 1)

    def testARecipeAPinOrASourceThatChangesMakesItAnew(self):
        places = {self.installation.folder(PEER)}
        for path, text in [
            ("peers/recipes/sample.sh", "another recipe"),
            ("pins/pins", "a-pin 1.1 hash kind package\n"),
            ("peers/sample/main", "another source"),
            ("peers/sample/more", "a source more"),
        ]:
            self.write(path, text)
            place = self.installation.folder(PEER)
            self.assertNotIn(place, places, path)
            places.add(place)

    def testThePinsOfOthersDoNot(self):
        before = self.installation.folder(PEER)
        self.write("pins/pins", "a-pin 1.0 hash kind package\n\nanother-pin 3.0\n")
        self.assertEqual(self.installation.folder(PEER), before)

    def testAMissingPinIsNamed(self):
        self.write("pins/pins", "")
        with self.assertRaisesRegex(InstallationFailed, "no line for a-pin"):
            self.install(PEER)

    def testThoseThatFailAreNamedAndTheOthersInstalled(self):
        script = '#!/bin/sh\ncase $1 in *sample.sh) exit 1;; esac\nmkdir "$2"\n'
        self.write("pins/run-recipe", script)
        with self.assertRaisesRegex(InstallationFailed, "could not install sample$"):
            self.install(PEER, OTHER)
        self.assertFalse(self.installation.has(PEER))
        self.assertTrue(self.installation.has(OTHER))

    def testTheCacheIsWhereTheEnvironmentSays(self):
        for environment, expected in [
            ({"TROOP_CACHE": "/c", "XDG_CACHE_HOME": "/x"}, "/c/third_party"),
            ({"XDG_CACHE_HOME": "/x"}, "/x/troop/third_party"),
            ({}, os.path.expanduser("~/.cache/troop/third_party")),
        ]:
            self.assertEqual(Installation.ofEnvironment(environment).parts, expected)


if __name__ == "__main__":
    unittest.main()
