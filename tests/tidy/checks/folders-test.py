#!/usr/bin/env python3
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

import fixture
from checks import folders


class Folders(fixture.CheckTest):
    check = folders

    def testTheHouseIsClean(self):
        self.assertClean(
            {
                ".bazelrc": "",
                ".ci/run": "",
                "README.md": "",
                "WORKSPACE": "",
                "runtime/README.md": "",
                "runtime/base/check.h": "",
            }
        )

    def testFindsAFolderThatIsNoFolderOfTheHouse(self):
        self.assertFound(
            {"README.md": "", "lib/README.md": "", "lib/x.cc": ""}, "lib/README.md:1: root folder"
        )

    def testFindsAFileThatIsNoFileOfTheRoot(self):
        self.assertFound({"notes.txt": ""}, "notes.txt:1: root file")

    def testFindsAFolderWithoutReadme(self):
        self.assertFound({"proxy/remote/README.md": ""}, "proxy/README.md:1: README")

if __name__ == "__main__":
    fixture.main()
