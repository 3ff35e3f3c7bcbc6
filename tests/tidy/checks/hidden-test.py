#!/usr/bin/env python3
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

import fixture
from checks import hidden

HIDDEN = 'namespace [[gnu::visibility("hidden")]] troop {\n'


class Hidden(fixture.CheckTest):
    check = hidden

    def testHeadersHideWhatTheyDeclare(self):
        self.assertClean(
            {
                "runtime/troop.h": HIDDEN + "namespace machine {\n}\n}\n",
                "runtime/sched/share.h": "#pragma once\n\n" + HIDDEN + "}\n",
                "runtime/empty.h": "// namespace troop {\nusing namespace troop;\n",
            }
        )

    def testFindsHeadersThatDoNot(self):
        self.assertFound(
            {
                "runtime/troop.h": "#pragma once\nnamespace troop {\n}\n",
                "runtime/sched/share.h": HIDDEN + "}\n\nnamespace troop::machine {\n}\n",
                "runtime/heap/arena.h": 'namespace [[gnu::visibility("default")]] troop {\n}\n',
            },
            "runtime/troop.h:2: troop",
            "runtime/sched/share.h:4: troop",
            "runtime/heap/arena.h:1: troop",
        )

    def testOnlyHeadersThatHostsLinkAreMeant(self):
        self.assertClean(
            {
                "runtime/troop.cc": "namespace troop {\n}\n",
                "runtime/testing/await.h": "namespace troop::tests {\n}\n",
                "proxy/table.h": "namespace troop::proxy {\n}\n",
                "sandbox/host.h": "namespace troop::sandbox {\n}\n",
            }
        )


if __name__ == "__main__":
    fixture.main()
