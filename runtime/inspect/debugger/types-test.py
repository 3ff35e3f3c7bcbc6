#!/usr/bin/env python3
"""The commands on an optimised program whose only debug information is that of types.cc."""

import os
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True

FOLDER = os.path.join(os.environ.get("TEST_SRCDIR", ""), "troop/runtime/inspect/debugger")


class Types(unittest.TestCase):
    def test_areAllThatTheCommandsNeed(self):
        command = ["gdb", "-batch", "-nx", "-ex", "set debuginfod enabled off"]
        for each in (
            f"source {os.path.join(FOLDER, 'troop.py')}",
            "break kitchen::looksAround",
            "run",
            "troop troops",
            "troop backtrace all",
        ):
            command += ["-ex", each]
        command.append(os.path.join(FOLDER, "kitchen-without-lines"))
        finished = subprocess.run(command, capture_output=True, text=True, check=False)
        for expected in (
            "troop 'pantry' in 'kitchen': weight 100, 17 Threads, 17 Tasks",
            "Thread 'cook' of troop 'kitchen'\n    Task 1 waits for an event\n",
            "Coroutine Task 3 waits for an event\n",
            " in troop::Event::wait(",
        ):
            self.assertIn(expected, finished.stdout + finished.stderr)
        self.assertNotIn(".cc:", finished.stdout)


if __name__ == "__main__":
    unittest.main()
