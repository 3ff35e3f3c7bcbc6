#!/usr/bin/env python3
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

import fixture
from checks import cycles


class Cycles(fixture.CheckTest):
    check = cycles

    def testAFolderMayUseItsNeighbourAndItsParent(self):
        self.assertClean(
            {
                "runtime/troop.h": '#include "runtime/sched/scheduler.h"\n',
                "runtime/sched/scheduler.h": '#include "runtime/stack/stack.h"\n',
                "runtime/stack/stack.h": '#include "runtime/error.h"\n',
            }
        )

    def testFindsTwoFoldersThatNeedEachOther(self):
        self.assertFound(
            {
                "runtime/sched/scheduler.h": '#include "runtime/stack/stack.h"\n',
                "runtime/stack/stack.h": "",
                "runtime/stack/pool.cc": '\n#include "runtime/sched/share.h"\n',
                "runtime/sched/share.h": "",
            },
            "runtime/sched/scheduler.h:1: runtime/sched → runtime/stack → runtime/sched",
        )

    def testFindsALongerCircleOnce(self):
        self.assertFound(
            {
                "proxy/a/a.h": '#include "proxy/b/b.h"\n',
                "proxy/b/b.h": '#include "proxy/c/c.h"\n',
                "proxy/c/c.h": '#include "proxy/a/a.h"\n',
                "proxy/d/d.h": '#include "proxy/a/a.h"\n',
            },
            "proxy/a/a.h:1: proxy/a → proxy/b → proxy/c → proxy/a",
        )

    def testATestMayCloseACircle(self):
        self.assertClean(
            {
                "runtime/sched/scheduler.h": '#include "runtime/stack/stack.h"\n',
                "runtime/stack/stack.h": "",
                "runtime/stack/stack-test.cc": '#include "runtime/sched/scheduler.h"\n',
            }
        )

if __name__ == "__main__":
    fixture.main()
