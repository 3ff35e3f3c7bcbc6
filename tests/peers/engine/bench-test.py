#!/usr/bin/env python3
"""The command as a whole: what it measures with our own program, in which form, and its errors."""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
sys.dont_write_bytecode = True

import bench
from workloads import SUITES

PROGRAMS = {
    suite: os.path.join(os.environ.get("TEST_SRCDIR", ""), "troop", target)
    for suite, target in bench.TARGETS.items()
}
PROGRAM = PROGRAMS["runtime"]

# What each workload must speak of, whether it is a figure or not offered.
CALLS = {
    "pingpong": {"roundtrip_1t", "roundtrip_2t"},
    "membrane": {"hop", "hop_of_a_call"},
    "message": {"echo_1k", "echo_1m", "copies_1m"},
    "capability": {"pass", "pipeline_10", "revoke"},
    "inflight": {"inflight64"},
    "guest": {"host_to_js", "host_to_wasm", "js_to_js", "js_to_wasm", "wasm_to_wasm"},
}
METRICS = {
    "switch": {"yield", "yield_tasks", "yield_coroutines"},
    "spawn": {
        "spawn_join",
        "spawn_join_handles",
        "spawn_join_tasks",
        "spawn_join_coroutines",
    },
    "million": {
        "seconds",
        "rss_per_task",
        "settled_per_task",
        "page_tables_per_task",
        "seconds_own_stacks",
        "rss_per_task_own_stacks",
        "settled_per_task_own_stacks",
        "page_tables_per_task_own_stacks",
        "seconds_coroutines",
        "rss_per_task_coroutines",
        "settled_per_task_coroutines",
        "page_tables_per_task_coroutines",
    },
    "pingpong": {
        "roundtrip_1t",
        "roundtrip_1t_tasks",
        "roundtrip_1t_coroutines",
        "roundtrip_2t",
        "roundtrip_2t_pinned",
    },
    "ring": {"hop", "hop_recorded"},
    "skynet": {"total"},
    "mpsc": {"bounded1024", "unbounded"},
    "mutex": {"increment", "increment_sync"},
    "shared_count": {"copy", "copy_shared_ptr"},
    "blocking": {"total", "others_p99", "total_unsaid", "others_p99_unsaid"},
    "timers": {
        "overshoot_p50",
        "overshoot_p99",
        "cpu",
        "total",
        "overshoot_p50_coroutines",
        "overshoot_p99_coroutines",
        "cpu_coroutines",
        "total_coroutines",
    },
    "echo": {
        "request",
        "p50_at_rate",
        "p99_at_rate",
        "request_raw_epoll",
        "p50_at_rate_raw_epoll",
        "p99_at_rate_raw_epoll",
    },
    "files": {"random", "random_2t", "sequential", "random_disk", "random_disk_workers"},
    "big": {"ping"},
    "chameneos": {"meeting"},
    "philosophers": {"meal"},
    "bank": {"transaction"},
    "bounded_buffer": {"item"},
    "astar": {"node"},
    "apsp": {"total"},
}


class Bench(unittest.TestCase):
    def setUp(self):
        cache = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(cache.cleanup)
        self.cache = cache.name
        environment = mock.patch.dict(os.environ, {"TROOP_CACHE": self.cache})
        environment.start()
        self.addCleanup(environment.stop)

    def run_(self, *arguments):
        """The exit code; self.output and self.errors are what was printed."""
        output, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            try:
                code = bench.main(list(arguments))
            except SystemExit as end:
                code = end.code
        self.output, self.errors = output.getvalue(), errors.getvalue()
        return code

    def measure(self, *arguments, suite="runtime"):
        return self.run_(suite, "--small", "--program", PROGRAMS[suite], *arguments)


class Smoke(Bench):
    """One test a workload: each is measured, and every line has the form that is promised."""


def _smoke(suite, workload, expected):
    def test(self):
        code = self.measure("--workloads", workload, "--output", "tsv", suite=suite)
        self.assertEqual(code, 0, self.errors)
        metrics = set()
        for line in self.output.splitlines():
            peer, name, metric, value, unit = line.split("\t")
            self.assertEqual((peer, name), ("troop", workload))
            # What a hop takes is a difference of two figures.
            self.assertGreaterEqual(float(value), -1e9 if workload == "membrane" else 0, line)
            self.assertIn(unit, {"ns", "us", "ms", "s", "B", "msg/s", "calls/s", "%"})
            metrics.add(metric)
        for line in self.errors.splitlines():
            if ": not offered yet" in line:
                metrics.add(line.split(":")[0].split()[-1])
        self.assertEqual(metrics, expected)

    return test


for _suite, _metrics in {"runtime": METRICS, "proxy": CALLS}.items():
    for _workload in SUITES[_suite]:
        _test = _smoke(_suite, _workload.name, _metrics[_workload.name])
        setattr(Smoke, f"test_{_suite}_{_workload.name}", _test)


class Form(Bench):
    def testATableIsPrintedForPeople(self):
        self.assertEqual(self.measure("--workloads", "ring|philosophers", "--repeat", "2"), 0)
        self.assertRegex(self.output, r"(?m)^ring +unit +troop +best peer")
        self.assertRegex(self.output, r"(?m)^hop +ns +[\d.,]+$")
        self.assertRegex(self.output, r"(?m)^meal +ns +[\d.,]+$")
        self.assertIn("ring 2/2 troop", self.errors)

    def testAProgramThatFailsIsNamed(self):
        with mock.patch.dict(os.environ, {"RING_LAPS": "none"}):
            self.assertEqual(self.measure("--workloads", "ring|apsp", "--output", "tsv"), 1)
        expected = "failed: troop ring: ended with 1: troop: RING_LAPS=none is no positive number"
        self.assertIn(expected, self.errors)
        self.assertIn("troop\tapsp\ttotal\t", self.output)


class Fio(Bench):
    """Our program asks another one to read what ours reads, and tells what that said."""

    def read(self, kibibytes, end=0):
        """With a fio that says it has read so much in 2 ms; its arguments, a list a row."""
        fio = os.path.join(self.cache, "fio")
        with open(fio, "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\necho "$*" >>"$0.ran"\n')
            file.write(f'echo "3;fio-3.33;files;0;0;{kibibytes};7;7;2;0;0"\nexit {end}\n')
        os.chmod(fio, 0o755)
        sizes = {"FILES_MIB": "4", "FILES_READS": "1024", "FILES_LAPS": "1"}
        run = subprocess.run(
            [PROGRAM, "files-load", fio],
            env={**os.environ, **sizes},
            capture_output=True,
            text=True,
        )
        with open(fio + ".ran", encoding="utf-8") as file:
            return run, [line.split() for line in file]

    def testEachRowIsAskedForAndTold(self):
        run, arguments = self.read(4096)
        self.assertEqual(run.returncode, 0, run.stderr)
        rows = {"random": 1953.12, "random_2t": 1953.12, "sequential": 62500}
        rows["random_disk"] = 1953.12
        expected = [f"fio\tfiles\t{row}\t{value:g}\tns" for row, value in rows.items()]
        self.assertEqual(run.stdout.splitlines(), expected)
        self.assertEqual(
            [[word for word in words if word.startswith("--bs=")] for words in arguments],
            [["--bs=4096"], ["--bs=4096"], ["--bs=131072"], ["--bs=4096"]],
        )
        # Only what comes from the disk is read once.
        often = ["--norandommap" in words for words in arguments]
        self.assertEqual(often, [True, True, False, False])

    def testWhoReadsOtherThanAskedForIsNoPeer(self):
        run, _ = self.read(4092)
        self.assertEqual(run.returncode, 1)
        self.assertIn("it read 1023 blocks, not 1024", run.stderr)

    def testWhoSaysSomethingElseIsNoPeer(self):
        run, _ = self.read("many")
        self.assertEqual(run.returncode, 1)
        self.assertIn("of no version that is known", run.stderr)

    def testWhoFailsIsNoPeer(self):
        run, _ = self.read(4096, end=3)
        self.assertEqual(run.returncode, 1)
        self.assertEqual(run.stdout, "")


class Building(Bench):
    def setUp(self):
        super().setUp()
        program = os.path.join(self.cache, "bazel-bench-bin", bench.TARGETS["runtime"])
        os.makedirs(os.path.dirname(program))
        with open(program, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nprintf 'troop\\tring\\thop\\t5\\tns\\n'\n")
        os.chmod(program, 0o755)

    def measure(self, outcome):
        """With commands that only say how they end."""
        checkout = mock.patch.object(bench, "CHECKOUT", self.cache)
        with checkout, mock.patch.object(bench.subprocess, "run", side_effect=outcome) as commands:
            code = self.run_("runtime", "--small", "--workloads", "ring", "--output", "tsv")
        self.commands = [" ".join(call.args[0]) for call in commands.call_args_list]
        return code

    def testOurProgramIsBuiltWhereNoneIsGiven(self):
        self.assertEqual(self.measure([None, None]), 0, self.errors)
        self.assertEqual(self.output, "troop\tring\thop\t5\tns\n")
        label = "//tests/peers/troop:troop"
        expected = ["tools/third_party/install", " ".join(["bazel", *bench.BUILD, label])]
        self.assertEqual(self.commands, expected)

    def testABuildThatFailsIsNamed(self):
        broken = subprocess.CalledProcessError(1, ["bazel", "build"])
        self.assertEqual(self.measure([None, broken]), 1)
        self.assertIn("error: Command '['bazel', 'build']' returned non-zero", self.errors)


class Misuse(Bench):
    def assertMisuse(self, expected, *arguments):
        self.assertEqual(self.run_(*arguments), 2)
        self.assertIn(expected, self.errors)
        self.assertEqual(self.output, "")

    def testASuiteMustBeNamed(self):
        self.assertMisuse("no suite is named; there is runtime, proxy")
        self.assertMisuse("there is no suite 'sandbox'; there is runtime, proxy", "sandbox")

    def testAWorkloadThatThereIsNotIsNamed(self):
        expected = "no workload is named 'swim'; there are switch spawn"
        self.assertMisuse(expected, "runtime", "--workloads", "swim")

    def testAPeerThatThereIsNotIsNamed(self):
        expected = "no peer is named 'rust'; there are go tokio"
        self.assertMisuse(expected, "runtime", "--peers", "rust")

    def testAPeerThatIsNotInstalledSaysWhatToRun(self):
        expected = "not installed: go, tokio; run tools/bench --install-peers"
        self.assertMisuse(expected, "runtime", "--peers", "go|tokio")
        self.assertMisuse("not installed: go", "runtime", "--peers")

    def testWrongExpressionsAndNumbersAreNamed(self):
        self.assertMisuse("'(' is no regular expression", "runtime", "--workloads", "(")
        self.assertMisuse("'(' is no regular expression", "runtime", "--peers", "(")
        for number in ["0", "-1", "many"]:
            self.assertMisuse("is no positive number", "runtime", f"--repeat={number}")

    def testAProgramThatIsNotThereIsNamed(self):
        self.assertMisuse("none is no program", "runtime", "--program", f"{self.cache}/none")


if __name__ == "__main__":
    unittest.main()
