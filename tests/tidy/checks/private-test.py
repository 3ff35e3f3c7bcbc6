#!/usr/bin/env python3
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

import fixture
from checks import private


class Private(fixture.CheckTest):
    check = private

    def testAMechanismMayBeIncludedBelowItsParent(self):
        self.assertClean(
            {
                "runtime/sched/scheduler.h": "",
                "runtime/troop.cc": '#include "runtime/sched/scheduler.h"\n',
                "runtime/stack/stack.cc": '#include "runtime/sched/scheduler.h"\n',
                "runtime/sched/scheduler.cc": '#include "scheduler.h"\n',
            }
        )

    def testFindsAMechanismIncludedFromElsewhere(self):
        self.assertFound(
            {
                "runtime/sched/scheduler.h": "",
                "proxy/table.cc": '#include "runtime/sched/scheduler.h"\n',
                "tests/sim/table.cc": '\n#include "runtime/sched/scheduler.h"\n',
            },
            "proxy/table.cc:1: runtime/sched/scheduler.h",
            "tests/sim/table.cc:2: runtime/sched/scheduler.h",
        )

    def testFindsADeepMechanismIncludedFromItsGrandparent(self):
        self.assertFound(
            {
                "tools/troop/manifest/section.h": "",
                "tools/troop/check.cc": '#include "tools/troop/manifest/section.h"\n',
                "tools/bench/run.cc": '#include "tools/troop/manifest/section.h"\n',
            },
            "tools/bench/run.cc:1: tools/troop/manifest/section.h",
        )

    def testAnOpenFolderIsForAll(self):
        self.assertClean(
            {
                "sandbox/allow/log.h": "",
                "tools/troop/run.cc": '#include "sandbox/allow/log.h"\n',
            }
        )

    def testWhatIsMadeFromTestDataIsForAll(self):
        self.assertClean(
            {
                "proxy/compiler/testdata/inner/deep.h": "",
                "proxy/compiler/cpp/a-test.cc": '#include "proxy/compiler/testdata/inner/deep.h"\n',
            }
        )


if __name__ == "__main__":
    fixture.main()
