#!/usr/bin/env python3
"""What is said of the machine, and its memory."""

import os
import resource
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True

import machine


class Machine(unittest.TestCase):
    def testABusyMachineIsSaidToBeBusy(self):
        self.assertIn("not fit to quote", machine.description(load=lambda: (1.5, 0, 0)))
        self.assertNotIn("not fit to quote", machine.description(load=lambda: (0.1, 0, 0)))

    def testMemoryThatIsAvailableIsReadFromTheKernel(self):
        with tempfile.NamedTemporaryFile("w", dir=os.environ.get("TEST_TMPDIR")) as file:
            file.write("MemTotal: 10 kB\nMemAvailable:    7 kB\n")
            file.flush()
            self.assertEqual(machine.availableBytes(file.name), 7 * 1024)
        self.assertGreater(machine.availableBytes(), 0)

    def testMemoryIsTouchedAndGivenBack(self):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        machine.prefault(256 << 20)
        self.assertGreater(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, peak + (128 << 10))
        with open("/proc/self/statm", encoding="utf-8") as file:
            resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        self.assertLess(resident, 128 << 20)

    def testNoMemoryIsNoneToTouch(self):
        machine.prefault(0)


if __name__ == "__main__":
    unittest.main()
