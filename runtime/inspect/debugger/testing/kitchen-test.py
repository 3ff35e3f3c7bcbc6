#!/usr/bin/env python3
"""The commands and printers in GDB itself, on a program that stands still and on its core file."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

FOLDER = os.path.join(os.environ.get("TEST_SRCDIR", ""), "troop/runtime/inspect/debugger")
KITCHEN = os.path.join(FOLDER, "kitchen")
COMMANDS = os.path.join(FOLDER, "troop.py")
GUESTS = 17  # one more than stacks

# How variables of kitchen::allIsThere() read.
PRINTED = {
    "brief": '"short"',
    "lengthy": '"a text that is longer than an object holds by itself"',
    "bytes": "2 bytes: 01 fe",
    "error": "overloaded/quota: no more plates",
    "cancelled": "cancelled: failed: closing time",
    "none": "never",
    "early": "1.500000000 s",
    "pause": "20000000 ns",
    "frozen": "frozen = {value = 17}",
    "isolated": "isolated = {value = 5}",
    "event": "not set",
    "troop": "Troop 'kitchen', Threads: 22, Tasks: 24",
    "cook": "Thread 'cook', parked",
}
SHOWN = ["troop troops", "troop threads", "troop backtrace all"]
SHOWN += [f"print {name}" for name in [*PRINTED, "sender", "memory"]]


def debug(arguments, commands):
    """What GDB prints."""
    command = ["gdb", "-batch", "-nx", "-ex", "set debuginfod enabled off"]
    for each in [f"source {COMMANDS}", *commands]:
        command += ["-ex", each]
    finished = subprocess.run(command + arguments, capture_output=True, text=True, check=False)
    return finished.stdout + finished.stderr


def announced(commands):
    """Each with its name before it."""
    pairs = []
    for command in commands:
        pairs += [f"echo <{command}>\\n", command]
    return [*pairs, "echo <end>\\n"]


def said(output, command):
    """By a command that was announced."""
    found = re.search(rf"^<{command}>\n(.*?)^<", output, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def byThread(text):
    """What 'troop threads' or 'troop backtrace' says of each, by its name: (number, text)."""
    found = {}
    for part in re.split(r"^(?=  \d+ +Thread )", text, flags=re.MULTILINE)[1:]:
        number, name = re.match(r"  (\d+) +Thread '([^']*)'", part).groups()
        part = re.split(r"^troop ", part, flags=re.MULTILINE)[0]
        found.setdefault(name, []).append((int(number), part))
    return found


class Debugger(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.core = os.path.join(cls.folder.name, "core")
        stop = ["break kitchen::looksAround", "run", "up"]
        cls.live = debug(
            [KITCHEN], [*stop, *announced(SHOWN), f"troop gcore {cls.core}", "continue"]
        )
        cls.dead = debug([KITCHEN, cls.core], ["up", *announced(SHOWN)])

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def only(self, text, name):
        found = byThread(text).get(name, [])
        self.assertEqual(len(found), 1, f"{name} in\n{text}")
        return found[0]

    def test_aProgramThatWasLookedAtGoesOn(self):
        for expected in ("42 of soup\n", "clean\n", "awake\n", "exited normally"):
            self.assertIn(expected, self.live)

    def test_aCoreFileTellsTheSameAsTheProgram(self):
        for command in SHOWN:
            self.assertNotEqual(said(self.live, command), "", f"{command}\n{self.live}")
            self.assertEqual(said(self.dead, command), said(self.live, command))

    def test_troopsAreListedWithWhatTheyAreIn(self):
        troops = said(self.live, "troop troops")
        self.assertRegex(troops, r"(?m)^troop 'root': weight 100, 0 Threads, 0 Tasks")
        self.assertRegex(troops, r"(?m)^troop 'kitchen': weight 50, 22 Threads, 24 Tasks")
        self.assertRegex(troops, r"(?m)^troop 'pantry' in 'kitchen': weight 100, 17 Threads")
        self.assertIn("MiB (at most ", troops)

    def test_threadsAreListedWithWhatTheyDo(self):
        threads = said(self.live, "troop threads")
        cook = self.only(threads, "cook")[1]
        self.assertIn(" 'cook' waits\n    Task 1 waits for an event\n", cook)
        washer = self.only(threads, "washer")[1]
        self.assertIn(" 'washer' is ready\n    Task 1 is ready\n", washer)
        chef = self.only(threads, "chef")[1]
        self.assertRegex(chef, r" 'chef' runs\n    Task 1 runs on OS thread \d+\n")
        baker = self.only(threads, "baker")[1]
        self.assertIn("Task 1 waits for its scope\n", baker)
        self.assertIn("    Coroutine Task 3 waits for an event\n", baker)
        watch = self.only(threads, "night watch")[1]
        self.assertIn("waits for an event (its stack is kept aside)\n", watch)

    def test_oneOfThoseThatShareAStackIsKeptAside(self):
        guests = [text for _, text in byThread(said(self.live, "troop threads"))["guest"]]
        self.assertEqual(len(guests), GUESTS)
        self.assertEqual(sum("kept aside" in text for text in guests), 1)

    def test_stacksAreWalkedWhereverTheyAreKept(self):
        stacks = said(self.live, "troop backtrace all")
        for name, function in (
            ("cook", "kitchen::waitsForOrders(troop::Event&, int) at kitchen.cc:"),
            ("washer", "kitchen::washes(kitchen::Day&) at kitchen.cc:"),
            ("night watch", "kitchen::sleepsAside(troop::Event&) at kitchen.cc:"),
            ("chef", "kitchen::works(kitchen::Day&) at kitchen.cc:"),
            ("baker", "kitchen::bakes(troop::Event&) at kitchen.cc:"),
            ("baker", "kitchen::standsInTheRow(troop::Event&) at kitchen.cc:"),
            ("baker", "kitchen::rises(troop::Event&)"),
        ):
            with self.subTest(name=name, function=function):
                text = self.only(stacks, name)[1]
                self.assertIn(function, text)
        guests = [text for _, text in byThread(stacks)["guest"]]
        self.assertEqual(len(guests), GUESTS)
        for text in guests:
            self.assertIn("kitchen::standsInTheRow(troop::Event&) at kitchen.cc:", text)
        # Through all of the runtime, to where a stack begins.
        self.assertIn("troop::FiberTask::call()", self.only(stacks, "night watch")[1])

    def test_valuesReadAsWhatTheyMean(self):
        for name, expected in PRINTED.items():
            with self.subTest(name=name):
                self.assertRegex(
                    said(self.live, f"print {name}"), rf"^\$\d+ = {re.escape(expected)}\n$"
                )
        self.assertIn(
            ": 2 of 8 values, senders: 1, receivers: 1\n", said(self.live, "print sender")
        )
        self.assertRegex(
            said(self.live, "print memory"), r"object = of troop 'kitchen': \d+ bytes, at most \d+"
        )

    def test_aTaskThatWaitsIsWalkedByTheDebuggerItself(self):
        threads = said(self.dead, "troop threads")
        cook, watch = self.only(threads, "cook")[0], self.only(threads, "night watch")[0]
        commands = [
            f"troop select {cook}",
            "frame function kitchen::waitsForOrders",
            "info locals",
            "print dishes",
            "troop select",
            "backtrace",
            f"troop select {watch}",
        ]
        output = debug([KITCHEN, self.core], announced(commands))
        self.assertIn('menu = "soup"\n', said(output, "info locals"))
        self.assertIn(" = 42\n", said(output, "print dishes"))
        self.assertIn("kitchen::looksAround", said(output, "backtrace"))
        self.assertNotIn("waitsForOrders", said(output, "backtrace"))
        self.assertIn("Its stack is kept aside; 'troop backtrace' shows its calls.", output)

    def test_whatCannotBeToldIsSaid(self):
        output = debug([], ["troop threads"])
        self.assertIn("There is no debug information on troop::Current. Build with -g", output)
        output = debug([KITCHEN], ["troop threads"])
        self.assertIn("No OS thread runs a Process of the runtime.", output)
        for command, expected in (
            ("troop backtrace", "usage: troop backtrace NUMBER|all"),
            ("troop backtrace one", "'one' is no number of a Thread"),
            ("troop backtrace 99", "There is no Thread 99; 'troop threads' lists them."),
            ("troop threads attic", "There is no troop 'attic'."),
            ("troop select 1 99", "Thread 1 has no such Task."),
            ("troop gcore", "usage: troop gcore FILE"),
        ):
            with self.subTest(command=command):
                self.assertIn(expected, debug([KITCHEN, self.core], [command]))


if __name__ == "__main__":
    unittest.main()
