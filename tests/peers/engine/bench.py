"""Measures ours and its peers in one run; see tests/peers/README.md. Started by tools/bench."""

import argparse
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True

import machine
from comparison import OURS, rowsOf
from installation import PEERS_FOLDER, Installation, InstallationFailed
from peers import ALL, LIMITS, Command
from run import Program, runInTurns
from table import tables
from workloads import SUITES, sizesOf

CHECKOUT = os.path.dirname(os.path.dirname(PEERS_FOLDER))
# Our program of each suite.
TARGETS = {"runtime": "tests/peers/troop/troop", "proxy": "tests/peers/proxy/proxy"}
# The whole program at once, as Tokio's is; beside bazel-bin, which stays the plain build.
BUILD = [
    "build",
    "--config=lto",
    "--experimental_convenience_symlinks=normal",
    "--symlink_prefix=bazel-bench-",
]

# Parts of a workload of ours whose memory is measured, so that each has an OS process of its own.
OWN_PROCESSES = {
    "million": ["million", "million-own-stacks", "million-coroutines"],
    "echo": ["echo", "echo-raw"],
}

EXIT_CODES = """exit codes: 0 done; 1 a program failed, or a peer could not be installed;
2 the command line is wrong, or a peer that it names is not installed"""


class Misuse(Exception):
    """The message says what to do."""


def say(text):
    print(f"[bench] {text}", file=sys.stderr)


def pattern(text):
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no regular expression: {error}") from None


def repetitions(text):
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no positive number")
    return int(text)


def parsed(arguments):
    parser = argparse.ArgumentParser(
        prog="tools/bench",
        description="Measures the suite with our program and, with --peers, those of the peers "
        "that are installed, taking turns; prints medians, and by how much ours is ahead of the "
        "best peer with the 95 % interval of that ratio (below 1: behind).",
        epilog=EXIT_CODES,
    )
    parser.add_argument("suite", nargs="?", help="there is " + ", ".join(SUITES))
    parser.add_argument(
        "--peers",
        nargs="?",
        const="",
        metavar="REGEX",
        help="also the peers, or only those whose whole name matches: "
        + " ".join(peer.name for peer in ALL),
    )
    parser.add_argument(
        "--workloads",
        type=pattern,
        default=pattern(".*"),
        metavar="REGEX",
        help="only workloads whose whole name matches",
    )
    parser.add_argument("--repeat", type=repetitions, metavar="N", help="repetitions (5; small: 1)")
    parser.add_argument("--small", action="store_true", help="small sizes, to see that all works")
    parser.add_argument(
        "--output",
        choices=["table", "tsv"],
        default="table",
        help="tsv: a line peer, workload, metric, value, unit for each median",
    )
    parser.add_argument("--program", metavar="FILE", help="our program, built already")
    parser.add_argument(
        "--install-peers",
        action="store_true",
        help="brings the peers (those of --peers) from the registries into the cache, pinned",
    )
    return parser.parse_args(arguments)


def chosenPeers(expression):
    try:
        wanted = pattern(expression or ".*")
    except argparse.ArgumentTypeError as error:
        raise Misuse(f"--peers: {error}") from None
    found = [peer for peer in ALL if wanted.fullmatch(peer.name)]
    if not found:
        names = " ".join(peer.name for peer in ALL)
        raise Misuse(f"no peer is named {expression!r}; there are {names}")
    return found


def peerPrograms(expression, installation):
    """Of the chosen peers that are installed; those that are named must be."""
    peers = chosenPeers(expression)
    missing = [peer.name for peer in peers if not installation.has(peer)]
    if missing and (expression or len(missing) == len(peers)):
        raise Misuse(f"not installed: {', '.join(missing)}; run tools/bench --install-peers")
    if missing:
        say(f"left out, not installed: {', '.join(missing)} (tools/bench --install-peers)")
    return [
        Program(peer.name, installation.folder(peer), peer.workloads, peer.commands)
        for peer in peers
        if installation.has(peer)
    ]


def label(target):
    return "//" + ":".join(target.rsplit("/", 1))


def ourProgram(path, suite, workloads):
    """Built where no path is given."""
    if path is None:
        target = TARGETS[suite]
        subprocess.run(["tools/third_party/install"], cwd=CHECKOUT, check=True)
        build = ["bazel", *BUILD, label(target)]
        subprocess.run(build, cwd=CHECKOUT, check=True, stdout=sys.stderr)
        path = os.path.join(CHECKOUT, "bazel-bench-bin", target)
    path = os.path.abspath(path)
    if not os.access(path, os.X_OK):
        raise Misuse(f"{path} is no program")
    folder, name = os.path.split(path)

    def commands(workload):
        return [Command([name, part]) for part in OWN_PROCESSES.get(workload, [workload])]

    return Program(OURS, folder, workloads, commands)


def measure(options, installation):
    if options.suite not in SUITES:
        named = options.suite is not None
        what = f"there is no suite {options.suite!r}" if named else "no suite is named"
        raise Misuse(f"{what}; there is {', '.join(SUITES)}")
    suite = SUITES[options.suite]
    workloads = [workload for workload in suite if options.workloads.fullmatch(workload.name)]
    if not workloads:
        names = " ".join(workload.name for workload in suite)
        raise Misuse(f"no workload is named {options.workloads.pattern!r}; there are {names}")
    programs = []
    if options.peers is not None:
        programs = peerPrograms(options.peers, installation)
    names = [workload.name for workload in workloads]
    ours = ourProgram(options.program, options.suite, names)
    programs.insert(0, ours)
    load = os.path.join(ours.folder, ours.commands(names[0])[0].arguments[0])
    repeat = options.repeat or (1 if options.small else 5)

    say(machine.description())
    if not options.small:
        say("touching the machine's memory")
        machine.prefault(machine.availableBytes())
    results, failures = [], []
    for workload in workloads:
        sizes = sizesOf(workload, options.small)
        found, failed = runInTurns(programs, workload.name, sizes, repeat, say, load)
        results += found
        failures += failed
    return rowsOf(results), failures


def show(rows, output):
    if output == "table":
        print(tables(rows, LIMITS))
        return
    for row in rows:
        for median in row.medians():
            print(median.tsv())
        for peer, lacks in row.lacking.items():
            say(f"{peer} {row.workload} {row.metric}: not offered yet, it lacks {lacks}")


def main(arguments):
    options = parsed(arguments)
    installation = Installation.ofEnvironment()
    try:
        if options.install_peers:
            installation.install(chosenPeers(options.peers))
            if options.suite is None:
                return 0
        rows, failures = measure(options, installation)
    except Misuse as misuse:
        say(f"error: {misuse}")
        return 2
    except (InstallationFailed, subprocess.CalledProcessError) as failed:
        say(f"error: {failed}")
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    show(rows, options.output)
    for failure in failures:
        say(f"failed: {failure.text()}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
